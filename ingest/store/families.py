"""Groups articles into families: copies of each other, word for word or nearly, as papers print one wire story.

Similarity is measured on shingles, runs of five words. The catalog stores a MinHash signature of every wording, cut
into bands. Wordings that agree in a whole band are candidates, and only candidates are read and compared. So each
article is compared with all earlier ones, of this and previous ingests, without reading them.

A family is a connected set of such copies, so it does not depend on the order in which articles arrive.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, delete, exists, func, insert, select, update

from assistant.archive.catalog import Catalog, article_of
from assistant.archive.schema import articles, buckets, sketches
from assistant.article import Article
from ingest.parsing.sketch import CUT_JACCARD, Signature, Sketch, words

MARGIN = 0.12
"""How far a signature may underestimate similarity: three times the measured deviation of .04."""

CANDIDATES = 1_000
COMPARED = 50
"""Maximum candidates looked up, and maximum articles compared in full, for one article. Without these limits,
thousands of pages from one template, each slightly different, would make ingest ever slower."""

GROUPED = 200
"""Articles without a sketch that are grouped in one transaction."""

_UNSKETCHED = ~exists().where(sketches.c.wording == articles.c.wording)


def join_family(connection: Connection, article: Article, signature: Signature | None = None) -> bool:
    """Join an article, whose current version is in the catalog, to the family of its copies.

    Returns whether it has copies. Families that it connects become one. `signature` is that of the article's
    sketch, if it has been computed.
    """
    sketch = Sketch(article, signature)
    found = _families_of_copies(connection, article, sketch, select(articles))
    if not connection.scalar(select(exists().where(sketches.c.wording == article.wording))):
        _store_sketch(connection, article.wording, sketch)
    if found:
        merge_families(connection, {article.id, *found})
    return bool(found)


def has_copies(connection: Connection, article: Article, columns: Select[Any]) -> bool:
    """Whether an article that is not in the catalog would have copies there; `columns` is `Catalog.all_columns`."""
    return bool(_families_of_copies(connection, article, Sketch(article), columns))


def merge_families(connection: Connection, families: Iterable[str]) -> None:
    """Merge families into one, named after its lead.

    The lead is the member published first; of several from one day or without a date, the longest.
    """
    members = articles.c.family.in_(list(families))
    day = func.coalesce(articles.c.published_first, date.max.toordinal())
    query = select(articles.c.id).where(members, articles.c.current)
    lead = connection.scalar(query.order_by(day, articles.c.length.desc(), articles.c.id).limit(1))
    # Members that already have this name are not updated, because SQLite would rewrite their texts with the rows.
    others = members & (articles.c.family != lead)
    connection.execute(update(articles).where(others).values(family=lead))


def regroup(connection: Connection, families: Iterable[str], gone: Iterable[str] = ()) -> None:
    """Group the articles of families again after some were removed or corrected; `gone` are the wordings they
    had."""
    held = select(articles.c.wording).where(articles.c.current)
    members = articles.c.family.in_(list(families))
    lost = sketches.c.wording.in_(list(gone)) & sketches.c.wording.not_in(held)
    connection.execute(delete(sketches).where(lost | sketches.c.wording.in_(held.where(members))))
    staying = connection.scalars(select(articles.c.pk).where(members, articles.c.current)).all()
    apart = members & (articles.c.family != articles.c.id)
    connection.execute(update(articles).where(apart).values(family=articles.c.id))
    for key in staying:
        join_family(
            connection, article_of(connection.execute(select(articles).where(articles.c.pk == key)).one())
        )


def count_unsketched(catalog: Catalog) -> int:
    """Return the number of wordings without a sketch, which archives of an older version have."""
    query = select(func.count(articles.c.wording.distinct())).where(articles.c.current, _UNSKETCHED)
    with catalog.reading() as connection:
        return connection.scalar(query) or 0


def group_unsketched(catalog: Catalog) -> Iterator[int]:
    """Group the articles whose wording has no sketch; yields the number of wordings committed together."""
    with catalog.writing() as connection:
        if not connection.scalar(select(exists().select_from(sketches))):
            # Archives without sketches put pages without their story into families too.
            apart = articles.c.family != articles.c.id
            connection.execute(update(articles).where(apart).values(family=articles.c.id))
    after = 0
    while True:
        query = select(articles).where(articles.c.pk > after, articles.c.current, _UNSKETCHED)
        with catalog.writing() as connection:
            rows = connection.execute(query.order_by(articles.c.pk).limit(GROUPED)).all()
            for row in rows:
                join_family(connection, article_of(row))
        if not rows:
            return
        after = rows[-1].pk
        yield len({row.wording for row in rows})


def _families_of_copies(
    connection: Connection, article: Article, sketch: Sketch, columns: Select[Any]
) -> set[str]:
    """Return the families of the other articles that it is a copy of."""
    same = articles.c.wording == article.wording, articles.c.current, articles.c.id != article.id
    rows = connection.execute(select(articles.c.family, articles.c.outlet, articles.c.title).where(*same))
    found = {
        row.family for row in rows if sketch.shingles and not sketch.are_stubs(row.outlet, words(row.title))
    }
    left = COMPARED
    for wording in _candidates(connection, article.wording, sketch):
        others = columns.where(articles.c.wording == wording, articles.c.current).order_by(articles.c.pk)
        for row in connection.execute(others.limit(left)):
            left -= 1
            if row.family not in found and sketch.is_copy_of(Sketch(article_of(row))):
                found.add(row.family)
        if not left:
            break
    return found


def _candidates(connection: Connection, wording: str, sketch: Sketch) -> list[str]:
    """Return other wordings of which it may be a near copy, the most similar first."""
    sharing = (
        select(buckets.c.sketch).where(buckets.c.bucket.in_(sketch.buckets)).distinct().limit(CANDIDATES)
    )
    query = select(sketches.c.wording, sketches.c.signature).where(sketches.c.pk.in_(sharing))
    rows = connection.execute(query.where(sketches.c.wording != wording).order_by(sketches.c.pk)).all()
    if not rows:
        return []
    signatures = np.frombuffer(b"".join(row.signature for row in rows), "<u4").reshape(len(rows), -1)
    agreeing = (signatures == sketch.signature).mean(axis=1)
    order = np.argsort(-agreeing, kind="stable")
    return [rows[place].wording for place in order if agreeing[place] >= CUT_JACCARD - MARGIN]


def _store_sketch(connection: Connection, wording: str, sketch: Sketch) -> None:
    row = connection.execute(
        insert(sketches).values(wording=wording, signature=sketch.signature.astype("<u4").tobytes())
    ).inserted_primary_key
    assert row is not None
    if sketch.buckets:
        connection.execute(
            insert(buckets), [{"bucket": bucket, "sketch": row[0]} for bucket in sketch.buckets]
        )
