"""Stores parsed articles: as new articles, new versions or copies, or not at all if nothing is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from assistant.archive.catalog import Catalog, insert_passages, withdraw
from assistant.archive.schema import articles
from assistant.article import Article, Passage
from ingest.parsing.sketch import Signature
from ingest.store import families

StoreOutcome = Literal["added", "updated", "unchanged", "copies"]


@dataclass(frozen=True)
class Stored:
    """What became of an article."""

    outcome: StoreOutcome
    version: int


class Versions:
    """Writes articles to the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def known(self, ids: Sequence[str]) -> dict[tuple[str, str], int]:
        """Return the version numbers of all stored versions of these articles, by id and digest."""
        query = select(articles.c.id, articles.c.digest, articles.c.version).where(
            articles.c.id.in_(list(ids))
        )
        with self._catalog.reading() as connection:
            return {(row.id, row.digest): row.version for row in connection.execute(query)}

    def add(self, batch: Sequence[tuple[Article, Sequence[Passage], Signature | None]]) -> list[Stored]:
        """Store articles with their passages in one transaction, and return what became of each.

        The signature of an article's sketch is computed here if it is not given.

        A known id with known content is `unchanged`. With new content it is a new version (`updated`), which
        replaces the older one in search unless it is dated earlier. An unknown id whose wording, or nearly, another
        article has is one of `copies`, in the family of that article.
        """
        with self._catalog.writing() as connection:
            return [_add(connection, *each) for each in batch]

    def describe(self, some: Sequence[Article]) -> None:
        """Update section and keywords of stored versions. They are not part of a version, and older parsers did not
        read them."""
        wanted = update(articles).where(
            articles.c.id == bindparam("article"), articles.c.digest == bindparam("content")
        )
        rows = [
            {
                "article": article.id,
                "content": article.digest,
                "section": article.section,
                "keywords": list(article.keywords),
            }
            for article in some
            if article.section or article.keywords
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
        return Versions(Catalog.open(self.catalog))


def _add(
    connection: Connection, article: Article, cut: Sequence[Passage], signature: Signature | None
) -> Stored:
    known = connection.execute(
        select(articles.c.pk, articles.c.digest, articles.c.version, articles.c.family)
        .where(articles.c.id == article.id)
        .order_by(articles.c.version)
    ).all()
    for row in known:
        if row.digest == article.digest:
            return Stored("unchanged", row.version)
    if not known:
        _insert(connection, article, cut, version=1, current=True, family=article.id)
        return Stored("copies" if families.join_family(connection, article, signature) else "added", 1)
    version, family = known[-1].version + 1, known[-1].family
    previous = connection.execute(
        select(articles.c.pk, articles.c.updated, articles.c.published, articles.c.wording).where(
            articles.c.id == article.id, articles.c.current
        )
    ).one()
    current = _dated(article.updated.iso, article.published.iso) >= _dated(
        previous.updated, previous.published
    )
    if current:
        withdraw(connection, previous.pk)
    _insert(connection, article, cut, version=version, current=current, family=family)
    if current:
        # After a correction it may be a copy of others, stop being one, or have another lead.
        families.regroup(connection, [family], gone=[previous.wording])
    return Stored("updated", version)


def _insert(
    connection: Connection,
    article: Article,
    cut: Sequence[Passage],
    *,
    version: int,
    current: bool,
    family: str,
) -> None:
    row = connection.execute(
        insert(articles).values(_row(article, version=version, current=current, family=family))
    ).inserted_primary_key
    assert row is not None
    if current:
        insert_passages(connection, row[0], article, cut)


def _dated(updated: str | None, published: str | None) -> str:
    return updated or published or ""


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
        "source": article.source,
        "furniture": [list(span) for span in article.furniture],
        "length": len(article.text),
        "text": article.text,
    }
