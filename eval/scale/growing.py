"""Makes a large archive out of one that is there: its articles again and again, with noise.

What a search costs depends on how many passages hold a word, on how vectors lie, and on how many passages a filter
leaves. Copies keep the shares of all these, and the numbers grow:

- A word of title or text is, as often as not, replaced by a running word of another article with just as many letters.
  Frequent words stay frequent, and passages lie where they lay.
- Its vector is that of the original, moved in a random direction until their cosine is .9. (A passage's nearest one of
  another article is at .73 in the median, of RealTimeQA's archive.) Random directions, more of them than texts take,
  are the harder case for a graph of neighbours.
- Its day is up to a month earlier or later, its outlet the same: a month or an outlet grows as the whole does.

Nothing is parsed or embedded; all is written by the parts that write an ingest.
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
from ingest.store.versions import Versions

KEPT = 0.5
"""Share of an original's words that a copy keeps."""

COSINE = 0.9
"""Of a copy's vector and its original's."""

DAYS = 30
"""Between the day of a copy and its original's, at most."""

TOGETHER = 200
"""Copies stored in one transaction."""

SAMPLED = 10
"""Every so-manieth article gives the words that replace others."""

_WORD = re.compile(r"\w+")

Cut = tuple[Article, Sequence[Span]]
"""An article and where its passages lie."""


def grow(
    source: ArchiveFolder, target: ArchiveFolder, encoder: TextEncoder, *, passages: int, seed: int = SEED
) -> None:
    """Make in the new folder `target` an archive of at least so many passages out of the one in `source`.

    Raises:
        ArchiveError: there is no archive in `source`, or something in `target`.
    """
    source.require()
    if target.path.exists():
        raise ArchiveError(f"{target.path} is there already: give the name of a new folder")
    shutil.copytree(source.path, target.path, ignore=shutil.ignore_patterns("ingest.*", "conversations*"))
    with Indexer.opened(target, encoder) as indexer:
        with (
            closing(Catalog.open(source.catalog)) as original,
            closing(Catalog.create(target.catalog)) as grown,
        ):
            _Growth(original, grown, seed).fill(passages)
        # Nothing new is read: as after a run that was killed, Chroma and the matrix get what they lack.
        indexer.ingest([], ReadOptions(), Quiet())


class _Growth:
    """Adds copies of one catalog's articles to another."""

    def __init__(self, original: Catalog, grown: Catalog, seed: int) -> None:
        self._original = original
        self._grown = grown
        self._versions = Versions(grown)
        self._noise = Noise(seed, (article for article, _ in original.articles_with_spans()))
        self._keys, self._rows = _vectors(original)

    def fill(self, passages: int) -> None:
        """Add copies until there are so many passages."""
        held, _ = self._grown.vector_state()
        for number in count(2):
            some: list[Cut] = []
            for article, spans in self._original.articles_with_spans():
                if held >= passages:
                    break
                some.append((article, spans))
                held += len(spans)
                if len(some) == TOGETHER:
                    self._add(some, number)
                    some = []
            if some:
                self._add(some, number)
            if held >= passages:
                return

    def _add(self, some: Sequence[Cut], number: int) -> None:
        """Store a copy of each article, and the vectors of its passages."""
        copies = [(self._noise.article(article, number), spans) for article, spans in some]
        # A signature at random has nothing in common with any other, like that of a story nobody copied.
        self._versions.add(
            [
                (
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
    """What sets a copy apart from its original."""

    def __init__(self, seed: int, articles: Iterator[Article]) -> None:
        """The words of some of the articles replace others."""
        self._random = random.Random(seed)
        self._numbers = np.random.default_rng(seed)
        self._words: dict[int, list[str]] = {}
        for place, article in enumerate(articles):
            if place % SAMPLED == 0:
                for word in _WORD.findall(article.text):
                    self._words.setdefault(len(word), []).append(word)

    def article(self, original: Article, number: int) -> Article:
        """Return the copy of an article that has a number of its own."""
        return replace(
            original,
            title=self.text(original.title),
            text=self.text(original.text),
            source=f"{original.source}#{number}",
            url=original.url and f"{original.url}#{number}",
            guid=original.guid and f"{original.guid}#{number}",
            published=self._moved(original.published),
            version=1,
        )

    def text(self, original: str) -> str:
        """Return a text of the same length with some of its words replaced."""
        return _WORD.sub(self._word, original)

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        alike = self._words.get(len(word))
        chance = self._random.random
        return word if alike is None or chance() < KEPT else alike[int(chance() * len(alike))]

    def _moved(self, published: PublicationDate) -> PublicationDate:
        day = published.first_day
        if day is None or published.precision != "day":
            return published
        return replace(published, iso=(day + timedelta(self._random.randint(-DAYS, DAYS))).isoformat())

    def vectors(self, originals: NDArray[np.float16]) -> NDArray[np.float32]:
        """Return unit vectors near those given, one a row."""
        # Directions at random are all but orthogonal to the vectors they are added to.
        far = np.sqrt(1 / COSINE**2 - 1) / np.sqrt(originals.shape[1])
        moved = originals + far * self._numbers.standard_normal(originals.shape, dtype=np.float32)
        unit: NDArray[np.float32] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return unit.astype(np.float32)

    def signatures(self, number: int) -> NDArray[np.uint32]:
        """Return signatures that no two articles share a part of, one a row."""
        return self._numbers.integers(2**32, size=(number, PERMUTATIONS), dtype=np.uint32)


def _vectors(catalog: Catalog) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return the keys of all vectors, ascending, and the vectors, one a row."""
    parts = list(catalog.stored_vectors())
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([rows for _, rows in parts])
