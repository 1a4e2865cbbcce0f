"""Make a large archive by copying the articles of an existing one many times, with noise.

The cost of a search depends on how many passages contain a word, how vectors are distributed, and how many passages a
filter leaves. Copies keep the shares of all three while the numbers grow:

- Half of the words of title and text are replaced by words of other articles with the same number of letters.
  Frequent words stay frequent, and passages keep their offsets.
- A copy's vector is the original's, moved in a random direction to a cosine of .9. (In RealTimeQA's archive, the
  nearest passage of another article has a median cosine of .73.) Random directions are more varied than those of
  texts, which makes the harder case for a graph of neighbours.
- A copy's day moves by up to a month; its outlet is the same. So a month or an outlet grows as the whole does.

Nothing is parsed or embedded; the code that stores an ingest writes everything.
"""

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count

import numpy as np
from numpy.typing import NDArray

from assistant.archive.catalog import Catalog, passage_name
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article, Passage, PublicationDate, Span
from assistant.errors import ArchiveError
from assistant.models.encoder import TextEncoder
from eval.metrics import SEED
from ingest.parsing.sketch import PERMUTATIONS
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions
from ingest.store.indexer import Indexer
from ingest.store.versions import New, Versions

KEPT_WORDS = 0.5
"""Share of an original's words that a copy keeps."""

COSINE = 0.9
"""Cosine of a copy's vector and its original's."""

DAYS = 30
"""Maximum days between a copy and its original."""

BATCH = 200
"""Number of copies stored in one transaction."""

SAMPLE_EVERY = 10
"""Every Nth article supplies replacement words."""

_WORD = re.compile(r"\w+")

SplitArticle = tuple[Article, Sequence[Span]]
"""An article and the spans of its passages."""


def grow(
    source: ArchiveFolder, target: ArchiveFolder, encoder: TextEncoder, *, passages: int, seed: int = SEED
) -> None:
    """Make an archive of at least `passages` passages in the new folder `target` from the one in `source`.

    Raises:
        ArchiveError: there is no archive in `source`, or `target` exists.
    """
    source.require()
    if target.path.exists():
        raise ArchiveError(f"{target.path} exists already: give the name of a new folder")
    shutil.copytree(source.path, target.path, ignore=shutil.ignore_patterns("ingest.*", "conversations*"))
    with Indexer.opened(target, encoder) as indexer:
        with (
            closing(Catalog.open(source.catalog)) as original,
            closing(Catalog.create(target.catalog)) as grown,
        ):
            _Growth(original, grown, seed).fill(passages)
        # Ingest nothing: this only brings Chroma and the matrix up to date, as after an interrupted run.
        indexer.ingest([], ReadOptions(), Quiet())


class _Growth:
    """Adds copies of one catalog's articles to another."""

    def __init__(self, original: Catalog, grown: Catalog, seed: int) -> None:
        self._original = original
        self._grown = grown
        self._versions = Versions(grown, lambda _: ())
        self._noise = Noise(seed, (article for article, _ in original.articles_with_spans()))
        self._keys, self._rows = _vectors(original)

    def fill(self, passages: int) -> None:
        """Add copies until the catalog holds `passages` passages."""
        held, _ = self._grown.vector_state()
        for number in count(2):
            some: list[SplitArticle] = []
            for article, spans in self._original.articles_with_spans():
                if held >= passages:
                    break
                some.append((article, spans))
                held += len(spans)
                if len(some) == BATCH:
                    self._add(some, number)
                    some = []
            if some:
                self._add(some, number)
            if held >= passages:
                return

    def _add(self, some: Sequence[SplitArticle], number: int) -> None:
        """Store a copy of each article, with vectors for its passages."""
        copies = [(self._noise.article(article, number), spans) for article, spans in some]
        # A random signature matches no other, like that of a story that nobody copied.
        self._versions.add(
            [
                New(
                    copy,
                    [Passage(copy.id, 1, start, end, copy.text[start:end]) for start, end in spans],
                    signature,
                )
                for (copy, spans), signature in zip(copies, self._noise.signatures(len(copies)), strict=True)
            ]
        )
        old = [passage_name(a.id, a.version, start) for a, spans in some for start, _ in spans]
        new = [passage_name(copy.id, 1, start) for copy, spans in copies for start, _ in spans]
        before, after = self._original.keys(old), self._grown.keys(new)
        rows = self._rows[np.searchsorted(self._keys, [before[name] for name in old])]
        self._grown.store_vectors([after[name] for name in new], self._noise.vectors(rows))


class Noise:
    """The differences between a copy and its original."""

    def __init__(self, seed: int, articles: Iterator[Article]) -> None:
        """Take replacement words from some of the articles."""
        self._random = random.Random(seed)
        self._numbers = np.random.default_rng(seed)
        self._words: dict[int, list[str]] = {}
        for place, article in enumerate(articles):
            if place % SAMPLE_EVERY == 0:
                for word in _WORD.findall(article.text):
                    self._words.setdefault(len(word), []).append(word)

    def article(self, original: Article, number: int) -> Article:
        """Return the copy of an article with the given number."""
        return replace(
            original,
            title=self.text(original.title),
            text=self.text(original.text),
            source=f"{original.source}#{number}",
            url=original.url and f"{original.url}#{number}",
            guid=original.guid and f"{original.guid}#{number}",
            published=self._shifted(original.published),
            version=1,
        )

    def text(self, original: str) -> str:
        """Return a text of the same length with some of its words replaced."""
        return _WORD.sub(self._word, original)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        alike = self._words.get(len(word))
        chance = self._random.random
        return word if alike is None or chance() < KEPT_WORDS else alike[int(chance() * len(alike))]

    def _shifted(self, published: PublicationDate) -> PublicationDate:
        day = published.first_day
        if day is None or published.precision != "day":
            return published
        return replace(published, iso=(day + timedelta(self._random.randint(-DAYS, DAYS))).isoformat())

    def vectors(self, originals: NDArray[np.float16]) -> NDArray[np.float32]:
        """Return unit vectors near the given ones, one per row."""
        # Random directions are nearly orthogonal to the vectors they are added to.
        far = np.sqrt(1 / COSINE**2 - 1) / np.sqrt(originals.shape[1])
        moved = originals + far * self._numbers.standard_normal(originals.shape, dtype=np.float32)
        unit: NDArray[np.float32] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return unit.astype(np.float32)

    def signatures(self, number: int) -> NDArray[np.uint32]:
        """Return random signatures, one per row, that match in no component."""
        return self._numbers.integers(2**32, size=(number, PERMUTATIONS), dtype=np.uint32)


def _vectors(catalog: Catalog) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return the keys of all vectors, ascending, and the vectors, one per row."""
    parts = list(catalog.stored_vectors())
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([rows for _, rows in parts])
