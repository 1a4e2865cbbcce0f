"""Stores parsed articles: as new articles, new versions or copies, or not at all if nothing is new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from assistant.archive.catalog import Catalog, article_of, insert_passages, withdraw
from assistant.archive.schema import articles
from assistant.article import Article, Passage
from ingest.articles.language import detect
from ingest.parsing.sketch import Signature
from ingest.store import families
from ingest.store.corrections import note_correction
from ingest.store.standing import Reading, Standing, are_apart, why_replaced, why_worse

StoreOutcome = Literal["added", "updated", "unchanged", "copies"]

CutPassages = Callable[[Article], Sequence[Passage]]
"""Cuts an article into passages."""


@dataclass(frozen=True)
class Stored:
    """What became of an article."""

    outcome: StoreOutcome
    version: int
    standing: Standing | None = None
    """Why the version is not current, unless it is older than the current one."""


@dataclass(frozen=True)
class New:
    """A parsed article to be stored."""

    article: Article
    passages: Sequence[Passage] = ()
    signature: Signature | None = None
    """The signature of its sketch, if it has been computed."""
    origin: str | None = None
    """The digest of its file and its place in it, if known."""


class Versions:
    """Writes articles to the catalog."""

    def __init__(self, catalog: Catalog, cut: CutPassages) -> None:
        """Write to `catalog`. `cut` makes the passages of versions that are made or chosen here."""
        self._catalog = catalog
        self._cut = cut

    def known(self, ids: Sequence[str]) -> dict[tuple[str, str], int]:
        """Return the version numbers of all stored versions of these articles, by id and digest."""
        query = select(articles.c.id, articles.c.digest, articles.c.version).where(
            articles.c.id.in_(list(ids))
        )
        with self._catalog.reading() as connection:
            return {(row.id, row.digest): row.version for row in connection.execute(query)}

    def add(self, batch: Sequence[New]) -> list[Stored]:
        """Store articles with their passages in one transaction, and return what became of each.

        A known id with known content is `unchanged`. With new content it is a new version (`updated`), which
        replaces the older one in search unless it is worse (`ingest.store.standing`) or dated earlier. An unknown id
        whose wording, or nearly, another article has is one of `copies`, in the family of that article.
        """
        with self._catalog.writing() as connection:
            return [_History(connection, each, self._cut).add() for each in batch]

    def make_current(self, id: str, version: int) -> bool:
        """Make a stored version the current one; returns False if there is no such version."""
        with self._catalog.writing() as connection:
            rows = _versions(connection, id)
            chosen = next((row for row in rows if row.version == version), None)
            if chosen is None:
                return False
            current = next(row for row in rows if row.current)
            if current.version != version:
                # An older version that is chosen was not corrected: the newer one is set aside.
                standing: Standing | None = None if version > current.version else "by_hand"
                _replace(connection, current, standing)
                article = article_of(chosen)
                _stand(connection, chosen.pk, None, current=True)
                insert_passages(connection, chosen.pk, article, self._cut(article))
                families.regroup(connection, [current.family], gone=[current.wording])
            return True

    def describe(self, some: Sequence[Article]) -> None:
        """Update what is not part of a version but which older parsers did not read: section, keywords, and what a page
        says about its completeness."""
        wanted = update(articles).where(
            articles.c.id == bindparam("article"), articles.c.digest == bindparam("content")
        )
        rows = [
            {
                "article": article.id,
                "content": article.digest,
                "section": article.section,
                "keywords": list(article.keywords),
                "free": article.free,
                "page": article.page,
            }
            for article in some
            if article.section or article.keywords or article.free is not None or article.page
        ]
        if rows:
            with self._catalog.writing() as connection:
                connection.execute(wanted, rows)


@dataclass(frozen=True)
class StoredVersions:
    """`Versions.known` for other processes: each opens the catalog itself at first use."""

    catalog: Path

    def __call__(self, ids: Sequence[str]) -> dict[tuple[str, str], int]:
        """See `Versions.known`."""
        return self._versions.known(ids)

    @cached_property
    def _versions(self) -> Versions:
        return Versions(Catalog.open(self.catalog), lambda _: ())


class _History:
    """The versions of one article, to which a new one is added."""

    def __init__(self, connection: Connection, new: New, cut: CutPassages) -> None:
        self._connection = connection
        self._new = new
        self._cut = cut
        self._known = _versions(connection, new.article.id)

    def add(self) -> Stored:
        """Store the new version, and decide which one is current."""
        article = self._new.article
        if not self._known:
            self._insert(self._new, current=True)
            joined = families.join_family(self._connection, article, self._new.signature)
            return Stored("copies" if joined else "added", 1)
        for row in self._known:
            if row.digest == article.digest:
                return Stored("unchanged", row.version)
        reread = next((row for row in self._known if row.origin and row.origin == self._new.origin), None)
        if reread is not None:
            return self._take_over(reread)
        pages = self._pages()
        if pages is not None:
            return self._join(pages)
        [current] = (row for row in self._known if row.current)
        newer, older = Reading(article), Reading(article_of(current))
        if reason := why_worse(newer, older):
            return self._set_aside(reason)
        replaced = why_replaced(older, newer)
        is_earlier = newer.last < older.last and not (newer.has_notice and not newer.last)
        if is_earlier and replaced not in ("not_free", "barrier", "excerpt"):
            return self._set_aside(None)
        return self._make_current(current, replaced)

    def _take_over(self, reread: Row[Any]) -> Stored:
        """Store the new version in place of one that was made from the same bytes."""
        if reread.current:
            return self._make_current(reread, "reread")
        stored = self._set_aside(reread.standing)
        _stand(self._connection, reread.pk, "reread")
        if reread.standing == "joined":
            pages = [row for row in self._known if row.standing == "joined" and row.pk != reread.pk]
            self._make_joined([*map(article_of, pages), self._new.article], "reread")
        return stored

    def _pages(self) -> list[Row[Any]] | None:
        """Return the stored pages with which the new version is joined, without the one that it replaces; None if
        it is no page of them.
        """
        new = Reading(self._new.article)
        joined = [row for row in self._known if row.standing == "joined"]
        if not joined:
            [current] = (row for row in self._known if row.current)
            other = Reading(article_of(current))
            numbers = {new.article.page, other.article.page} - {None}
            is_page = _number(new.article) != _number(other.article) and are_apart(new, other)
            return [current] if numbers and is_page and not (new.is_barrier or other.is_barrier) else None
        others = [row for row in joined if (row.page or 1) != _number(new.article)]
        replaced = [row for row in joined if row not in others]
        if not all(are_apart(new, Reading(article_of(row))) for row in others) or new.is_barrier:
            return None
        if any(why_worse(new, Reading(article_of(row))) for row in replaced):
            return None
        return others if new.article.page is not None or replaced else None

    def _join(self, pages: Sequence[Row[Any]]) -> Stored:
        """Store the new version as a page, and the text of all pages as the current version."""
        stored = self._set_aside("joined")
        new = Reading(self._new.article)
        replaced: list[Standing | None] = []
        for row in self._known:
            if row.standing == "joined" and row not in pages:
                reason = why_replaced(Reading(article_of(row)), new)
                _stand(self._connection, row.pk, reason)
                replaced.append(reason)
        are_first = all(row.current for row in pages)
        standing: Standing | None = None if None in replaced else "joined" if are_first else "excerpt"
        self._make_joined([*map(article_of, pages), new.article], standing)
        return stored

    def _make_joined(self, pages: Sequence[Article], replaced: Standing | None) -> None:
        """Store an article that consists of pages as the current version."""
        ordered = sorted(pages, key=_number)
        first, length, furniture = ordered[0], 0, []
        for page in ordered:
            furniture += [(start + length, end + length) for start, end in page.furniture]
            length += len(page.text) + len("\n\n")
        text = "\n\n".join(page.text for page in ordered)
        article = replace(first, text=text, furniture=tuple(furniture), page=None)
        self._known = _versions(self._connection, article.id)
        if all(row.digest != article.digest for row in self._known):
            [current] = (row for row in self._known if row.current)
            self._new = New(article, self._cut(article))
            self._make_current(current, replaced)

    def _make_current(self, current: Row[Any], replaced: Standing | None) -> Stored:
        """Store the new version as the current one; `replaced` says why the current one is replaced."""
        _replace(self._connection, current, replaced)
        stored = self._insert(self._new, current=True)
        # After a correction it may be a copy of others, stop being one, or have another lead.
        families.regroup(self._connection, [current.family], gone=[current.wording])
        return stored

    def _set_aside(self, standing: Standing | None) -> Stored:
        """Store the new version as one that is not current."""
        return self._insert(self._new, current=False, standing=standing)

    def _insert(self, new: New, *, current: bool, standing: Standing | None = None) -> Stored:
        article = new.article
        version = max((row.version for row in self._known), default=0) + 1
        family = self._known[-1].family if self._known else article.id
        values = {
            **_row(article, version=version, current=current, family=family),
            "origin": new.origin,
            "standing": standing,
        }
        row = self._connection.execute(insert(articles).values(values)).inserted_primary_key
        assert row is not None
        if current:
            insert_passages(self._connection, row[0], article, new.passages)
            note_correction(self._connection, article)
        return Stored("updated", version, standing)


def _versions(connection: Connection, id: str) -> Sequence[Row[Any]]:
    return connection.execute(select(articles).where(articles.c.id == id).order_by(articles.c.version)).all()


def _replace(connection: Connection, current: Row[Any], standing: Standing | None) -> None:
    """Remove the current version from search; `standing` says why, unless a newer one corrects it."""
    withdraw(connection, current.pk)
    _stand(connection, current.pk, standing)


def _stand(connection: Connection, pk: int, standing: Standing | None, *, current: bool = False) -> None:
    values = update(articles).where(articles.c.pk == pk).values(standing=standing, current=current)
    connection.execute(values)


def _number(page: Article) -> int:
    """Return the number of a page; one that states none is the first."""
    return page.page or 1


def _row(article: Article, *, version: int, current: bool, family: str) -> dict[str, object]:
    first, last = article.published.first_day, article.published.last_day
    return {
        "id": article.id,
        "version": version,
        "current": current,
        "family": family,
        "digest": article.digest,
        "wording": article.wording,
        "title": article.title,
        "outlet": article.outlet,
        "authors": list(article.authors),
        "published": article.published.iso,
        "published_origin": article.published.origin,
        "published_first": first and first.toordinal(),
        "published_last": last and last.toordinal(),
        "updated": article.updated.iso,
        "updated_origin": article.updated.origin,
        "place": article.place,
        "url": article.url,
        "guid": article.guid,
        "language": article.language,
        "section": article.section,
        "keywords": list(article.keywords),
        "detected": detect(article.body),
        "free": article.free,
        "page": article.page,
        "source": article.source,
        "furniture": [list(span) for span in article.furniture],
        "length": len(article.text),
        "text": article.text,
    }
