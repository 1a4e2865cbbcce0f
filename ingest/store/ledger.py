"""The ledger records which files have been read completely, the articles of their records, and what was
rejected."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from assistant.archive.catalog import Catalog
from assistant.archive.schema import files, records, rejections
from ingest.formats import registry
from ingest.sources.files import ReadOptions, SourceFile, digest
from ingest.sources.rejections import Rejected


@dataclass(frozen=True)
class KnownFile:
    """What the ledger records about a file."""

    source: str
    size: int
    mtime_ns: int
    sha256: str
    options_digest: str
    """Digest of how it was read, from `options_digest`; empty if the file must still, or again, be read."""
    accepted: int
    rejected: int


@dataclass(frozen=True)
class AcceptedRecord:
    """An accepted record: its place, and the article version that it became."""

    source: str
    article: str
    version: int


class Ledger:
    """Reads and writes the ledger's tables in the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def known_file(self, file: SourceFile) -> KnownFile | None:
        """Return what is recorded about a file; None if nothing is."""
        with self._catalog.reading() as connection:
            return next(_known_files(connection, files.c.source == file.source), None)

    def known_files(self) -> Iterator[KnownFile]:
        """Yield what is recorded about every file."""
        with self._catalog.reading() as connection:
            yield from _known_files(connection, true())

    def rejections(self, file: SourceFile, *, limit: int) -> list[Rejected]:
        """Return the first rejected records of a file."""
        query = select(rejections.c.source, rejections.c.reason).where(rejections.c.file == file.source)
        with self._catalog.reading() as connection:
            return [Rejected(*row) for row in connection.execute(query.limit(limit))]

    def forget(self, file: SourceFile) -> None:
        """Delete everything recorded about a file, because it will be read again."""
        with self._catalog.writing() as connection:
            connection.execute(delete(files).where(files.c.source == file.source))

    def accept(self, file: SourceFile, accepted: Sequence[AcceptedRecord]) -> None:
        """Record accepted records while the file is still being read."""
        rows = [{"file": file.source, **vars(each)} for each in accepted]
        if rows:
            with self._catalog.writing() as connection:
                _begin(connection, file)
                connection.execute(insert(records), rows)

    def reject(self, file: SourceFile, rejected: Sequence[Rejected]) -> None:
        """Record rejected records while the file is still being read."""
        rows = [{"file": file.source, "source": each.source, "reason": each.reason} for each in rejected]
        if rows:
            with self._catalog.writing() as connection:
                _begin(connection, file)
                connection.execute(insert(rejections), rows)

    def record(self, file: SourceFile, *, sha256: str, options_digest: str, accepted: int) -> None:
        """Record that a file has been read completely."""
        found = {
            "size": file.size,
            "mtime_ns": file.mtime_ns,
            "sha256": sha256,
            "reading": options_digest,
            "accepted": accepted,
        }
        statement = upsert(files).values(source=file.source, **found)
        with self._catalog.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=found))

    def touch(self, file: SourceFile) -> None:
        """Record a file's new time; its content is unchanged."""
        with self._catalog.writing() as connection:
            connection.execute(
                update(files).where(files.c.source == file.source).values(mtime_ns=file.mtime_ns)
            )


def read_again(connection: Connection, sources: Iterable[str]) -> None:
    """Make the next ingest read these files again although they have not changed."""
    connection.execute(update(files).where(files.c.source.in_(list(sources))).values(reading=""))


def options_digest(options: ReadOptions, lacks: Collection[str] = ()) -> str:
    """Return a digest of how a file is read: the options, the version of the parsers, and the optional parts of
    Backfile that were missing."""
    rules = [(rule.pattern, rule.outlet, sorted(rule.fields.items())) for rule in options.rules]
    read = (registry.VERSION, options.outlet, sorted(options.fields.items()), rules, *sorted(lacks))
    return hashlib.sha256(repr(read).encode()).hexdigest()


def is_unchanged(entry: KnownFile, file: SourceFile, options: ReadOptions) -> bool:
    """Whether reading the file now would give what is recorded, judged by its time or its bytes."""
    if entry.size != file.size or entry.options_digest not in _same_readings(options):
        return False
    return entry.mtime_ns == file.mtime_ns or digest(file) == entry.sha256


def _same_readings(options: ReadOptions) -> Iterator[str]:
    """Yield the digests of readings that would not differ now: with nothing missing, or only what is missing still."""
    missing = [name for name, is_installed in registry.EXTRAS.items() if not is_installed()]
    for count in range(len(missing) + 1):
        for lacks in combinations(missing, count):
            yield options_digest(options, lacks)


def is_unmodified(file: SourceFile) -> bool:
    """Whether a file still has the size and time that it had when it was found."""
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)


def _begin(connection: Connection, file: SourceFile) -> None:
    begun = {"source": file.source, "size": file.size, "mtime_ns": file.mtime_ns}
    connection.execute(
        upsert(files).values(**begun, sha256="", reading="", accepted=0).on_conflict_do_nothing()
    )


def _known_files(connection: Connection, which: ColumnElement[bool]) -> Iterator[KnownFile]:
    rejected = (
        select(func.count()).select_from(rejections).where(rejections.c.file == files.c.source)
    ).scalar_subquery()
    query = (
        select(
            files.c.source,
            files.c.size,
            files.c.mtime_ns,
            files.c.sha256,
            files.c.reading,
            files.c.accepted,
            rejected,
        )
        .where(which)
        .order_by(files.c.source)
    )
    for row in connection.execute(query):
        yield KnownFile(*row)
