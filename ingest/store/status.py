"""Reports what became of every ingested file and record, and what the next ingest would do with files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Case, case, func, select

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.archive.schema import articles, records, rejections
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected
from ingest.store.ledger import KnownFile, Ledger, is_unchanged
from ingest.store.removal import RemovedArticle, find_article, removals
from ingest.store.standing import REASONS, Standing

FileState = Literal["new", "changed", "unchanged", "missing", "indexed", "unfinished"]
RecordState = Literal["indexed", "copy", "superseded", "set_aside", "rejected"]


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

    An article that questions can find is `indexed`, or a `copy` of the lead of its family. A version that a newer one
    corrects is `superseded`. A version that is not current for another reason is `set_aside`, with the reason. A
    rejected record is `rejected`, with the reason.
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


@dataclass(frozen=True)
class VersionStatus:
    """A version of an article, and why it is not current."""

    article: str
    version: int
    state: Literal["current", "superseded", "set_aside"]
    title: str
    published: str | None
    updated: str | None
    length: int
    source: str
    reason: str | None


@dataclass(frozen=True)
class SetAside:
    """A record whose version is not current, and why."""

    source: str
    article: str
    version: int
    reason: str


class Status:
    """Reads an archive's ledger; writes nothing."""

    def __init__(self, catalog: Catalog) -> None:
        """Raises ArchiveMismatch if the archive was made before records were stored in the ledger."""
        catalog.require_ledger()
        self._catalog = catalog
        self._standing = catalog.all_columns.selected_columns["standing"]
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
                self._state.label("state"),
                self._standing.label("standing"),
            )
            .join(articles, _SAME)
            .where(records.c.file == file)
        )
        rejected = select(rejections.c.source, rejections.c.reason).where(rejections.c.file == file)
        with self._catalog.reading() as connection:
            for row in connection.execute(query.execution_options(yield_per=1_000)):
                lead = row.family if row.state == "copy" else None
                reason = _reason(row.standing) if row.state == "set_aside" else None
                yield RecordStatus(row.source, row.state, row.article, row.version, lead, reason)
            for source, reason in connection.execute(rejected.execution_options(yield_per=1_000)):
                yield RecordStatus(source, "rejected", reason=reason)

    def rejected(self, *, limit: int) -> list[Rejected]:
        """Return the first rejected records."""
        query = select(rejections.c.source, rejections.c.reason).limit(limit)
        with self._catalog.reading() as connection:
            return [Rejected(*row) for row in connection.execute(query)]

    def set_aside(self, *, limit: int) -> list[SetAside]:
        """Return the first records whose versions are not current, except those that a newer one corrects."""
        query = (
            select(records.c.source, records.c.article, records.c.version, self._standing.label("standing"))
            .join(articles, _SAME)
            .where(self._state == "set_aside")
            .limit(limit)
        )
        with self._catalog.reading() as connection:
            return [
                SetAside(row.source, row.article, row.version, REASONS[row.standing])
                for row in connection.execute(query)
            ]

    def versions(self, name: str) -> list[VersionStatus]:
        """Return the versions of an article, oldest first; see `Removal.withdraw` for `name`.

        Raises:
            SourceError: the name does not belong to one article.
        """
        id = find_article(self._catalog, name)
        columns = [
            articles.c[each]
            for each in ("id", "version", "current", "title", "published", "updated", "length", "source")
        ]
        query = select(*columns, self._standing.label("standing")).where(articles.c.id == id)
        with self._catalog.reading() as connection:
            return [
                VersionStatus(
                    article=row.id,
                    version=row.version,
                    state="current" if row.current else "superseded" if row.standing is None else "set_aside",
                    title=row.title,
                    published=row.published,
                    updated=row.updated,
                    length=row.length,
                    source=row.source,
                    reason=_reason(row.standing),
                )
                for row in connection.execute(query.order_by(articles.c.version))
            ]

    @property
    def _state(self) -> Case[str]:
        """The state of an accepted record. Questions find a page in the version that joins it with the others."""
        is_page = func.coalesce(self._standing, "") == "joined"
        return case(
            (~articles.c.current & ~is_page & self._standing.is_(None), "superseded"),
            (~articles.c.current & ~is_page, "set_aside"),
            (articles.c.family == articles.c.id, "indexed"),
            else_="copy",
        )

    def languages(self) -> Counter[str]:
        """Return the number of articles in each language, the most frequent first."""
        detected = self._catalog.all_columns.selected_columns["detected"]
        written_in = func.coalesce(func.nullif(detected, "und"), articles.c.language, "unknown language")
        query = select(written_in.label("language"), func.count().label("number")).where(articles.c.current)
        with self._catalog.reading() as connection:
            rows = connection.execute(query.group_by(written_in)).all()
        return Counter(
            dict(sorted(((row.language, row.number) for row in rows), key=lambda row: (-row[1], row[0])))
        )

    def removed(self) -> list[RemovedArticle]:
        """Return the removed articles, the last removed first."""
        return removals(self._catalog)

    def counts(self) -> Counter[str]:
        """Return the number of records in each state."""
        query = (
            select(self._state.label("state"), func.count().label("number"))
            .select_from(records)
            .join(articles, _SAME)
            .group_by(self._state)
        )
        with self._catalog.reading() as connection:
            found = {row.state: row.number for row in connection.execute(query)}
            found["rejected"] = connection.scalar(select(func.count()).select_from(rejections)) or 0
        return Counter({state: found[state] for state in get_args(RecordState) if found.get(state)})


_SAME = (articles.c.id == records.c.article) & (articles.c.version == records.c.version)


def _reason(standing: Standing | None) -> str | None:
    return None if standing is None else REASONS[standing]


def _state(entry: KnownFile, state: FileState) -> FileStatus:
    return FileStatus(entry.source, state, entry.accepted, entry.rejected)
