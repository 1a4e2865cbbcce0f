"""Reports what became of every ingested file and record, and what the next ingest would do with files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import case, func, select

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.archive.schema import articles, records, rejections
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected
from ingest.store.ledger import KnownFile, Ledger, is_unchanged
from ingest.store.removal import RemovedArticle, removals

FileState = Literal["new", "changed", "unchanged", "missing", "indexed", "unfinished"]
RecordState = Literal["indexed", "copy", "superseded", "rejected"]


@dataclass(frozen=True)
class FileStatus:
    """A file and its state.

    Compared with the disk, a file is `new` or `changed` (the next ingest reads it), `unchanged`, or `missing` if
    the archive has its records but the file no longer exists. Without a comparison it is `indexed`, or `unfinished`
    if an ingest was stopped while reading it or it must be read again.
    """

    file: str
    state: FileState
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class RecordStatus:
    """A record and its state in the archive.

    An article that questions can find is `indexed`, or a `copy` of the lead of its family. A version replaced by a
    newer one is `superseded`. A rejected record is `rejected`, with the reason.
    """

    record: str
    state: RecordState
    article: str | None = None
    version: int | None = None
    copy_of: str | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the record as `python -m ingest --status --json` prints it."""
        return {name: value for name, value in vars(self).items() if value is not None}


class Status:
    """Reads an archive's ledger; writes nothing."""

    def __init__(self, catalog: Catalog) -> None:
        """Raises ArchiveMismatch if the archive was made before records were stored in the ledger."""
        catalog.require_newest()
        self._catalog = catalog
        self._ledger = Ledger(catalog)

    @classmethod
    @contextmanager
    def opened(cls, folder: ArchiveFolder) -> Iterator["Status"]:
        """Open an archive for reading within a `with` block.

        Raises:
            ArchiveError: the folder contains no archive, or one made by an older Backfile.
        """
        folder.require()
        catalog = Catalog.open(folder.catalog)
        try:
            yield cls(catalog)
        finally:
            catalog.close()

    def known(self) -> Iterator[FileStatus]:
        """Yield the files that the archive knows, sorted by place."""
        for entry in self._ledger.known_files():
            yield _state(entry, "indexed" if entry.options_digest else "unfinished")

    def compared(
        self, given: Sequence[SourceFile], roots: Sequence[str], options: ReadOptions
    ) -> Iterator[FileStatus]:
        """Yield the given files, as the next ingest of them will find them, then those missing below `roots`."""
        for file in given:
            entry = self._ledger.known_file(file)
            if entry is None:
                yield FileStatus(file.source, "new")
            else:
                yield _state(entry, "unchanged" if is_unchanged(entry, file, options) else "changed")
        there = {file.source for file in given}
        for entry in self._ledger.known_files():
            below = any(entry.source == root or entry.source.startswith(f"{root}/") for root in roots)
            if below and entry.source not in there:
                yield _state(entry, "missing")

    def records(self, file: str) -> Iterator[RecordStatus]:
        """Yield the records of a file: first the accepted, then the rejected."""
        query = (
            select(
                records.c.source,
                records.c.article,
                records.c.version,
                articles.c.family,
                _STATE.label("state"),
            )
            .join(articles, _SAME)
            .where(records.c.file == file)
        )
        rejected = select(rejections.c.source, rejections.c.reason).where(rejections.c.file == file)
        with self._catalog.reading() as connection:
            for row in connection.execute(query.execution_options(yield_per=1_000)):
                lead = row.family if row.state == "copy" else None
                yield RecordStatus(row.source, row.state, row.article, row.version, copy_of=lead)
            for source, reason in connection.execute(rejected.execution_options(yield_per=1_000)):
                yield RecordStatus(source, "rejected", reason=reason)

    def rejected(self, *, limit: int) -> list[Rejected]:
        """Return the first rejected records."""
        query = select(rejections.c.source, rejections.c.reason).limit(limit)
        with self._catalog.reading() as connection:
            return [Rejected(*row) for row in connection.execute(query)]

    def removed(self) -> list[RemovedArticle]:
        """Return the removed articles, the last removed first."""
        return removals(self._catalog)

    def counts(self) -> Counter[str]:
        """Return the number of records in each state."""
        query = (
            select(_STATE.label("state"), func.count().label("number"))
            .select_from(records)
            .join(articles, _SAME)
            .group_by(_STATE)
        )
        with self._catalog.reading() as connection:
            found = {row.state: row.number for row in connection.execute(query)}
            found["rejected"] = connection.scalar(select(func.count()).select_from(rejections)) or 0
        return Counter({state: found[state] for state in get_args(RecordState) if found.get(state)})


_SAME = (articles.c.id == records.c.article) & (articles.c.version == records.c.version)
_STATE = case(
    (~articles.c.current, "superseded"),
    (articles.c.family == articles.c.id, "indexed"),
    else_="copy",
)


def _state(entry: KnownFile, state: FileState) -> FileStatus:
    return FileStatus(entry.source, state, entry.accepted, entry.rejected)
