"""Removal: takes articles out of an archive with every trace of their words, and keeps them out.

First the catalog forgets them in one transaction, so that no question finds them any more; then what deleting
leaves behind is purged: free pages, the write-ahead log, old segments of the full-text index, and the vectors in
Chroma and the matrix, which are made again. Between the two the catalog says that a purge is due, and whoever
writes to it next completes one that was killed.
"""

import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from assistant.answer import Answer
from assistant.archive.catalog import Catalog, set_properties, withdraw
from assistant.archive.folder import ArchiveFolder
from assistant.archive.schema import articles, records, rejections, removed
from assistant.article import Article, Copy
from assistant.conversations import Conversations
from assistant.errors import SourceError
from ingest.store import families
from ingest.store.ledger import read_again

PORTION = 2_000
"""Articles deleted with one set of statements; each may have several versions."""

DUE = "purge"
"""The property that says that a purge is due."""

REFUSED = "removed from the archive on"
"""How the reason begins for which a removed article is set aside."""


@dataclass(frozen=True)
class RemovalReport:
    """What a removal did, and where words of the removed articles may still stand."""

    removed: int
    copies: tuple[Copy, ...]
    """Articles with the same text or nearly so that stay: others carried them."""
    conversations: int
    """Conversations of the page that quote a removed article."""

    def to_json(self) -> dict[str, object]:
        """The report as `python -m ingest --remove --json` prints it."""
        copies = [vars(copy) for copy in self.copies]
        return {"removed": self.removed, "copies": copies, "conversations": self.conversations}


class Removal:
    """Takes articles out of one archive and lets them in again; for the process that holds its lock."""

    def __init__(self, folder: ArchiveFolder, catalog: Catalog) -> None:
        self._folder = folder
        self._catalog = catalog

    def withdraw(self, names: Sequence[str]) -> RemovalReport:
        """Delete the articles of these names from the catalog, and note that a purge is due.

        A name is an article's id, its address, or a place: a record, a file or a folder as `Article.source`
        writes them, or their path on this machine.

        Raises:
            SourceError: a name is neither an article's nor that of one removed before; then nothing is deleted.
        """
        day = date.today().isoformat()
        with self._catalog.writing() as connection:
            asked: dict[str, str] = {}
            for name in names:
                ids = _first_match(name, lambda spelt: _find(connection, spelt))
                if not ids and not _first_match(name, lambda spelt: _removed(connection, spelt)):
                    raise SourceError(
                        f"the archive has no article {name}: give its id, its address, or its place as "
                        "`python -m ingest --status --json` has it"
                    )
                asked.update(dict.fromkeys(ids, name))
            copies: list[Copy] = []
            for some in _portions(list(asked)):
                copies += _delete(connection, some, asked, day)
        gone = [copy for copy in copies if copy.article not in asked]
        return RemovalReport(len(asked), tuple(dict.fromkeys(gone)), self._quoting(set(asked)))

    @property
    def due(self) -> bool:
        """Whether articles were deleted whose traces are still to be purged."""
        return bool(self._catalog.property(DUE))

    def restore(self, names: Sequence[str]) -> int:
        """Let removed articles in again when their files are next ingested, and return how many these are.

        Raises:
            SourceError: a name is not that of a removed article.
        """
        with self._catalog.writing() as connection:
            found: set[str] = set()
            for name in names:
                ids = _first_match(name, lambda spelt: _removed(connection, spelt))
                if not ids:
                    raise SourceError(
                        f"no article {name} was removed: `python -m ingest --status` lists those that were"
                    )
                found |= ids
            for some in _portions(sorted(found)):
                connection.execute(delete(removed).where(removed.c.article.in_(some)))
            refused = select(rejections.c.file).where(rejections.c.reason.startswith(REFUSED))
            read_again(connection, connection.scalars(refused.distinct()))
        return len(found)

    def refusals(self, batch: Sequence[Article]) -> dict[tuple[str, str], str]:
        """Return of those articles that are not to be let in id and digest, and the reason.

        Not let in is what has the identity of a removed article, or the very text of one.
        """
        same = or_(
            removed.c.article.in_([article.id for article in batch]),
            removed.c.wording.in_([article.wording for article in batch]),
        )
        with self._catalog.reading() as connection:
            rows = connection.execute(select(removed).where(same)).all()
        return {
            (
                article.id,
                article.digest,
            ): f"{REFUSED} {row.day}: `python -m ingest --restore {row.article}` lets it in again"
            for row in rows
            for article in batch
            if row.article == article.id or row.wording == article.wording
        }

    def _quoting(self, ids: set[str]) -> int:
        """Count the conversations that quote one of these articles; they are the asker's, and stay."""
        if not self._folder.conversations.exists():
            return 0
        kept = Conversations(self._folder.conversations)
        try:
            return sum(
                any(
                    citation.article in ids
                    for answer in kept.answers(each.id)
                    if isinstance(answer, Answer)
                    for citation in answer.citations
                )
                for each in kept.list()
            )
        finally:
            kept.close()


def removals(catalog: Catalog) -> list[dict[str, str]]:
    """Return which articles were removed, under which name and when, the last first."""
    query = (
        select(removed.c.article, removed.c.asked, removed.c.day)
        .distinct()
        .order_by(removed.c.day.desc(), removed.c.article)
    )
    with catalog.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def _delete(connection: Connection, ids: Sequence[str], asked: Mapping[str, str], day: str) -> list[Copy]:
    """Delete articles with all that belongs to them; returns the copies of them that stay."""
    rows = connection.execute(
        select(
            articles.c.pk,
            articles.c.id,
            articles.c.current,
            articles.c.wording,
            articles.c.family,
            articles.c.source,
        ).where(articles.c.id.in_(ids))
    ).all()
    if not rows:
        return []
    notes = [
        {"article": row.id, "wording": row.wording, "source": row.source, "asked": asked[row.id], "day": day}
        for row in rows
    ]
    connection.execute(upsert(removed).on_conflict_do_nothing(), notes)
    for row in rows:
        if row.current:
            withdraw(connection, row.pk)
    connection.execute(delete(articles).where(articles.c.id.in_(ids)))
    kin = {row.family for row in rows}
    stay = connection.execute(
        select(articles.c.id, articles.c.outlet, articles.c.url).where(
            articles.c.family.in_(kin), articles.c.current
        )
    )
    copies = [Copy(*row) for row in stay]
    families.regroup(connection, kin, gone=[row.wording for row in rows])
    places = {place for row in rows for place in _within(row.source)}
    places.update(connection.scalars(select(records.c.file).where(records.c.article.in_(ids))))
    for some in _portions(sorted(places)):
        read_again(connection, some)
    connection.execute(delete(records).where(records.c.article.in_(ids)))
    set_properties(connection, {DUE: day})
    return copies


def _find(connection: Connection, name: str) -> set[str]:
    """The ids of the articles of a name; spelt as the archive spells it."""
    named = or_(
        articles.c.id == name, articles.c.url == name, articles.c.guid == name, _at(articles.c.source, name)
    )
    recorded = or_(_at(records.c.source, name), records.c.file == name)
    return {
        *connection.scalars(select(articles.c.id).where(named)),
        *connection.scalars(select(records.c.article).where(recorded)),
    }


def _removed(connection: Connection, name: str) -> set[str]:
    """The ids of the removed articles of a name."""
    named = or_(removed.c.article == name, removed.c.asked == name, _at(removed.c.source, name))
    return set(connection.scalars(select(removed.c.article).where(named)))


def _at(source: ColumnElement[str], place: str) -> ColumnElement[bool]:
    """Whether a record lies at a place: is it, is a record of that file, or is in that folder."""
    # Not LIKE, to which Desk is desk.
    start = func.substr(source, 1, len(place) + 1)
    return or_(source == place, start == f"{place}#", start == f"{place}/")


def _first_match(name: str, find: Callable[[str], set[str]]) -> set[str]:
    """What is found under a name as it is given, else under the path on this machine that it is.

    An archive knows a path from the folder on that was given to ingest: the longest ending that it knows is meant.
    """
    spellings = [name.rstrip("/")]
    if os.path.lexists(name):
        parts = Path(os.path.abspath(name)).parts[1:]
        spellings += ["/".join(parts[first:]) for first in range(len(parts))]
    found = (find(unicodedata.normalize("NFC", spelt)) for spelt in spellings if spelt)
    return next((ids for ids in found if ids), set())


def _within(source: str) -> Iterator[str]:
    """The places that a record can be in: `a/b.zip/c.json#3` is in `a/b.zip/c.json`, in `a/b.zip` and in `a`."""
    place = source.rpartition("#")[0] or source
    while place:
        yield place
        place = place.rpartition("/")[0]


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), PORTION):
        yield ids[first : first + PORTION]
