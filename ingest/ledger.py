"""The ledger: which files have been read to their end, what of them went in, and what was set aside."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

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
    """Digest of how it was read: options and the readers' version."""
    accepted: int
    rejected: tuple[Rejected, ...]


class Ledger:
    """The ledger's two tables in the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def entry(self, file: SourceFile) -> Entry | None:
        """Return what is known of a file, or None if it was never read to its end."""
        with self._catalog.reading() as connection:
            row = connection.execute(select(files).where(files.c.source == file.source)).first()
            if row is None:
                return None
            aside = connection.execute(select(rejections).where(rejections.c.file == file.source))
            return Entry(
                size=row.size,
                mtime_ns=row.mtime_ns,
                sha256=row.sha256,
                reading=row.reading,
                accepted=row.accepted,
                rejected=tuple(Rejected(each.source, each.reason) for each in aside),
            )

    def record(
        self, file: SourceFile, *, sha256: str, reading: str, accepted: int, rejected: tuple[Rejected, ...]
    ) -> None:
        """Note that a file has been read to its end."""
        with self._catalog.writing() as connection:
            connection.execute(delete(files).where(files.c.source == file.source))
            connection.execute(
                insert(files).values(
                    source=file.source,
                    size=file.size,
                    mtime_ns=file.mtime_ns,
                    sha256=sha256,
                    reading=reading,
                    accepted=accepted,
                )
            )
            if rejected:
                connection.execute(
                    insert(rejections),
                    [
                        {"file": file.source, "source": each.source, "reason": each.reason}
                        for each in rejected
                    ],
                )

    def touch(self, file: SourceFile) -> None:
        """Note a file's new time, its content being the same."""
        with self._catalog.writing() as connection:
            connection.execute(
                update(files).where(files.c.source == file.source).values(mtime_ns=file.mtime_ns)
            )
