"""The Chroma collection: vectors under the names of their passages, and nothing else.

Texts and filters stay in the catalog: with them Chroma is half as fast and six times as large, and a filter
by date costs half a second at 100,000 passages.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
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
    """A persistent collection in a folder; one process writes it, others may read what they opened.

    One that is made anew lies in a numbered folder within: SQLite, which Chroma keeps its rows in, goes by names, and
    a reader of the old collection would take the new one's journal for its own.
    """

    def __init__(self, path: Path) -> None:
        """Open the collection in folder `path`, making it where there is none.

        Raises:
            ArchiveError: Chroma cannot open it.
        """
        self._path = path
        place = str(_newest(path))
        failure = f"Chroma cannot open {path}"
        try:
            client = chromadb.PersistentClient(place, settings=ChromaSettings(anonymized_telemetry=False))
        except (ChromaError, ValueError, OSError) as error:
            # Chroma remembers by its path what did not start, and would hand it out to the next who opens it.
            SharedSystemClient._identifier_to_system.pop(place, None)
            raise _as_archive_error(failure, error) from error
        assert isinstance(client, Client)
        self._client = client
        try:
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                configuration=SPACE,
                embedding_function=None,
            )
        except (ChromaError, ValueError, OSError) as error:
            client.close()
            raise _as_archive_error(failure, error) from error

    def close(self) -> None:
        """Let go of the collection's files."""
        self._client.close()

    def count(self) -> int:
        """Return how many vectors there are."""
        with _told(self._path):
            return self._collection.count()

    def names(self) -> set[str]:
        """Return the names of all vectors."""
        with _told(self._path):
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
        """Delete the collection in folder `path`; it can be made again from the catalog."""
        if path.is_file():
            path.unlink()
        newest = _newest(path)
        following = 1 if newest == path else int(newest.name) + 1
        older = list(path.glob("*"))
        with _told(path):
            (path / str(following)).mkdir(parents=True)
        for each in older:
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                # Where another system forbids to delete what is open, the next time deletes it.
                with suppress(OSError):
                    each.unlink()


def _newest(path: Path) -> Path:
    """The folder within `path` that the collection lies in: `path` itself until it was made anew."""
    numbered = (each for each in path.glob("[0-9]*") if each.name.isdigit())
    return max(numbered, key=lambda each: int(each.name), default=path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn Chroma's errors into what their reader can act on."""
    try:
        yield
    except (ChromaError, OSError) as error:
        raise _as_archive_error(f"Chroma failed in {path}", error) from error


def _as_archive_error(what: str, error: Exception) -> ArchiveError:
    """Say what to do: Chroma tells a full disk from a damaged file in its message only."""
    if "disk is full" in str(error) or "disk I/O" in str(error) or "No space" in str(error):
        return ArchiveError(
            f"{what} ({error}): free some disk space and run the same command again; "
            "what was committed before is safe"
        )
    return ArchiveError(
        f"{what} ({error}): run `python -m ingest --rebuild`, which makes it again from the catalog and "
        "loses nothing"
    )
