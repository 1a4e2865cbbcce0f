"""The Chroma collection: vectors under the names of their passages, and nothing else.

Texts and filters stay in the catalog: with them Chroma is half as fast and six times as large, and a filter
by date costs half a second at 100,000 passages.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.types import Embeddings as ChromaVectors
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError
from numpy.typing import NDArray

from assistant.errors import ArchiveError

COLLECTION = "passages"
BATCH = 2_000
"""Vectors in one call; Chroma takes 5,461 at most."""

SPACE: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 100, "max_neighbors": 16}
}
"""Chroma's defaults but for the space: recall@20 against an exact scan is .98 on 40,000 clustered vectors."""


class VectorStore:
    """A persistent collection in a folder; one process writes it, others may read what they opened."""

    def __init__(self, path: Path) -> None:
        """Open the collection in folder `path`, making it where there is none.

        Raises:
            ArchiveError: Chroma cannot open it.
        """
        self._path = path
        try:
            client = chromadb.PersistentClient(str(path), settings=ChromaSettings(anonymized_telemetry=False))
            assert isinstance(client, Client)
            self._client = client
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                configuration=SPACE,
                embedding_function=None,
            )
        except (ChromaError, ValueError, OSError) as error:
            raise ArchiveError(
                f"Chroma cannot open {path} ({error}): run `python -m ingest --rebuild`, which loses nothing"
            ) from error

    def close(self) -> None:
        """Let go of the collection's files."""
        self._client.close()

    def count(self) -> int:
        """Return how many vectors there are."""
        return self._collection.count()

    def names(self) -> set[str]:
        """Return the names of all vectors."""
        return set(self._collection.get(include=[])["ids"])

    def add(self, names: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, one a row; those whose name is there already are replaced."""
        with _told(self._path):
            for first in range(0, len(names), BATCH):
                rows: ChromaVectors = list(vectors[first : first + BATCH])
                self._collection.upsert(ids=list(names[first : first + BATCH]), embeddings=rows)

    def remove(self, names: Sequence[str]) -> None:
        """Remove vectors; names that are not there are passed over."""
        with _told(self._path):
            for first in range(0, len(names), BATCH):
                self._collection.delete(ids=list(names[first : first + BATCH]))

    def query(self, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return the names of the nearest vectors with their cosine, nearest first."""
        with _told(self._path):
            vectors: ChromaVectors = [vector]
            found = self._collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
        distances = found["distances"]
        assert distances is not None
        return [(name, 1.0 - float(far)) for name, far in zip(found["ids"][0], distances[0], strict=True)]

    @staticmethod
    def discard(path: Path) -> None:
        """Delete the collection's folder; it can be made again from the catalog."""
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn Chroma's errors into what their reader can act on."""
    try:
        yield
    except (ChromaError, OSError) as error:
        raise ArchiveError(
            f"Chroma failed in {path} ({error}): if the disk is not full, run `python -m ingest --rebuild`, "
            "which makes it again from the catalog and loses nothing"
        ) from error
