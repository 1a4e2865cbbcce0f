"""The Chroma collection of an archive: vectors under the names of their passages, and nothing else.

Texts and filters stay in the catalog. With them, Chroma is half as fast and six times as large, and a filter by date
takes half a second at 100,000 passages.

The collection is in the archive's folder or on a server. On a server it has a random name, which the catalog stores.
So no two archives write into one collection, and an archive that is moved keeps its own. A collection that is made
again gets a new name, so old vectors on the server are never mistaken for current ones.
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

COLLECTION_PROPERTY = "collection"
"""The catalog's property with the name of the collection on a server; empty if the vectors are in the folder."""

HEARTBEAT_SECONDS = 5.0
"""Timeout of the request that checks whether a Chroma server is there."""

REQUEST_SECONDS = 60.0
"""Timeout of every other request. Chroma's own client has none. A batch takes a second or two."""

BATCH = 2_000
"""Vectors in one request; Chroma accepts at most 5,461."""

SPACE: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 600, "max_neighbors": 16}
}
"""Chroma's defaults, except for the space and ef_search.

Share of the 200 nearest of 106,006 passages that are found: .946 with ef_search 100 (the default), .970 with 300 and
.990 with 600, in 2.2, 2.8 and 3.4 ms. Of 1,000,016 passages: .953 with 100 and .987 with 600.
A collection keeps the configuration that it was made with until `python -m ingest --rebuild` makes it again.
"""


@dataclass(frozen=True)
class ServerCollection:
    """A collection on a server."""

    server: ChromaServer
    name: str

    def __str__(self) -> str:
        """Return a description for messages."""
        return f"the collection {self.name} on {self.server.url}"


Place = Path | ServerCollection
"""Where a collection is: in a folder or on a server."""


def chroma_place(folder: ArchiveFolder, name: str | None) -> Place | None:
    """Return where an archive's vectors are, or None if none were stored yet.

    `name` is the catalog's COLLECTION_PROPERTY.

    Raises:
        ArchiveError: the vectors are on a server, but `folder` has no server.
    """
    if folder.server:
        return ServerCollection(folder.server, name) if name else None
    if name:
        raise ArchiveError(
            f"the vectors of {folder.path} are on a Chroma server, in its collection {name}: give the server's "
            "address with --chroma or BACKFILE_CHROMA_URL, or run `python -m ingest --rebuild` without an address to "
            "store the vectors in the folder"
        )
    return folder.chroma if folder.chroma.is_dir() else None


class VectorStore:
    """An open collection, in a folder or on a server.

    One process may write to a folder while others read the collection that they opened. A collection that is made
    again is put into a new numbered folder inside the old one. Chroma stores its rows in SQLite, which finds its
    journal by file name: a reader of the old collection would use the journal of the new one.

    Every method raises ArchiveError if Chroma fails.
    """

    def __init__(self, place: Place) -> None:
        """Open the collection. In a folder, create it if there is none.

        Raises:
            ArchiveError: Chroma cannot open the collection.
        """
        self._place = place
        self._collection, self._close = (
            _open_folder(place) if isinstance(place, Path) else _open_server(place)
        )

    def close(self) -> None:
        """Close the collection's files, or the connection to the server."""
        self._close()

    def count(self) -> int:
        """Return how many vectors there are."""
        with _as_archive_errors(self._place):
            return self._collection.count()

    def names(self) -> set[str]:
        """Return the names of all vectors."""
        with _as_archive_errors(self._place):
            return set(self._collection.get(include=[])["ids"])

    def add(self, names: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors, one a row. A vector whose name exists already is replaced."""
        with _as_archive_errors(self._place):
            for first in range(0, len(names), BATCH):
                rows: ChromaVectors = list(vectors[first : first + BATCH])
                self._collection.upsert(ids=list(names[first : first + BATCH]), embeddings=rows)

    def remove(self, names: Sequence[str]) -> None:
        """Remove vectors. Names that do not exist are ignored."""
        with _as_archive_errors(self._place):
            for first in range(0, len(names), BATCH):
                self._collection.delete(ids=list(names[first : first + BATCH]))

    def query(self, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return the names of the nearest vectors with their cosine, nearest first."""
        with _as_archive_errors(self._place):
            vectors: ChromaVectors = [vector]
            result = self._collection.query(query_embeddings=vectors, n_results=limit, include=["distances"])
        distances = result["distances"]
        assert distances is not None
        nearest = zip(result["ids"][0], distances[0], strict=True)
        return [(name, 1.0 - float(distance)) for name, distance in nearest]

    @staticmethod
    def create_on_server(server: ChromaServer) -> ServerCollection:
        """Create an empty collection on a server, under a new random name."""
        place = ServerCollection(server, f"backfile-{secrets.token_hex(8)}")
        with _connected(server) as client, _as_archive_errors(place):
            client.create_collection(place.name, configuration=SPACE)
        return place

    @staticmethod
    def exists(place: Place) -> bool:
        """Whether the collection exists."""
        if isinstance(place, Path):
            return place.is_dir()
        with _connected(place.server) as client, _as_archive_errors(place):
            try:
                client.get_collection(place.name)
            except NotFoundError:
                return False
            return True

    @staticmethod
    def discard(place: Place) -> None:
        """Delete the collection if it exists. It can be made again from the catalog."""
        if isinstance(place, Path):
            if place.exists():
                _start_new_folder(place)
            return
        with _connected(place.server) as client, _as_archive_errors(place), suppress(NotFoundError):
            client.delete_collection(place.name)


OpenCollection = tuple[Collection, Callable[[], None]]
"""A collection, and the function that closes it."""


def _open_folder(path: Path) -> OpenCollection:
    place = str(_newest_folder(path))
    try:
        with _as_archive_errors(path, "Chroma cannot open"):
            client = chromadb.PersistentClient(place, settings=ChromaSettings(anonymized_telemetry=False))
    except ArchiveError:
        # Chroma caches clients by path, even one that failed to start, and would return it to the next caller.
        SharedSystemClient._identifier_to_system.pop(place, None)
        raise
    assert isinstance(client, Client)
    try:
        with _as_archive_errors(path, "Chroma cannot open"):
            collection = client.get_or_create_collection(
                COLLECTION, configuration=SPACE, embedding_function=None
            )
    except ArchiveError:
        client.close()
        raise
    return collection, client.close


def _open_server(place: ServerCollection) -> OpenCollection:
    client = _connect(place.server)
    try:
        with _as_archive_errors(place, "Chroma cannot open"):
            model = client.get_collection(place.name)
    except ArchiveError:
        client._session.close()
        raise
    return Collection(client, model, embedding_function=None), client._session.close


@contextmanager
def _connected(server: ChromaServer) -> Iterator[FastAPI]:
    """Connect to a server for the duration of a block."""
    client = _connect(server)
    try:
        yield client
    finally:
        client._session.close()


def _connect(server: ChromaServer) -> FastAPI:
    """Check that a Chroma server is there and return a client of it.

    The client is the inner one of `chromadb.HttpClient`, because closing the outer one leaves connections open.

    Raises:
        ArchiveError: no Chroma server answers there, or it refuses the token.
    """
    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    address = server.url.rstrip("/")
    try:
        # Chroma's client has no timeout, and does not check that what answers is a Chroma server.
        answer = httpx.get(f"{address}/api/v2/heartbeat", headers=headers, timeout=HEARTBEAT_SECONDS)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ArchiveError(
                f"the Chroma server {server.url} refused access (HTTP {answer.status_code}): set "
                "BACKFILE_CHROMA_TOKEN to its token"
            )
        if not answer.is_success or b"heartbeat" not in answer.content:
            raise ValueError(f"HTTP {answer.status_code} from something that is not a Chroma server")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ArchiveError(
            f"no Chroma server answers at {server.url} ({error}): check the address and that the server is running "
            "(`chroma run`), and run the same command again; nothing is lost"
        ) from error
    settings = ChromaSettings(
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=address,
        chroma_server_http_port=0,  # required, but the port in the address is used
        chroma_server_headers=headers,
        anonymized_telemetry=False,
    )
    client = System(settings).instance(FastAPI)
    client._session.timeout = httpx.Timeout(REQUEST_SECONDS)
    return client


def _start_new_folder(path: Path) -> None:
    """Delete the collection in a folder, and create an empty numbered folder in it for the next one."""
    if path.is_file():
        path.unlink()
    newest = _newest_folder(path)
    following = 1 if newest == path else int(newest.name) + 1
    older = list(path.glob("*"))
    with _as_archive_errors(path):
        (path / str(following)).mkdir(parents=True)
    for each in older:
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            # Windows does not delete an open file; the next call deletes it.
            with suppress(OSError):
                each.unlink()


def _newest_folder(path: Path) -> Path:
    """Return the folder of the collection: the highest numbered one in `path`, or `path` itself."""
    numbered = (each for each in path.glob("[0-9]*") if each.name.isdigit())
    return max(numbered, key=lambda each: int(each.name), default=path)


@contextmanager
def _as_archive_errors(place: Place, what: str = "Chroma failed in") -> Iterator[None]:
    """Raise Chroma's errors as ArchiveErrors that say what to do."""
    try:
        yield
    except Exception as error:
        # Chroma's client raises plain Exception for an answer that is not from Chroma, such as a proxy's.
        expected = isinstance(error, (ChromaError, ValueError, OSError, httpx.HTTPError))
        if not expected and type(error) is not Exception:
            raise
        raise _archive_error(f"{what} {place}", error) from error


def _archive_error(what: str, error: Exception) -> ArchiveError:
    """Return an error that says what to do. Only Chroma's message distinguishes a full disk from a damaged file."""
    if isinstance(error, httpx.HTTPError) or type(error) is Exception:
        return ArchiveError(
            f"{what} ({error}): check that the server is running, and run the same command again; what was committed "
            "before is safe"
        )
    if "disk is full" in str(error) or "disk I/O" in str(error) or "No space" in str(error):
        return ArchiveError(
            f"{what} ({error}): free some disk space and run the same command again; "
            "what was committed before is safe"
        )
    return ArchiveError(
        f"{what} ({error}): run `python -m ingest --rebuild`, which makes the collection again from the catalog and "
        "loses nothing"
    )
