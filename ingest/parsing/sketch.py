"""What of an article is compared to find its copies: shingles, runs of five words, and their MinHash signature.

Two signatures agree in about as many numbers as their articles share shingles (Broder, 1997), so copies are found
without comparing whole texts.
"""

import hashlib
import re
from functools import cached_property

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from assistant.article import Article

SHINGLE_WORDS = 5
"""Words of a shingle."""

COPY_JACCARD = 0.8
COPY_JACCARD_SAME_DAY = 0.7
"""Share of all shingles of two copies that both have (Jaccard); articles of one day may differ more. From .8 down, a
story and what became of it the next day are as alike as two edited prints of one wire story."""

CUT_CONTAINMENT = 0.95
CUT_JACCARD = 0.5
"""The shorter of two copies may be the longer one cut: it has nearly all of its shingles from the other, and is not
shorter than about half."""

OPENING_WORDS = 200
OPENING_CONTAINMENT = 0.5
CUT_OPENING_CONTAINMENT = 0.7
"""Share of the shingles of its first words that each copy has in the other; more for one that is cut. Papers write the
first sentence anew. A story that went on begins otherwise, and so do stories that only end with the same long list of
captions: without this, every second pair from .7 on was of those."""

STUB_WORDS = 250
"""Words below which one outlet's pages of different titles are no copies though their text is the same: pages without
their story, with nothing but an invitation to subscribe. One of 179 words stood under 76 titles."""

LONGEST_WORDS = 50_000
"""Words of an article that are looked at: a novel's length, and the memory of its shingles is bounded."""

PERMUTATIONS = 128
BANDS = 32
"""With bands of four numbers, 87 % of the pairs that share half are candidates, and all that share .8."""

Signature = NDArray[np.uint32]

_WORD = re.compile(r"\w+")
_EMPTY = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")


def words(text: str) -> list[str]:
    """Return the words of a text, without case."""
    return _WORD.findall(text.casefold())


def shingles(found: list[str]) -> set[str]:
    """Return the runs of `SHINGLE_WORDS` words, or one of all words where there are fewer.

    >>> sorted(shingles("the gale took the roof off".split()))
    ['gale took the roof off', 'the gale took the roof']
    """
    last = max(len(found) - SHINGLE_WORDS, 0)
    return {" ".join(found[first : first + SHINGLE_WORDS]) for first in range(last + 1)} if found else set()


def containment(some: set[str], others: set[str]) -> float:
    """Return the share of `some` that `others` have too.

    >>> containment({"a", "b"}, {"b", "c", "d"})
    0.5
    """
    return len(some & others) / len(some) if some else 0.0


def jaccard(some: set[str], others: set[str]) -> float:
    """Return the share of all that both have: Jaccard's coefficient.

    >>> jaccard({"a", "b", "c"}, {"b", "c", "d"})
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
        return shingles(self._words[:OPENING_WORDS])

    @cached_property
    def _words(self) -> list[str]:
        return words(self._article.body)[:LONGEST_WORDS]

    def is_copy_of(self, other: "Sketch") -> bool:
        """Whether the two are one text, perhaps edited a little or cut."""
        if self.are_stubs(other.outlet, other.title):
            return False
        opening = min(containment(self.opening, other.shingles), containment(other.opening, self.shingles))
        alike = jaccard(self.shingles, other.shingles)
        least = COPY_JACCARD_SAME_DAY if self.day is not None and self.day == other.day else COPY_JACCARD
        cut = max(containment(self.shingles, other.shingles), containment(other.shingles, self.shingles))
        return (alike >= least and opening >= OPENING_CONTAINMENT) or (
            alike >= CUT_JACCARD and cut >= CUT_CONTAINMENT and opening >= CUT_OPENING_CONTAINMENT
        )

    def are_stubs(self, outlet: str | None, title: list[str]) -> bool:
        """Whether this and another page of its length are too short to be one story under two titles."""
        return self.outlet == outlet and self.title != title and len(self.shingles) < STUB_WORDS

    @cached_property
    def signature(self) -> Signature:
        """Two signatures agree in about as many of their numbers as `jaccard` says of the shingles."""
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
