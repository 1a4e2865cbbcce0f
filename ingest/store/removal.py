"""Removes articles from an archive with every trace of their text, and prevents them from being ingested again.

First one transaction deletes them from the catalog, so that no question finds them. Then what deleting
leaves behind is purged: free pages, the write-ahead log, and old segments of the full-text index. The vectors in
Chroma and the matrix are made again. In between, the catalog records that a purge is due. If the command is killed,
the next process that writes to the archive completes the purge.
"""

import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from assistant.answer import Answer
from assistant.archive.catalog import Catalog, set_properties, withdraw
from assistant.archive.folder import ArchiveFolder
from assistant.archive.schema import articles, corrections, records, rejections, removed
from assistant.article import Article, Copy
from assistant.conversations import Conversations
from assistant.errors import SourceError
from ingest.store import families
from ingest.store.ledger import read_again

SLICE_ARTICLES = 2_000
"""Articles deleted by one set of statements; each may have several versions."""

PURGE_DUE = "purge"
"""The catalog property that records a due purge."""

REMOVED_REASON = "removed from the archive on"
"""Beginning of the reason for which a removed article is rejected."""


@dataclass(frozen=True)
class RemovedArticle:
    """An article that was removed."""

    article: str
    """Its id."""
    asked: str
    """The id, URL or place with which the removal was requested."""
    day: str
    """The day of the removal, as ISO date."""


@dataclass(frozen=True)
class RemovalReport:
    """What a removal did, and where text of the removed articles may remain."""

    removed: int
    copies: tuple[Copy, ...]
    """Other articles with the same or nearly the same text, which stay."""
    conversations: int
    """Number of conversations that quote a removed article."""
    quoted: tuple[str, ...] = ()
    """The removed articles that they quote, by their ids."""

    def to_json(self) -> dict[str, object]:
        """Return the report as `python -m ingest --remove --json` prints it."""
        copies = [vars(copy) for copy in self.copies]
        return {"removed": self.removed, "copies": copies, "conversations": self.conversations}


class Removal:
    """Removes and restores articles of one archive; requires the archive's lock."""

    def __init__(self, folder: ArchiveFolder, catalog: Catalog) -> None:
        self._folder = folder
        self._catalog = catalog

    def withdraw(self, names: Sequence[str]) -> RemovalReport:
        """Delete the articles with these names from the catalog, and record that a purge is due.

        A name is an article's id, its URL, or a place: a record, a file or a folder as `Article.source`
        writes them, or their path on this machine.

        Raises:
            SourceError: a name belongs neither to an article nor to a removed article; then nothing is deleted.
        """
        day = date.today().isoformat()
        with self._catalog.writing() as connection:
            asked: dict[str, str] = {}
            for name in names:
                ids = _first_match(name, lambda spelling: _find(connection, spelling))
                if not ids and not _first_match(name, lambda spelling: _removed(connection, spelling)):
                    raise SourceError(
                        f"the archive has no article {name}: give its id, its URL, or its place as "
                        "`python -m ingest --status --json` prints it"
                    )
                asked.update(dict.fromkeys(ids, name))
            copies: list[Copy] = []
            for some in _slices(list(asked)):
                copies += _delete(connection, some, asked, day)
        gone = [copy for copy in copies if copy.article not in asked]
        return RemovalReport(len(asked), tuple(dict.fromkeys(gone)), *self._quoting(set(asked)))

    @property
    def due(self) -> bool:
        """Whether articles were deleted whose traces must still be purged."""
        return bool(self._catalog.property(PURGE_DUE))

    def restore(self, names: Sequence[str]) -> int:
        """Allow removed articles to be ingested again, and return their number.

        Raises:
            SourceError: a name does not belong to a removed article.
        """
        with self._catalog.writing() as connection:
            found: set[str] = set()
            for name in names:
                ids = _first_match(name, lambda spelling: _removed(connection, spelling))
                if not ids:
                    raise SourceError(
                        f"no article {name} was removed: `python -m ingest --status` lists the removed articles"
                    )
                found |= ids
            for some in _slices(sorted(found)):
                connection.execute(delete(removed).where(removed.c.article.in_(some)))
            refused = select(rejections.c.file).where(rejections.c.reason.startswith(REMOVED_REASON))
            read_again(connection, connection.scalars(refused.distinct()))
        return len(found)

    def refusals(self, batch: Sequence[Article]) -> dict[tuple[str, str], str]:
        """Return the reasons for rejecting articles, by id and digest.

        An article is rejected if it has the identity of a removed article, or exactly its text.
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
            ): f"{REMOVED_REASON} {row.day}: `python -m ingest --restore {row.article}` allows it again"
            for row in rows
            for article in batch
            if row.article == article.id or row.wording == article.wording
        }

    def _quoting(self, ids: set[str]) -> tuple[int, tuple[str, ...]]:
        """Return how many conversations quote some of these articles, and which they quote.

        Conversations belong to their users and stay unchanged.
        """
        if not self._folder.conversations.exists():
            return 0, ()
        with closing(Conversations(self._folder.conversations)) as kept:
            found = kept.quoting(list(ids))
            cited = {
                citation.article
                for match in found
                for answer in kept.answers(match.summary.id)
                if isinstance(answer, Answer)
                for citation in answer.citations
            }
        return len(found), tuple(sorted(cited & ids))


def removals(catalog: Catalog) -> list[RemovedArticle]:
    """Return the removed articles, the last removed first."""
    query = (
        select(removed.c.article, removed.c.asked, removed.c.day)
        .distinct()
        .order_by(removed.c.day.desc(), removed.c.article)
    )
    with catalog.reading() as connection:
        return [RemovedArticle(*row) for row in connection.execute(query)]


def find_article(catalog: Catalog, name: str) -> str:
    """Return the id of the article that a name matches; see `Removal.withdraw` for `name`.

    Raises:
        SourceError: it matches no article, or several.
    """
    with catalog.reading() as connection:
        ids = _first_match(name, lambda spelling: _find(connection, spelling))
    if len(ids) == 1:
        return ids.pop()
    found = "has no article" if not ids else f"has {len(ids)} articles called"
    raise SourceError(
        f"the archive {found} {name}: give an id, a URL, or the place of one record as "
        "`python -m ingest --status --json` prints it"
    )


def _delete(connection: Connection, ids: Sequence[str], asked: Mapping[str, str], day: str) -> list[Copy]:
    """Delete articles with everything that belongs to them; returns their copies that stay."""
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
    connection.execute(delete(corrections).where(corrections.c.article.in_(ids)))
    connection.execute(update(corrections).where(corrections.c.corrects.in_(ids)).values(corrects=None))
    kin = {row.family for row in rows}
    stay = connection.execute(
        select(articles.c.id, articles.c.outlet, articles.c.url).where(
            articles.c.family.in_(kin), articles.c.current
        )
    )
    copies = [Copy(*row) for row in stay]
    families.regroup(connection, kin, gone=[row.wording for row in rows])
    places = {place for row in rows for place in _enclosing_places(row.source)}
    places.update(connection.scalars(select(records.c.file).where(records.c.article.in_(ids))))
    for some in _slices(sorted(places)):
        read_again(connection, some)
    connection.execute(delete(records).where(records.c.article.in_(ids)))
    set_properties(connection, {PURGE_DUE: day})
    return copies


def _find(connection: Connection, name: str) -> set[str]:
    """Return the ids of the articles that a name matches; the name is spelled as the archive spells it."""
    named = or_(
        articles.c.id == name,
        articles.c.url == name,
        articles.c.guid == name,
        _lies_at(articles.c.source, name),
    )
    recorded = or_(_lies_at(records.c.source, name), records.c.file == name)
    return {
        *connection.scalars(select(articles.c.id).where(named)),
        *connection.scalars(select(records.c.article).where(recorded)),
    }


def _removed(connection: Connection, name: str) -> set[str]:
    """Return the ids of the removed articles that a name matches."""
    named = or_(removed.c.article == name, removed.c.asked == name, _lies_at(removed.c.source, name))
    return set(connection.scalars(select(removed.c.article).where(named)))


def _lies_at(source: ColumnElement[str], place: str) -> ColumnElement[bool]:
    """Whether a record is at a place: it has this place, or is in this file or folder."""
    # LIKE would ignore case.
    start = func.substr(source, 1, len(place) + 1)
    return or_(source == place, start == f"{place}#", start == f"{place}/")


def _first_match(name: str, find: Callable[[str], set[str]]) -> set[str]:
    """Return what is found under a name as given, else under the path on this machine that it names.

    An archive stores paths from the ingested folder onwards. The longest ending that it knows is used.
    """
    spellings = [name.rstrip("/")]
    if os.path.lexists(name):
        parts = Path(os.path.abspath(name)).parts[1:]
        spellings += ["/".join(parts[first:]) for first in range(len(parts))]
    found = (find(unicodedata.normalize("NFC", spelling)) for spelling in spellings if spelling)
    return next((ids for ids in found if ids), set())


def _enclosing_places(source: str) -> Iterator[str]:
    """Yield the places that contain a record: `a/b.zip/c.json#3` is in `a/b.zip/c.json`, in `a/b.zip` and in
    `a`."""
    place = source.rpartition("#")[0] or source
    while place:
        yield place
        place = place.rpartition("/")[0]


def _slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), SLICE_ARTICLES):
        yield ids[first : first + SLICE_ARTICLES]
