"""The ledger: which files have been read to their end, what of them went in, and what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from assistant.catalog import Catalog
from assistant.schema import files, rejections
from ingest.records import Rejected
from ingest.sources import SourceFile


@dataclass(frozen=True)
class Entry:
    """What is known of a file that was read to its end."""

    size: int
    mtime_ns: int
    sha256: str
    reading: str
    """Digest of how it was read: options and the readers' version; empty while it is being read."""
    accepted: int
    rejected: int


class Ledger:
    """The ledger's two tables in the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def entry(self, file: SourceFile) -> Entry | None:
        """Return what is known of a file, or None if nothing is."""
        with self._catalog.reading() as connection:
            row = connection.execute(select(files).where(files.c.source == file.source)).first()
            if row is None:
                return None
            query = select(func.count()).select_from(rejections).where(rejections.c.file == file.source)
            return Entry(
                size=row.size,
                mtime_ns=row.mtime_ns,
                sha256=row.sha256,
                reading=row.reading,
                accepted=row.accepted,
                rejected=connection.scalar(query) or 0,
            )

    def rejections(self, file: SourceFile, *, limit: int) -> list[Rejected]:
        """Return the first records of a file that were set aside."""
        query = select(rejections.c.source, rejections.c.reason).where(rejections.c.file == file.source)
        with self._catalog.reading() as connection:
            return [Rejected(*row) for row in connection.execute(query.limit(limit))]

    def forget(self, file: SourceFile) -> None:
        """Note nothing of a file any more: it will be read again."""
        with self._catalog.writing() as connection:
            connection.execute(delete(files).where(files.c.source == file.source))

    def set_aside(self, file: SourceFile, rejected: Sequence[Rejected]) -> None:
        """Note records that were set aside while the file is still being read."""
        if not rejected:
            return
        begun = {"source": file.source, "size": file.size, "mtime_ns": file.mtime_ns}
        rows = [{"file": file.source, "source": each.source, "reason": each.reason} for each in rejected]
        with self._catalog.writing() as connection:
            connection.execute(
                upsert(files).values(**begun, sha256="", reading="", accepted=0).on_conflict_do_nothing()
            )
            connection.execute(insert(rejections), rows)

    def record(self, file: SourceFile, *, sha256: str, reading: str, accepted: int) -> None:
        """Note that a file has been read to its end."""
        found = {
            "size": file.size,
            "mtime_ns": file.mtime_ns,
            "sha256": sha256,
            "reading": reading,
            "accepted": accepted,
        }
        statement = upsert(files).values(source=file.source, **found)
        with self._catalog.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=found))

    def touch(self, file: SourceFile) -> None:
        """Note a file's new time, its content being the same."""
        with self._catalog.writing() as connection:
            connection.execute(
                update(files).where(files.c.source == file.source).values(mtime_ns=file.mtime_ns)
            )
