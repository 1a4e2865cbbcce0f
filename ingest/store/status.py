"""What became of every file and record that was ever given to an archive, and what would become of files now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import case, func, select

from assistant.archive.catalog import Catalog
from assistant.archive.schema import articles, records, rejections
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected
from ingest.store.ledger import KnownFile, Ledger, is_unchanged

FileState = Literal["new", "changed", "unchanged", "missing", "indexed", "unfinished"]
RecordState = Literal["indexed", "copy", "superseded", "rejected"]


@dataclass(frozen=True)
class FileStatus:
    """A file, and how the archive stands to it.

    Compared with the disk it is `new` or `changed` (the next ingest reads it), `unchanged`, or `missing` where the
    archive has records of it that are no longer there; else `indexed`, or `unfinished` where an ingest was stopped
    in it or it is to be read again.
    """

    file: str
    state: FileState
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class RecordStatus:
    """A record, and what it is in the archive.

    An article that is found is `indexed`, or a `copy` of the one that leads its family; a version that another
    took the place of is `superseded`; what was set aside is `rejected`, with the reason.
    """

    record: str
    state: RecordState
    article: str | None = None
    version: int | None = None
    copy_of: str | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, object]:
        """The record as `python -m ingest --status --json` prints it."""
        return {name: value for name, value in vars(self).items() if value is not None}


class Status:
    """Looks into the ledger of an archive; writes nothing."""

    def __init__(self, catalog: Catalog) -> None:
        """Raises ArchiveMismatch where the archive was made before records were noted."""
        catalog.require_newest()
        self._catalog = catalog
        self._ledger = Ledger(catalog)

    def known(self) -> Iterator[FileStatus]:
        """Yield the files that the archive knows, by their names."""
        for entry in self._ledger.known_files():
            yield _state(entry, "indexed" if entry.reading else "unfinished")

    def compared(
        self, given: Sequence[SourceFile], roots: Sequence[str], options: ReadOptions
    ) -> Iterator[FileStatus]:
        """Yield the files given, as the next ingest of them will find them, then those missing below `roots`."""
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
        """Yield the records of a file: first those that were accepted, then those set aside."""
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
        aside = select(rejections.c.source, rejections.c.reason).where(rejections.c.file == file)
        with self._catalog.reading() as connection:
            for row in connection.execute(query.execution_options(yield_per=1_000)):
                lead = row.family if row.state == "copy" else None
                yield RecordStatus(row.source, row.state, row.article, row.version, copy_of=lead)
            for source, reason in connection.execute(aside.execution_options(yield_per=1_000)):
                yield RecordStatus(source, "rejected", reason=reason)

    def rejected(self, *, limit: int) -> list[Rejected]:
        """Return the first of the records that were set aside."""
        query = select(rejections.c.source, rejections.c.reason).limit(limit)
        with self._catalog.reading() as connection:
            return [Rejected(*row) for row in connection.execute(query)]

    def counts(self) -> Counter[str]:
        """Return how many records there are in each state."""
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
