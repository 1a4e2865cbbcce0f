"""The catalog: the SQL database that holds an archive's articles, passages and vectors.

Chroma, the vector matrix and every cache are derived from the catalog and can be deleted at any time.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    String,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    null,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError, OperationalError

from assistant.archive import fulltext
from assistant.archive.schema import (
    ADDED,
    CORRECTIONS_SCHEMA,
    LEDGER_SCHEMA,
    READABLE,
    SCHEMA_VERSION,
    articles,
    corrections,
    passages,
    properties,
    tables,
    vectors,
    withdrawn,
)
from assistant.article import READ_BY_OCR, Article, Copy, Correction, Passage, PublicationDate, Span
from assistant.errors import ArchiveError, ArchiveMismatch, NotAnArchive
from assistant.query import Filters
from assistant.text.names import name_spans
from assistant.text.words import stems

APPLICATION_ID = 0x4241434B
"""Marks the file as a Backfile catalog in SQLite's header: "BACK" in ASCII."""

VARIABLES = 10_000
"""Values in one statement; SQLite accepts 32,766 by default."""

LAST_VERSION = 2**31 - 1
"""Highest version number that is looked up; SQLite may not be able to store a larger one."""

CORRECTION_LENGTH = 400
"""Code points of a correction that are shown with the article that it corrects."""

BUSY_SECONDS = 30.0
"""How long a connection waits for another one's transaction. Transactions of ingest take well under a second."""

_ORIGINS = """
UPDATE articles SET origin = (
    SELECT files.sha256 || substr(records.source, length(files.source) + 1)
    FROM records JOIN files ON files.source = records.file
    WHERE records.article = articles.id AND records.version = articles.version AND files.sha256 != ''
    LIMIT 1
)"""
"""Fills in where the versions of an older archive came from, so that a reading of the same bytes is recognised."""

_WORD = re.compile(r"\w+")

_DETAILS = [
    articles.c[name] for name in ("id", "version", "family", "title", "outlet", "published", "place", "url")
]


@dataclass(frozen=True)
class Coverage:
    """What an archive holds."""

    articles: int
    passages: int
    outlets: tuple[tuple[str | None, int], ...]
    """Outlets with their number of articles, largest first."""
    first: date | None
    """Earliest day of publication."""
    last: date | None
    """Latest day of publication."""
    undated: int
    """Articles without a date."""
    last_ingest: datetime | None
    """When the last complete ingest ended, in UTC."""
    ingesting: bool
    """Whether an ingest is running now."""

    @property
    def outlet_names(self) -> list[str]:
        """The outlets' names as recorded, largest first."""
        return [name for name, _ in self.outlets if name]


@dataclass(frozen=True)
class Located:
    """A passage with its key and the details of its article."""

    pk: int
    passage: Passage
    family: str
    title: str
    outlet: str | None
    published: str | None
    place: str | None
    url: str | None


class Catalog:
    """Reads and writes the database. Every method is one transaction.

    Every method raises ArchiveError or NotAnArchive if SQLite cannot read or write the file.
    """

    NEWEST_SCHEMA: ClassVar[int] = SCHEMA_VERSION
    """The schema of the catalogs that this Backfile creates."""

    def __init__(self, engine: Engine, path: Path, schema: int) -> None:
        """Use an open database of this schema version; see `open` and `create`."""
        self._engine = engine
        self._path = path
        self._schema = schema
        self.all_columns = _all_columns(schema)
        """Selects the articles, with NULL in the columns that their schema lacks."""

    @classmethod
    def create(cls, path: Path) -> "Catalog":
        """Open the catalog at `path` for writing. Create it if there is none.

        A catalog of an older schema gets the tables and columns that it lacks.

        Raises:
            NotAnArchive: the file is not a catalog.
            ArchiveMismatch: this Backfile cannot read its schema.
        """
        if not path.exists():
            _create_file(path)
        return cls._checked(_engine(path, readonly=False), path, writing=True)

    @classmethod
    def open(cls, path: Path) -> "Catalog":
        """Open the catalog at `path` for reading.

        Raises:
            NotAnArchive: the file is not a catalog.
            ArchiveMismatch: this Backfile cannot read its schema.
        """
        return cls._checked(_engine(path, readonly=True), path, writing=False)

    @classmethod
    def _checked(cls, engine: Engine, path: Path, *, writing: bool) -> "Catalog":
        """Check that the file is a readable catalog. If it is opened for writing, upgrade its schema."""
        try:
            with _as_archive_errors(path), engine.connect() as connection:
                application = connection.scalar(text("PRAGMA application_id"))
                schema = connection.scalar(text("PRAGMA user_version"))
                if application != APPLICATION_ID:
                    raise NotAnArchive(
                        f"{path} is not a Backfile catalog: give the folder of an archive, or a new folder"
                    )
                if schema not in READABLE:
                    raise ArchiveMismatch(
                        f"{path} has schema {schema}, but this Backfile reads schemas {READABLE[0]} to "
                        f"{SCHEMA_VERSION}: ingest the sources into a new archive, or use the Backfile that made it"
                    )
                if writing:
                    connection.execute(text("PRAGMA journal_mode = WAL"))
                if writing and schema != SCHEMA_VERSION:
                    # The version is written last: if the process is killed before, the upgrade is repeated.
                    tables.create_all(connection)
                    _add_columns(connection, schema)
                    fulltext.upgrade(connection)
                    connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
                    connection.commit()
                    schema = SCHEMA_VERSION
        except BaseException:
            # Windows does not move or delete an open file.
            engine.dispose()
            raise
        return cls(engine, path, schema)

    def require_ledger(self) -> None:
        """Raise ArchiveMismatch for an older schema, which holds articles but not which records they came from."""
        if self._schema < LEDGER_SCHEMA:
            raise ArchiveMismatch(
                f"{self._path} was made by an older Backfile, which stored fewer details: run `python -m ingest "
                "--rebuild` once, or ingest something, and run this command again"
            )

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection for reading."""
        with _as_archive_errors(self._path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction. It is committed when the block ends, and rolled back if the block raises."""
        with _as_archive_errors(self._path), self._engine.begin() as connection:
            yield connection

    def purge(self) -> None:
        """Remove every trace of deleted rows from the files of the database.

        Raises:
            ArchiveError: the disk has no room for a second copy, or another process still reads old pages.
        """
        with self.writing() as connection:
            fulltext.purge(connection)
        with self.reading() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            # Otherwise SQLite makes the copy in memory, at any size.
            connection.execute(text("PRAGMA temp_store = FILE"))
            connection.execute(text("VACUUM"))
            kept, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
            connection.detach()
        if kept:
            raise ArchiveError(
                f"another process is still reading {self._path} as it was before the removal: close it and run the "
                "same command again, which completes the removal"
            )

    # Properties of the archive

    def property(self, name: str) -> str | None:
        """Return a property of the archive, or None."""
        with self.reading() as connection:
            value: str | None = connection.scalar(select(properties.c.value).where(properties.c.name == name))
            return value

    def set_properties(self, values: Mapping[str, str]) -> None:
        """Set properties of the archive."""
        with self.writing() as connection:
            set_properties(connection, values)

    # Articles

    def article(self, id: str, version: int | None = None) -> Article | None:
        """Return an article in the given version, else in its current one; None if there is none."""
        if version is not None and not 0 < version <= LAST_VERSION:
            return None
        wanted = articles.c.current if version is None else articles.c.version == version
        with self.reading() as connection:
            row = connection.execute(self.all_columns.where(articles.c.id == id, wanted)).first()
        return None if row is None else article_of(row)

    def versions(self, id: str) -> list[int]:
        """Return the numbers of an article's versions, oldest first."""
        with self.reading() as connection:
            query = select(articles.c.version).where(articles.c.id == id).order_by(articles.c.version)
            return list(connection.scalars(query))

    def history(self, id: str) -> list[int]:
        """Return the numbers of an article's current version and of those that it corrects, oldest first."""
        standing = self.all_columns.selected_columns["standing"]
        query = select(articles.c.version).where(articles.c.id == id, articles.c.current | standing.is_(None))
        with self.reading() as connection:
            return list(connection.scalars(query.order_by(articles.c.version)))

    def articles(self) -> Iterator[Article]:
        """Yield the current version of every article in the order of ingest."""
        with self.reading() as connection:
            query = self.all_columns.where(articles.c.current).order_by(articles.c.pk)
            for row in connection.execute(query.execution_options(yield_per=100)):
                yield article_of(row)

    def newest(self, limit: int) -> list[Article]:
        """Return the articles with the latest dates of publication, newest first."""
        query = (
            self.all_columns.where(articles.c.current).order_by(articles.c.published_last.desc()).limit(limit)
        )
        with self.reading() as connection:
            return [article_of(row) for row in connection.execute(query)]

    def articles_with_spans(self) -> Iterator[tuple[Article, list[Span]]]:
        """Yield every current article with the spans of its passages."""
        query = self.all_columns.where(articles.c.current).order_by(articles.c.pk)
        with self.reading() as connection:
            # One transaction sees one state, even if an ingest replaces versions meanwhile.
            connection.execute(text("BEGIN"))
            for row in connection.execute(query.execution_options(yield_per=100)):
                spans = (
                    select(passages.c.start, passages.c.end)
                    .where(passages.c.article == row.pk)
                    .order_by(passages.c.start)
                )
                yield article_of(row), [(span.start, span.end) for span in connection.execute(spans)]

    def copies(self, families: Mapping[str, str]) -> dict[str, tuple[Copy, ...]]:
        """Return for each article the other articles of its family: the family's lead first, then by date.

        `families` maps articles to their families.
        """
        columns = articles.c.family, articles.c.id, articles.c.outlet, articles.c.url
        query = (
            select(*columns)
            .where(articles.c.family.in_(set(families.values())), articles.c.current)
            .order_by(
                articles.c.id != articles.c.family, articles.c.published_first.nulls_last(), articles.c.id
            )
        )
        members: dict[str, list[Copy]] = {}
        with self.reading() as connection:
            for family, *copy in connection.execute(query):
                members.setdefault(family, []).append(Copy(*copy))
        return {
            article: tuple(copy for copy in members.get(family, ()) if copy.article != article)
            for article, family in families.items()
        }

    def family_by_article(self) -> dict[str, str]:
        """Return the family of every current article, by the article's id."""
        query = select(articles.c.id, articles.c.family).where(articles.c.current)
        with self.reading() as connection:
            return {row.id: row.family for row in connection.execute(query)}

    def corrected(self, ids: Sequence[str]) -> set[str]:
        """Return which of the articles have a version that a newer one corrects."""
        standing = self.all_columns.selected_columns["standing"]
        older = articles.c.id.in_(list(ids)), ~articles.c.current, standing.is_(None)
        query = select(articles.c.id).where(*older).distinct()
        with self.reading() as connection:
            return set(connection.scalars(query))

    def corrections(self, ids: Sequence[str]) -> dict[str, tuple[Correction, ...]]:
        """Return the articles that correct the given ones, oldest first; for the others, nothing."""
        if self._schema < CORRECTIONS_SCHEMA:
            return {}
        query = (
            select(
                corrections.c.corrects,
                articles.c.id,
                articles.c.title,
                articles.c.outlet,
                articles.c.published,
                func.substr(articles.c.text, 1, CORRECTION_LENGTH + 1).label("beginning"),
            )
            .join(articles, articles.c.id == corrections.c.article)
            .where(corrections.c.corrects.in_(list(ids)), articles.c.current)
            .order_by(articles.c.published_first, articles.c.id)
        )
        found: dict[str, tuple[Correction, ...]] = {}
        with self.reading() as connection:
            for row in connection.execute(query):
                text = _cut(row.beginning, CORRECTION_LENGTH)
                correction = Correction(row.id, row.title, row.outlet, row.published, text)
                found[row.corrects] = (*found.get(row.corrects, ()), correction)
        return found

    def coverage(self, *, ingesting: bool) -> Coverage:
        """Count what the archive holds."""
        current = articles.c.current
        with self.reading() as connection:
            outlets = connection.execute(
                select(articles.c.outlet, func.count())
                .where(current)
                .group_by(articles.c.outlet)
                .order_by(func.count().desc(), articles.c.outlet)
            ).all()
            first, last, dated = connection.execute(
                select(
                    func.min(articles.c.published_first),
                    func.max(articles.c.published_last),
                    func.count(articles.c.published_first),
                ).where(current)
            ).one()
            count = connection.scalar(select(func.count()).select_from(passages))
        total = sum(number for _, number in outlets)
        ended = self.property("last_ingest")
        return Coverage(
            articles=total,
            passages=count or 0,
            outlets=tuple((outlet, number) for outlet, number in outlets),
            first=first and date.fromordinal(first),
            last=last and date.fromordinal(last),
            undated=total - dated,
            last_ingest=datetime.fromisoformat(ended) if ended else None,
            ingesting=ingesting,
        )

    # Search

    def lexical(
        self, question: str, *, limit: int, among: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the best passages by BM25 as (key, score), best first; only those in `among`, if given."""
        with self.reading() as connection:
            if among is None:
                return fulltext.search(connection, question, limit=limit)
            connection.execute(text("CREATE TEMP TABLE IF NOT EXISTS among (pk INTEGER PRIMARY KEY)"))
            connection.execute(text("DELETE FROM among"))
            # One statement with a JSON list takes a third of the time of one row per key.
            connection.execute(
                text("INSERT INTO among (pk) SELECT value FROM json_each(:keys)"),
                {"keys": json.dumps(among.tolist())},
            )
            return fulltext.search(connection, question, limit=limit, among="temp.among")

    def mentioning(self, words: str, *, among: NDArray[np.int64] | None = None) -> list[int]:
        """Return the first passage with all of these words of each current article that has one, newest article first.

        See `fulltext.passages_with`. Counts only the passages in `among`, if given.
        """
        with self.reading() as connection:
            matching = fulltext.passages_with(connection, words)
        return self.first_passages(matching if among is None else np.intersect1d(matching, among).tolist())

    def first_passages(self, among: Sequence[int] | None = None) -> list[int]:
        """Return the first passage of each current article, newest article first; only those in `among`, if given."""
        query = (
            select(func.min(passages.c.pk).label("first"))
            .join(articles)
            .where(articles.c.current)
            .group_by(articles.c.pk)
            .order_by(articles.c.published_first.desc().nulls_last(), articles.c.pk)
        )
        values = {}
        if among is not None:
            query = query.where(text("passages.pk IN (SELECT value FROM json_each(:keys))"))
            values["keys"] = json.dumps(among)
        with self.reading() as connection:
            return [row.first for row in connection.execute(query, values)]

    def holding(self, words: Sequence[str], keys: Sequence[int]) -> dict[str, list[int]]:
        """Return for each word the passages whose article contains it, in its title or any of its passages."""
        with self.reading() as connection:
            query = select(passages.c.pk, passages.c.article).where(passages.c.pk.in_(list(keys)))
            by_article: dict[int, list[int]] = {}
            for row in connection.execute(query):
                by_article.setdefault(row.article, []).append(row.pk)
            connection.execute(
                text("CREATE TEMP TABLE IF NOT EXISTS wanted (pk INTEGER PRIMARY KEY, article)")
            )
            connection.execute(text("DELETE FROM wanted"))
            connection.execute(
                text(
                    "INSERT INTO wanted SELECT pk, article FROM passages WHERE article IN :articles"
                ).bindparams(bindparam("articles", list(by_article), expanding=True))
            )
            return {
                word: [
                    key
                    for article in fulltext.articles_with(connection, word, "temp.wanted")
                    for key in by_article[article]
                ]
                for word in words
            }

    def frequencies(self, stems: Sequence[str]) -> tuple[dict[str, int], int]:
        """Return the number of passages with each stem, and the number of all passages."""
        with self.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(passages)) or 0
            return fulltext.frequencies(connection, stems), total

    def respelled(self, question: str) -> str:
        """Return a question with each word of a name that no passage has in the nearest spelling that one has."""
        words = [
            (start + word.start(), start + word.end())
            for start, end in name_spans(question)
            for word in _WORD.finditer(question[start:end])
        ]
        with self.reading() as connection:
            for start, end in reversed(words):
                found = stems(question[start:end])
                if len(found) == 1 and found[0] and not fulltext.frequencies(connection, found):
                    nearest = fulltext.nearest_stem(connection, found[0])
                    question = question[:start] + (nearest or question[start:end]) + question[end:]
        return question

    def selected(self, filters: Filters) -> tuple[NDArray[np.int64], int]:
        """Return the keys of the passages that pass the filters, ascending, and how many undated articles fail them.

        An article passes a range of dates if every day that its date can mean is in the range.
        """
        passing: list[ColumnElement[bool]] = [articles.c.current]
        if filters.outlets:
            passing.append(articles.c.outlet.in_(filters.outlets))
        if filters.languages:
            detected = self.all_columns.selected_columns["detected"]
            written_in = func.coalesce(func.nullif(detected, "und"), articles.c.language)
            passing.append(written_in.in_(filters.languages))
        dated = list(passing)
        if filters.since:
            dated.append(articles.c.published_first >= filters.since.toordinal())
        if filters.until:
            # The first day is never after the last. Comparing both lets SQLite skip all later articles.
            until = filters.until.toordinal()
            dated += [articles.c.published_first <= until, articles.c.published_last <= until]
        query = select(passages.c.pk).join(articles).where(*dated).order_by(passages.c.pk)
        with self.reading() as connection:
            keys = np.fromiter(connection.scalars(query), dtype=np.int64)
            undated = 0
            if filters.since or filters.until:
                query = select(func.count()).select_from(articles)
                undated = connection.scalar(query.where(*passing, articles.c.published_first.is_(None))) or 0
        return keys, undated

    def outlets(self) -> list[str]:
        """Return the names of all outlets."""
        query = select(articles.c.outlet).where(articles.c.current, articles.c.outlet.is_not(None)).distinct()
        with self.reading() as connection:
            return sorted(connection.scalars(query))

    def locate(self, keys: Sequence[int]) -> dict[int, Located]:
        """Return the passages with these keys. Passages that are no longer in the catalog are missing."""
        piece = func.substr(articles.c.text, passages.c.start + 1, passages.c.end - passages.c.start)
        query = (
            select(passages.c.pk, passages.c.start, passages.c.end, *_DETAILS, piece.label("piece"))
            .join(articles)
            .where(passages.c.pk.in_(list(keys)))
        )
        with self.reading() as connection:
            return {
                row.pk: Located(
                    pk=row.pk,
                    passage=Passage(row.id, row.version, row.start, row.end, row.piece),
                    family=row.family,
                    title=row.title,
                    outlet=row.outlet,
                    published=row.published,
                    place=row.place,
                    url=row.url,
                )
                for row in connection.execute(query)
            }

    def recognised(self, ids: Sequence[str]) -> dict[str, str]:
        """Return how surely OCR recognised these articles; those that are not OCR's are missing."""
        held = self.all_columns.selected_columns["keywords"]
        query = select(articles.c.id, held).where(
            articles.c.id.in_(list(ids)), articles.c.current, type_coerce(held, String).contains(READ_BY_OCR)
        )
        with self.reading() as connection:
            return {
                row.id: keyword
                for row in connection.execute(query)
                for keyword in row.keywords
                if keyword.startswith(READ_BY_OCR)
            }

    def families(self, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Return for each passage the family and the id of its article."""
        query = (
            select(passages.c.pk, articles.c.family, articles.c.id)
            .join(articles)
            .where(passages.c.pk.in_(list(keys)))
        )
        with self.reading() as connection:
            return {row.pk: (row.family, row.id) for row in connection.execute(query)}

    def days(self, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return for each dated passage the first and last day that its article's date can mean.

        Days are proleptic ordinals; see `date.toordinal`.
        """
        query = (
            select(passages.c.pk, articles.c.published_first, articles.c.published_last)
            .join(articles)
            .where(passages.c.pk.in_(list(keys)), articles.c.published_last.is_not(None))
        )
        with self.reading() as connection:
            return {row.pk: (row.published_first, row.published_last) for row in connection.execute(query)}

    def keys(self, names: Sequence[str]) -> dict[str, int]:
        """Return the keys of passages by their names (see `passage_name`). Unknown names are missing."""
        wanted: dict[str, set[str]] = {}
        for name in names:
            wanted.setdefault(name.partition("/")[0], set()).add(name)
        query = (
            select(passages.c.pk, articles.c.id, articles.c.version, passages.c.start)
            .join(articles)
            .where(articles.c.id.in_(list(wanted)))
        )
        with self.reading() as connection:
            found = {
                passage_name(row.id, row.version, row.start): row.pk for row in connection.execute(query)
            }
        return {name: found[name] for name in names if name in found}

    # Vectors

    def passages_after(self, key: int, *, limit: int) -> list[tuple[int, Article, Passage]]:
        """Return the passages with keys above `key`, each with its key and its article.

        Vectors are stored in the order of keys, so the passages after the last vector have none yet.
        """
        query = select(passages).where(passages.c.pk > key).order_by(passages.c.pk).limit(limit)
        with self.reading() as connection:
            rows = connection.execute(query).all()
            wanted = self.all_columns.where(articles.c.pk.in_({row.article for row in rows}))
            found = {row.pk: article_of(row) for row in connection.execute(wanted)}
        return [
            (
                row.pk,
                found[row.article],
                Passage(
                    found[row.article].id,
                    found[row.article].version,
                    row.start,
                    row.end,
                    found[row.article].text[row.start : row.end],
                ),
            )
            for row in rows
        ]

    def unembedded_count(self) -> int:
        """Return the number of passages after the last vector, which wait for theirs."""
        query = select(func.count()).select_from(passages).where(passages.c.pk > self.last_vector())
        with self.reading() as connection:
            return connection.scalar(query) or 0

    def without_vector(self) -> int:
        """Return the number of passages minus the number of vectors, counted in one transaction."""
        counted = (select(func.count()).select_from(table).scalar_subquery() for table in (passages, vectors))
        with self.reading() as connection:
            number, held = connection.execute(select(*counted)).one()
        return int(number - held)

    def store_vectors(self, keys: Sequence[int], found: NDArray[np.float32]) -> None:
        """Store the vectors of passages, one a row. Passages that were withdrawn meanwhile are skipped."""
        with self.writing() as connection:
            existing = set(connection.scalars(select(passages.c.pk).where(passages.c.pk.in_(list(keys)))))
            rows = [
                {"passage": key, "vector": vector.astype("<f2").tobytes()}
                for key, vector in zip(keys, found, strict=True)
                if key in existing
            ]
            if rows:
                connection.execute(insert(vectors), rows)

    def stored_vectors(
        self, *, after: int = 0, batch: int = 5_000
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Yield keys and vectors above the key `after`, in batches, ascending.

        Shapes: (n,) and (n, dimension).
        """
        query = (
            select(vectors.c.passage, vectors.c.vector)
            .where(vectors.c.passage > after)
            .order_by(vectors.c.passage)
        )
        with self.reading() as connection:
            for rows in connection.execute(query.execution_options(yield_per=batch)).partitions():
                keys = np.fromiter((row.passage for row in rows), dtype=np.int64, count=len(rows))
                joined = b"".join(row.vector for row in rows)
                yield keys, np.frombuffer(joined, dtype="<f2").reshape(len(rows), -1)

    def names(self, keys: Sequence[int]) -> list[str]:
        """Return the names of passages, in the order of `keys`. All of them must exist."""
        query = (
            select(passages.c.pk, articles.c.id, articles.c.version, passages.c.start)
            .join(articles)
            .where(passages.c.pk.in_(list(keys)))
        )
        with self.reading() as connection:
            found = {
                row.pk: passage_name(row.id, row.version, row.start) for row in connection.execute(query)
            }
        return [found[key] for key in keys]

    def vector_state(self) -> tuple[int, int]:
        """Return the number of stored vectors and their highest key."""
        with self.reading() as connection:
            count, last = connection.execute(select(func.count(), func.max(vectors.c.passage))).one()
        return count, last or 0

    def last_vector(self) -> int:
        """Return the highest key of a stored vector, or 0."""
        with self.reading() as connection:
            return connection.scalar(select(func.max(vectors.c.passage))) or 0

    def replace_passages(
        self, build: Callable[[Article], Sequence[Passage]], values: Mapping[str, str]
    ) -> None:
        """Cut every current article into passages again with `build`, and set `values` as properties.

        All of this is one transaction, so no reader finds passages of one encoder under the name of another.
        All vectors are deleted.
        """
        with self.writing() as connection:
            set_properties(connection, values)
            for table in (vectors, passages, withdrawn):
                connection.execute(delete(table))
            fulltext.clear(connection)
            for key in connection.scalars(select(articles.c.pk).where(articles.c.current)).all():
                article = article_of(connection.execute(select(articles).where(articles.c.pk == key)).one())
                insert_passages(connection, key, article, build(article))

    def withdrawn_names(self) -> list[str]:
        """Return the names of passages that must still be removed from Chroma."""
        with self.reading() as connection:
            return list(connection.scalars(select(withdrawn.c.key)))

    def forget_withdrawn(self, names: Sequence[str]) -> None:
        """Note that these passages were removed from Chroma."""
        with self.writing() as connection:
            for first in range(0, len(names), VARIABLES):
                batch = list(names[first : first + VARIABLES])
                connection.execute(delete(withdrawn).where(withdrawn.c.key.in_(batch)))


def passage_name(article: str, version: int, start: int) -> str:
    """Return a passage's name in Chroma. It is the same on every machine, unlike its key.

    >>> passage_name("0f3c", 1, 250)
    '0f3c/1/250'
    """
    return f"{article}/{version}/{start}"


def set_properties(connection: Connection, values: Mapping[str, str]) -> None:
    """Set properties of the archive within a transaction."""
    for name, value in values.items():
        statement = upsert(properties).values(name=name, value=value)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def insert_passages(connection: Connection, key: int, article: Article, cut: Sequence[Passage]) -> None:
    """Store the passages `cut` of the article in row `key`, and index their words."""
    if not cut:
        return
    used = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")) or 0
    rows = [{"pk": used + n, "article": key, "start": p.start, "end": p.end} for n, p in enumerate(cut, 1)]
    connection.execute(insert(passages), rows)
    entries = [fulltext.Entry(used + n, article.title, p.text) for n, p in enumerate(cut, 1)]
    fulltext.add(connection, entries)


def withdraw(connection: Connection, article: int) -> None:
    """Remove a version (its row) from search. Its text is kept."""
    rows = connection.execute(
        select(articles.c.id, articles.c.version, passages.c.start)
        .join(passages)
        .where(articles.c.pk == article)
    )
    names = [{"key": passage_name(row.id, row.version, row.start)} for row in rows]
    if names:
        connection.execute(insert(withdrawn), names)
    fulltext.remove(connection, article)
    connection.execute(delete(passages).where(passages.c.article == article))
    connection.execute(update(articles).where(articles.c.pk == article).values(current=False))


def article_of(row: Row[Any]) -> Article:
    """Return the article in a row of `articles`."""
    return Article(
        title=row.title,
        text=row.text,
        source=row.source,
        outlet=row.outlet,
        authors=tuple(row.authors),
        published=PublicationDate(row.published, row.published_origin),
        updated=PublicationDate(row.updated, row.updated_origin),
        place=row.place,
        url=row.url,
        guid=row.guid,
        language=row.language,
        section=row.section,
        keywords=tuple(row.keywords or ()),
        detected=row.detected,
        free=row.free,
        page=row.page,
        furniture=tuple(cast(Span, tuple(span)) for span in row.furniture),
        version=row.version,
    )


def _cut(text: str, length: int) -> str:
    """Return a text of at most `length` code points, cut between words."""
    return text if len(text) <= length else text[:length].rsplit(None, 1)[0] + " …"


def _all_columns(schema: int) -> Select[Any]:
    """Select the articles of a schema, with NULL in the columns that it lacks."""
    return select(
        *(
            column if ADDED.get(column.name, 0) <= schema else null().label(column.name)
            for column in articles.c
        )
    )


def _add_columns(connection: Connection, schema: int) -> None:
    """Add the columns that the articles table of an older schema lacks."""
    existing = {row.name for row in connection.execute(text("PRAGMA table_info(articles)"))}
    for name in ADDED:
        if name not in existing:
            kind = articles.c[name].type.compile(connection.dialect)
            connection.execute(text(f"ALTER TABLE articles ADD COLUMN {name} {kind}"))
    if schema >= LEDGER_SCHEMA:
        connection.execute(text(_ORIGINS))


def _create_file(path: Path) -> None:
    """Create an empty catalog under another name and rename it, so that no process opens an unfinished one."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    engine = _engine(unfinished, readonly=False)
    try:
        with _as_archive_errors(path), engine.begin() as connection:
            tables.create_all(connection)
            fulltext.create(connection)
            connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
            connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
    finally:
        engine.dispose()
    unfinished.replace(path)


def _engine(path: Path, *, readonly: bool) -> Engine:
    """Return an engine for the database at `path`; it connects when it is first used."""
    query = {"mode": "ro", "uri": "true"} if readonly else {"mode": "rwc", "uri": "true"}
    url = URL.create("sqlite", database=path.absolute().as_uri(), query=query)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        # With a write-ahead log, no committed work is lost when a process dies. The file is always consistent.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.close()

    return engine


@contextmanager
def _as_archive_errors(path: object) -> Iterator[None]:
    """Raise SQLite's errors as ArchiveErrors that say what to do."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig)
        if "not a database" in reason or "malformed" in reason:
            raise NotAnArchive(
                f"{path} is not a Backfile catalog, or is damaged ({reason}): give the folder of an archive, or "
                "restore the file from a backup"
            ) from error
        if "full" in reason or "disk I/O" in reason:
            raise ArchiveError(
                f"no room to write to {path} ({reason}): free some disk space and run the same command again; "
                "what was committed before is safe"
            ) from error
        if "readonly" in reason:
            raise ArchiveError(
                f"cannot use {path} ({reason}): make its folder writable, because SQLite keeps its log there even when "
                "it only reads"
            ) from error
        if isinstance(error, OperationalError):
            raise ArchiveError(f"cannot use {path}: {reason}") from error
        raise
