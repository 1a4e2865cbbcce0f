"""Compares articles to find copies, by their shingles (runs of five words) and MinHash signatures.

Two signatures agree in about the share of numbers that the articles have of shingles in common (Broder, 1997). So
copies are found without comparing whole texts.
"""

import hashlib
import re
from functools import cached_property

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from assistant.article import Article

SHINGLE_WORDS = 5
"""Words in a shingle."""

COPY_JACCARD = 0.8
COPY_JACCARD_SAME_DAY = 0.7
"""Minimum Jaccard coefficient of the shingles of two copies; lower for articles published on the same day. Below
.8, a story and its sequel of the next day are as similar as two edited prints of one wire story."""

CUT_CONTAINMENT = 0.95
CUT_JACCARD = 0.5
"""A shortened copy has nearly all of its shingles from the longer article, and is at least about half as long."""

OPENING_WORDS = 200
OPENING_CONTAINMENT = 0.5
CUT_OPENING_CONTAINMENT = 0.7
"""Share of the shingles in an article's opening that the other must contain; higher for a shortened copy. Papers
rewrite the first sentence. Sequels begin differently, and so do stories that only end with the same long list of
captions. Without this test, every second pair from .7 upward was one of those."""

STUB_WORDS = 250
"""Shingles below which two pages of one outlet with different titles do not count as copies, even with equal text.
Such pages lack their story and contain only an invitation to subscribe. One text of 179 words had 76
titles."""

LONGEST_WORDS = 50_000
"""Maximum words of an article that are compared: the length of a novel. This bounds the memory for its shingles."""

PERMUTATIONS = 128
BANDS = 32
"""Bands of a signature. With bands of four numbers, 87 % of the pairs that share half are candidates, and all pairs
that share .8."""

Signature = NDArray[np.uint32]

_WORD = re.compile(r"\w+")
_EMPTY = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(text.casefold())


def shingles(found: list[str]) -> set[str]:
    """Return the runs of `SHINGLE_WORDS` words, or one run of all words if there are fewer.

    >>> sorted(shingles("the gale took the roof off".split()))
    ['gale took the roof off', 'the gale took the roof']
    """
    last = max(len(found) - SHINGLE_WORDS, 0)
    return {" ".join(found[first : first + SHINGLE_WORDS]) for first in range(last + 1)} if found else set()


def containment(some: set[str], others: set[str]) -> float:
    """Return the share of `some` that `others` contains.

    >>> containment({"a", "b"}, {"b", "c", "d"})
    0.5
    """
    return len(some & others) / len(some) if some else 0.0


def jaccard(some: set[str], others: set[str]) -> float:
    """Return the Jaccard coefficient: the share of all shingles that both sets contain.

    >>> jaccard({"a", "b", "c"}, {"b", "c", "d"})
    0.5
    """
    common = len(some & others)
    return common / (len(some) + len(others) - common) if common else 0.0


class Sketch:
    """The data of an article that is compared. Computed when needed, because most articles have no candidates."""

    def __init__(self, article: Article, signature: Signature | None = None) -> None:
        """Take an article, and its signature if another process has computed it."""
        self._article = article
        self.outlet = article.outlet
        self.day = article.published.first_day if article.published.precision == "day" else None
        """The day of publication, if known to the day."""
        if signature is not None:
            self.signature = signature

    @cached_property
    def title(self) -> list[str]:
        """The words of the title."""
        return words(self._article.title)

    @cached_property
    def shingles(self) -> set[str]:
        """The shingles of the text."""
        return shingles(self._words)

    @cached_property
    def opening(self) -> set[str]:
        """The shingles of the opening."""
        return shingles(self._words[:OPENING_WORDS])

    @cached_property
    def _words(self) -> list[str]:
        return words(self._article.body)[:LONGEST_WORDS]

    def is_copy_of(self, other: "Sketch") -> bool:
        """Whether both are the same text, perhaps edited a little or shortened."""
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
        """Whether two pages of one outlet have different titles and too little text to be one story."""
        return self.outlet == outlet and self.title != title and len(self.shingles) < STUB_WORDS

    @cached_property
    def signature(self) -> Signature:
        """The MinHash signature: two signatures agree in about the share of numbers that `jaccard` gives for the
        shingles."""
        sketch = _EMPTY.copy()
        sketch.update_batch([shingle.encode() for shingle in self.shingles])
        numbers: Signature = sketch.hashvalues
        return numbers

    @property
    def buckets(self) -> list[int]:
        """One bucket for each band of the signature; empty for a text without words."""
        if np.array_equal(self.signature, _EMPTY.hashvalues):
            return []
        bands = self.signature.astype("<u4").reshape(BANDS, -1)
        digests = (
            hashlib.blake2b(bytes([n]) + band.tobytes(), digest_size=8) for n, band in enumerate(bands)
        )
        return [int.from_bytes(digest.digest(), "big", signed=True) for digest in digests]
