"""Families: articles that are copies of each other, word for word or nearly so, as papers print one wire story.

What two articles have in common is measured on shingles, runs of five words. A MinHash signature of every wording is
kept in the catalog, cut into bands: wordings that agree in a whole band are candidates, and only these are read and
compared. So each article is compared with all earlier ones, of this run and those before, without reading them.

A family is what such likenesses connect, so it does not depend on the order in which its members came.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, exists, func, insert, select, update

from assistant.article import Article
from assistant.catalog import Catalog, article_of
from assistant.schema import articles, buckets, sketches

SHINGLE = 5
"""Words of a shingle."""

COPY = 0.8
COPY_OF_A_DAY = 0.7
"""Share of all shingles of two copies that both have (Jaccard); articles of one day may differ more. From .8 down, a
story and what became of it the next day are as alike as two edited prints of one wire story."""

SAME_CUT = 0.95
CUT = 0.5
"""The shorter of two copies may be the longer one cut: it has nearly all of its shingles from the other, and is not
shorter than about half."""

OPENING = 200
SAME_OPENING = 0.5
CUT_OPENING = 0.7
"""Share of the shingles of its first words that each copy has in the other; more for one that is cut. Papers write the
first sentence anew. A story that went on begins otherwise, and so do stories that only end with the same long list of
captions: without this, every second pair from .7 on was of those."""

STUB = 250
"""Words below which one outlet's pages of different titles are no copies though their text is the same: pages without
their story, with nothing but an invitation to subscribe. One of 179 words stood under 76 titles."""

LONGEST = 50_000
"""Words of an article that are looked at: a novel's length, and the memory of its shingles is bounded."""

PERMUTATIONS = 128
BANDS = 32
"""With bands of four numbers, 87 % of the pairs that share half are candidates, and all that share .8."""

MARGIN = 0.12
"""How far a signature may understate what is shared: three times the deviation of .04 that was measured."""

CANDIDATES = 1_000
COMPARED = 50
"""Candidates looked up, and articles compared in full, for one article at most: thousands of pages out of one template,
each a little too different from the others, must not make ingest ever slower."""

GROUPED = 200
"""Articles of an archive without sketches that are grouped before that is committed."""

Signature = NDArray[np.uint32]

_WORD = re.compile(r"\w+")
_UNSKETCHED = ~exists().where(sketches.c.wording == articles.c.wording)
_EMPTY = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")


def words(text: str) -> list[str]:
    """Return the words of a text, without case."""
    return _WORD.findall(text.casefold())


def shingles(found: list[str]) -> set[str]:
    """Return the runs of `SHINGLE` words, or one of all words where there are fewer.

    >>> sorted(shingles("the gale took the roof off".split()))
    ['gale took the roof off', 'the gale took the roof']
    """
    last = max(len(found) - SHINGLE, 0)
    return {" ".join(found[first : first + SHINGLE]) for first in range(last + 1)} if found else set()


def share(some: set[str], others: set[str]) -> float:
    """Return the share of `some` that `others` have too.

    >>> share({"a", "b"}, {"b", "c", "d"})
    0.5
    """
    return len(some & others) / len(some) if some else 0.0


def likeness(some: set[str], others: set[str]) -> float:
    """Return the share of all that both have: Jaccard's coefficient.

    >>> likeness({"a", "b", "c"}, {"b", "c", "d"})
    0.5
    """
    common = len(some & others)
    return common / (len(some) + len(others) - common) if common else 0.0


class Sketch:
    """What of an article is compared to find copies of it. Most have no candidates: their words are left alone."""

    def __init__(self, article: Article, signature: Signature | None = None) -> None:
        """`signature` is the article's, where another process has taken it."""
        self._article = article
        self.outlet = article.outlet
        self.day = article.published.first_day if article.published.precision == "day" else None
        """When it was published, if that is known to the day."""
        if signature is not None:
            self.signature = signature

    @cached_property
    def title(self) -> list[str]:
        """The words of its title."""
        return words(self._article.title)

    @cached_property
    def shingles(self) -> set[str]:
        """The shingles of its words."""
        return shingles(self._words)

    @cached_property
    def opening(self) -> set[str]:
        """The shingles of its first words."""
        return shingles(self._words[:OPENING])

    @cached_property
    def _words(self) -> list[str]:
        return words(self._article.body)[:LONGEST]

    def is_copy_of(self, other: "Sketch") -> bool:
        """Whether the two are one text, perhaps edited a little or cut."""
        if self.stubs(other.outlet, other.title):
            return False
        opening = min(share(self.opening, other.shingles), share(other.opening, self.shingles))
        alike = likeness(self.shingles, other.shingles)
        least = COPY_OF_A_DAY if self.day is not None and self.day == other.day else COPY
        cut = max(share(self.shingles, other.shingles), share(other.shingles, self.shingles))
        return (alike >= least and opening >= SAME_OPENING) or (
            alike >= CUT and cut >= SAME_CUT and opening >= CUT_OPENING
        )

    def stubs(self, outlet: str | None, title: list[str]) -> bool:
        """Whether this and another page of its length are too short to be one story under two titles."""
        return self.outlet == outlet and self.title != title and len(self.shingles) < STUB

    @cached_property
    def signature(self) -> Signature:
        """Two signatures agree in about as many of their numbers as `likeness` says of the shingles."""
        sketch = _EMPTY.copy()
        sketch.update_batch([shingle.encode() for shingle in self.shingles])
        numbers: Signature = sketch.hashvalues
        return numbers

    @property
    def buckets(self) -> list[int]:
        """One bucket for each band of the signature; a text without words has none."""
        if np.array_equal(self.signature, _EMPTY.hashvalues):
            return []
        bands = self.signature.astype("<u4").reshape(BANDS, -1)
        digests = (
            hashlib.blake2b(bytes([n]) + band.tobytes(), digest_size=8) for n, band in enumerate(bands)
        )
        return [int.from_bytes(digest.digest(), "big", signed=True) for digest in digests]


def join(connection: Connection, article: Article, signature: Signature | None = None) -> bool:
    """Bring an article, whose current version is in the catalog, together with its copies.

    Returns whether it has any. Families that it connects become one. `signature` is that of its sketch, if it has been
    taken.
    """
    sketch = Sketch(article, signature)
    found = _kin(connection, article, sketch)
    if not connection.scalar(select(exists().where(sketches.c.wording == article.wording))):
        _keep(connection, article.wording, sketch)
    if found:
        unite(connection, {article.id, *found})
    return bool(found)


def has_copies(connection: Connection, article: Article) -> bool:
    """Whether an article that is not in the catalog would have copies there."""
    return bool(_kin(connection, article, Sketch(article)))


def unite(connection: Connection, families: Iterable[str]) -> None:
    """Make one family of several, under the member that leads it.

    That is the one published first; of those of one day, or without a date, the most complete.
    """
    members = articles.c.family.in_(list(families))
    day = func.coalesce(articles.c.published_first, date.max.toordinal())
    query = select(articles.c.id).where(members, articles.c.current)
    lead = connection.scalar(query.order_by(day, articles.c.length.desc(), articles.c.id).limit(1))
    # Those under that name already are left alone: their texts would be written again with their rows.
    others = members & (articles.c.family != lead)
    connection.execute(update(articles).where(others).values(family=lead))


def regroup(connection: Connection, families: Iterable[str], gone: Iterable[str] = ()) -> None:
    """Group the articles of families anew, where some were removed or corrected; `gone` are wordings they had."""
    held = select(articles.c.wording).where(articles.c.current)
    members = articles.c.family.in_(list(families))
    lost = sketches.c.wording.in_(list(gone)) & sketches.c.wording.not_in(held)
    connection.execute(delete(sketches).where(lost | sketches.c.wording.in_(held.where(members))))
    staying = connection.scalars(select(articles.c.pk).where(members, articles.c.current)).all()
    apart = members & (articles.c.family != articles.c.id)
    connection.execute(update(articles).where(apart).values(family=articles.c.id))
    for key in staying:
        join(connection, article_of(connection.execute(select(articles).where(articles.c.pk == key)).one()))


def waiting(catalog: Catalog) -> int:
    """Return how many wordings have no sketch: those of an archive that was made before there were any."""
    query = select(func.count(articles.c.wording.distinct())).where(articles.c.current, _UNSKETCHED)
    with catalog.reading() as connection:
        return connection.scalar(query) or 0


def group_waiting(catalog: Catalog) -> Iterator[int]:
    """Group the articles whose wording has no sketch; yields how many wordings were committed together."""
    with catalog.writing() as connection:
        if not connection.scalar(select(exists().select_from(sketches))):
            # Before there were sketches, pages without their story made families too.
            apart = articles.c.family != articles.c.id
            connection.execute(update(articles).where(apart).values(family=articles.c.id))
    after = 0
    while True:
        query = select(articles).where(articles.c.pk > after, articles.c.current, _UNSKETCHED)
        with catalog.writing() as connection:
            rows = connection.execute(query.order_by(articles.c.pk).limit(GROUPED)).all()
            for row in rows:
                join(connection, article_of(row))
        if not rows:
            return
        after = rows[-1].pk
        yield len({row.wording for row in rows})


def _kin(connection: Connection, article: Article, sketch: Sketch) -> set[str]:
    """The families of other articles that it is a copy of."""
    same = articles.c.wording == article.wording, articles.c.current, articles.c.id != article.id
    rows = connection.execute(select(articles.c.family, articles.c.outlet, articles.c.title).where(*same))
    found = {row.family for row in rows if sketch.shingles and not sketch.stubs(row.outlet, words(row.title))}
    left = COMPARED
    for wording in _candidates(connection, article.wording, sketch):
        others = (
            select(articles).where(articles.c.wording == wording, articles.c.current).order_by(articles.c.pk)
        )
        for row in connection.execute(others.limit(left)):
            left -= 1
            if row.family not in found and sketch.is_copy_of(Sketch(article_of(row))):
                found.add(row.family)
        if not left:
            break
    return found


def _candidates(connection: Connection, wording: str, sketch: Sketch) -> list[str]:
    """Other wordings of which it may be a near copy, the likeliest first."""
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
    return [rows[place].wording for place in order if agreeing[place] >= CUT - MARGIN]


def _keep(connection: Connection, wording: str, sketch: Sketch) -> None:
    row = connection.execute(
        insert(sketches).values(wording=wording, signature=sketch.signature.astype("<u4").tobytes())
    ).inserted_primary_key
    assert row is not None
    if sketch.buckets:
        connection.execute(
            insert(buckets), [{"bucket": bucket, "sketch": row[0]} for bucket in sketch.buckets]
        )
