"""The Chroma collection: vectors under the names of their passages, and nothing else.

Texts and filters stay in the catalog: with them Chroma is half as fast and six times as large, and a filter
by date costs half a second at 100,000 passages.

The collection lies in the archive's folder, or on a server. There its name, made at random, is kept in the catalog,
so that no two archives write into one collection and an archive that is moved keeps its own. A collection that is
made anew gets another name: what a server still has under a former one is never taken for the vectors of today.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.fastapi import FastAPI
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Embeddings as ChromaVectors
from chromadb.config import Settings as ChromaSettings
from chromadb.config import System
from chromadb.errors import ChromaError, NotFoundError
from numpy.typing import NDArray

from assistant.archive.folder import ArchiveFolder, ChromaServer
from assistant.errors import ArchiveError

COLLECTION = "passages"
"""Name of the collection in a folder."""

NAME = "collection"
"""The property of the catalog that names the collection on a server; empty while the vectors are in the folder."""

KNOCK_SECONDS = 5.0
"""How long a server may take to say that it is one."""

ANSWER_SECONDS = 60.0
"""How long a server may take for one call; Chroma's own client waits for ever. A batch takes a second or two."""

BATCH = 2_000
"""Vectors in one call; Chroma takes 5,461 at most."""

SPACE: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 600, "max_neighbors": 16}
}
"""Chroma's defaults but for the space and ef_search. Of the 200 nearest of 106,006 passages .946 are found with the
default of 100, .970 with 300, .990 with 600, in 2.2, 2.8 and 3.4 ms; of 1,000,016 passages .953 and .987. A collection
keeps what it was made with: `python -m ingest --rebuild` makes it again."""


@dataclass(frozen=True)
class ServerCollection:
    """A collection on a server."""

    server: ChromaServer
    name: str

    def __str__(self) -> str:
        return f"the collection {self.name} on {self.server.url}"


Place = Path | ServerCollection
"""Where a collection lies: in a folder, or on a server."""


def chroma_place(folder: ArchiveFolder, name: str | None) -> Place | None:
    """Return where an archive's vectors lie, `name` being what its catalog says; None where none were put yet.

    Raises:
        ArchiveError: they lie on a server, and `folder` names none.
    """
    if folder.server:
        return ServerCollection(folder.server, name) if name else None
    if name:
        raise ArchiveError(
            f"the vectors of {folder.path} are on a Chroma server, in its collection {name}: give the server's "
            "address with --chroma or as BACKFILE_CHROMA_URL, or run `python -m ingest --rebuild` without one, which "
            "makes them again in the folder"
        )
    return folder.chroma if folder.chroma.is_dir() else None


class VectorStore:
    """A collection in a folder, which one process writes while others may read what they opened, or on a server.

    In a folder, one that is made anew lies in a numbered folder within: SQLite, which Chroma keeps its rows in, goes
    by names, and a reader of the old collection would take the new one's journal for its own.
    """

    def __init__(self, place: Place) -> None:
        """Open the collection; in a folder it is made where there is none.

        Raises:
            ArchiveError: Chroma cannot open it.
        """
        self._place = place
        self._collection, self._release = _in_folder(place) if isinstance(place, Path) else _on_server(place)

    def close(self) -> None:
        """Let go of the collection's files, or of the server."""
        self._release()

    def count(self) -> int:
        """Return how many vectors there are."""
        with _told(self._place):
            return self._collection.count()

    def names(self) -> set[str]:
        """Return the names of all vectors."""
        with _told(self._place):
            return set(self._collection.get(include=[])["ids"])

    def add(self, names: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, one a row; those whose name is there already are replaced."""
        with _told(self._place):
            for first in range(0, len(names), BATCH):
                rows: ChromaVectors = list(vectors[first : first + BATCH])
                self._collection.upsert(ids=list(names[first : first + BATCH]), embeddings=rows)

    def remove(self, names: Sequence[str]) -> None:
        """Remove vectors; names that are not there are passed over."""
        with _told(self._place):
            for first in range(0, len(names), BATCH):
                self._collection.delete(ids=list(names[first : first + BATCH]))

    def query(self, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return the names of the nearest vectors with their cosine, nearest first."""
        with _told(self._place):
            vectors: ChromaVectors = [vector]
            found = self._collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
        distances = found["distances"]
        assert distances is not None
        return [(name, 1.0 - float(far)) for name, far in zip(found["ids"][0], distances[0], strict=True)]

    @staticmethod
    def made(server: ChromaServer) -> ServerCollection:
        """Make an empty collection on a server, under a name that none had."""
        place = ServerCollection(server, f"backfile-{secrets.token_hex(8)}")
        with _asking(server) as client, _told(place):
            client.create_collection(place.name, configuration=SPACE)
        return place

    @staticmethod
    def exists(place: Place) -> bool:
        """Whether there is a collection."""
        if isinstance(place, Path):
            return place.is_dir()
        with _asking(place.server) as client, _told(place):
            try:
                client.get_collection(place.name)
            except NotFoundError:
                return False
            return True

    @staticmethod
    def discard(place: Place) -> None:
        """Delete the collection, if there is one; it can be made again from the catalog."""
        if isinstance(place, Path):
            if place.exists():
                _empty(place)
            return
        with _asking(place.server) as client, _told(place), suppress(NotFoundError):
            client.delete_collection(place.name)


Opened = tuple[Collection, Callable[[], None]]
"""A collection, and how to let go of it."""


def _in_folder(path: Path) -> Opened:
    place = str(_newest(path))
    try:
        with _told(path, "Chroma cannot open"):
            client = chromadb.PersistentClient(place, settings=ChromaSettings(anonymized_telemetry=False))
    except ArchiveError:
        # Chroma remembers by its path what did not start, and would hand it out to the next who opens it.
        SharedSystemClient._identifier_to_system.pop(place, None)
        raise
    assert isinstance(client, Client)
    try:
        with _told(path, "Chroma cannot open"):
            made = client.get_or_create_collection(COLLECTION, configuration=SPACE, embedding_function=None)
    except ArchiveError:
        client.close()
        raise
    return made, client.close


def _on_server(place: ServerCollection) -> Opened:
    client = _client(place.server)
    try:
        with _told(place, "Chroma cannot open"):
            model = client.get_collection(place.name)
    except ArchiveError:
        client._session.close()
        raise
    return Collection(client, model, embedding_function=None), client._session.close


@contextmanager
def _asking(server: ChromaServer) -> Iterator[FastAPI]:
    """Have a client of a server for a block."""
    client = _client(server)
    try:
        yield client
    finally:
        client._session.close()


def _client(server: ChromaServer) -> FastAPI:
    """Return a client of a server that answers.

    It is the inner one of `chromadb.HttpClient`, which leaves its connections open when it is closed.

    Raises:
        ArchiveError: none answers there, or it does not let us in.
    """
    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    address = server.url.rstrip("/")
    try:
        # Chroma's client would wait for ever, and take whatever answers for a server of its kind.
        answer = httpx.get(f"{address}/api/v2/heartbeat", headers=headers, timeout=KNOCK_SECONDS)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ArchiveError(
                f"the Chroma server {server.url} asks for a token, or for another one: set BACKFILE_CHROMA_TOKEN"
            )
        if not answer.is_success or b"heartbeat" not in answer.content:
            raise ValueError(f"what is there answers with HTTP {answer.status_code} and is none")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ArchiveError(
            f"no Chroma server answers at {server.url} ({error}): check the address and that the server runs "
            "(`chroma run`), and run the same command again; nothing is lost"
        ) from error
    settings = ChromaSettings(
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=address,
        chroma_server_http_port=0,  # it must have one, and takes that of the address
        chroma_server_headers=headers,
        anonymized_telemetry=False,
    )
    client = System(settings).instance(FastAPI)
    client._session.timeout = httpx.Timeout(ANSWER_SECONDS)
    return client


def _empty(path: Path) -> None:
    """Delete the collection in a folder, and leave a new folder within for the next."""
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
def _told(place: Place, what: str = "Chroma failed in") -> Iterator[None]:
    """Turn Chroma's errors into what their reader can act on."""
    try:
        yield
    except Exception as error:
        # Exception itself is what Chroma's client makes of an answer that is not Chroma's, as a proxy's.
        expected = isinstance(error, (ChromaError, ValueError, OSError, httpx.HTTPError))
        if not expected and type(error) is not Exception:
            raise
        raise _as_archive_error(f"{what} {place}", error) from error


def _as_archive_error(what: str, error: Exception) -> ArchiveError:
    """Say what to do: Chroma tells a full disk from a damaged file in its message only."""
    if isinstance(error, httpx.HTTPError) or type(error) is Exception:
        return ArchiveError(
            f"{what} ({error}): see that the server runs, and run the same command again; what was committed before "
            "is safe"
        )
    if "disk is full" in str(error) or "disk I/O" in str(error) or "No space" in str(error):
        return ArchiveError(
            f"{what} ({error}): free some disk space and run the same command again; "
            "what was committed before is safe"
        )
    return ArchiveError(
        f"{what} ({error}): run `python -m ingest --rebuild`, which makes it again from the catalog and "
        "loses nothing"
    )
