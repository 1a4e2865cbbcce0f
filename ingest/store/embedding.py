"""Embeds the passages that have no vector yet, in the order in which they were added."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from assistant.archive.catalog import Catalog, passage_name
from assistant.archive.chroma import VectorStore
from assistant.models.encoder import PassageEncoder, Vectors
from ingest.parsing.passages import PassageBuilder

EMBEDDING_BATCH = 1_000
"""Passages embedded between two commits. Sorted by length, a batch of this size needs little padding. At 14
passages a second, on the slowest processor measured, a killed ingest repeats at most a minute's work."""


class EmbeddingProgress(Protocol):
    """Receives the progress of embedding."""

    def embedding(self, total: int) -> None:
        """Note that `total` passages are to be embedded, as far as known now."""

    def embedded(self, count: int) -> None:
        """Note that `count` more passages were embedded."""


class Embedding:
    """Embeds the passages of an archive; Chroma stores one batch while the next is embedded."""

    def __init__(
        self,
        catalog: Catalog,
        encoder: PassageEncoder,
        begin: Callable[[], VectorStore],
        progress: EmbeddingProgress,
    ) -> None:
        self.done = 0
        """Number of passages embedded so far."""
        self._catalog = catalog
        self._encoder = encoder
        self._builder = PassageBuilder(encoder)
        self._begin = begin
        self._progress = progress
        self._store: VectorStore | None = None
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._storing: tuple[int, Future[None]] | None = None

    @classmethod
    @contextmanager
    def opened(
        cls,
        catalog: Catalog,
        encoder: PassageEncoder,
        begin: Callable[[], VectorStore],
        progress: EmbeddingProgress,
    ) -> Iterator["Embedding"]:
        """Embed within a `with` block. `begin` opens Chroma; it is called before the first passage, if there is
        one."""
        embedding = cls(catalog, encoder, begin, progress)
        try:
            yield embedding
            embedding._stored()
        finally:
            embedding._pool.shutdown()
            if embedding._store is not None:
                embedding._store.close()

    def advance(self) -> None:
        """Embed one batch if enough passages are waiting."""
        waiting = self._catalog.unembedded_count()
        if waiting >= EMBEDDING_BATCH:
            self._embed(waiting)

    def finish(self) -> None:
        """Embed all waiting passages."""
        while waiting := self._catalog.unembedded_count():
            self._embed(waiting)

    def _embed(self, waiting: int) -> None:
        self._store = self._store or self._begin()
        self._progress.embedding(self.done + waiting)
        batch = self._catalog.passages_after(self._catalog.last_vector(), limit=EMBEDDING_BATCH)
        vectors = self._encoded([self._builder.embedded(article, passage) for _, article, passage in batch])
        keys = [key for key, _, _ in batch]
        self._catalog.store_vectors(keys, vectors)
        self._stored()
        names = [passage_name(article.id, article.version, passage.start) for _, article, passage in batch]
        # Chroma gets the vectors rounded to half precision, as the catalog stores them, so that a rebuild gives the
        # same.
        rounded = vectors.astype(np.float16).astype(np.float32)
        self._storing = keys[-1], self._pool.submit(self._store.add, names, rounded)
        self.done += len(batch)
        self._progress.embedded(len(batch))

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts. Identical texts, as in copies of a story under one title, are encoded
        once."""
        rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        return self._encoder.encode_passages(list(rows))[[rows[text] for text in texts]]

    def _stored(self) -> None:
        """Wait until Chroma has stored the previous batch, and record that."""
        if self._storing is not None:
            last, adding = self._storing
            adding.result()
            self._catalog.set_properties({"chroma_upto": str(last)})
            self._storing = None
