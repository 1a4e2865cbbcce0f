"""Dense search: Chroma for the vectors that it covers, an exact scan of the matrix for all others.

Two processes that open one Chroma folder do not see each other's new rows. So a reader keeps the Chroma that it
opened, scans newer vectors exactly, and opens Chroma again once the writer has finished. A Chroma server shows new
rows at once, but not always all of them, so it is read in the same way.
"""

import contextlib
import time
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.archive.catalog import Catalog
from assistant.archive.chroma import COLLECTION_PROPERTY, VectorStore, chroma_place
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import Hits, Keys, Matrix
from assistant.errors import ArchiveError

UNUSABLE = (
    "Chroma does not hold the vectors of the catalog, so an exact scan answers, which is slower. Run "
    "`python -m ingest --rebuild` to make Chroma again"
)
UNUSABLE_SERVER = (
    "The Chroma server does not answer, or does not hold the vectors of the catalog, so an exact scan answers, which "
    "is slower. Check that the server is running; the next ingest brings it up to date"
)
SERVER_NOT_NAMED = (
    "The vectors are on a Chroma server, but BACKFILE_CHROMA_URL is not set, so an exact scan answers, which is "
    "slower. Set BACKFILE_CHROMA_URL to the server's address"
)

RETRY_SECONDS = 60.0
"""How long to wait before a server that failed is tried again."""


class DenseIndex:
    """Finds the passages whose vectors are nearest to a question's. Safe to share between threads."""

    def __init__(self, folder: ArchiveFolder, catalog: Catalog, dimension: int) -> None:
        """Search the vectors of `catalog`, each of `dimension` numbers."""
        self._folder = folder
        self._catalog = catalog
        self._dimension = dimension
        self._lock = Lock()
        self._chroma: VectorStore | None = None
        self._covered = 0
        self._generation: str | None = None
        self._matrix = Matrix.open(folder.matrix, dimension)
        self._retry_at = 0.0
        self.note: str | None = None
        """What is wrong with Chroma, or None. Search is exact without it, only slower."""

    def search(self, vector: NDArray[np.float32], *, limit: int, among: Keys | None = None) -> Hits:
        """Return the passages nearest to `vector` with their cosine, best first.

        If `among` (ascending keys) is given, only those passages are searched.
        """
        with self._lock:
            self._refresh()
            if among is not None or self._chroma is None:
                return self._matrix.scan(vector, limit=limit, among=among)
            try:
                named = self._chroma.query(vector, limit=limit)
            except ArchiveError:
                # A rebuild deleted the files, or a disk or server failed. The matrix holds the same vectors.
                self._close_chroma()
                self._note_failure()
                return self._matrix.scan(vector, limit=limit)
            keys = self._catalog.keys([name for name, _ in named])
            found = ((keys[name], cosine) for name, cosine in named if name in keys)
            # A server may already hold newer vectors. The scan below finds those.
            hits = [(key, cosine) for key, cosine in found if key <= self._covered]
            hits += self._matrix.scan(vector, limit=limit, after=self._covered)
            return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def close(self) -> None:
        """Close Chroma."""
        with self._lock:
            self._close_chroma()

    def _close_chroma(self) -> None:
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None

    def _refresh(self) -> None:
        """Read the vectors that a writer has stored since, and open Chroma again once the writer has finished."""
        if self._catalog.last_vector() != self._matrix.last:
            self._matrix.extend(self._catalog)
        retrying = self.note and self._folder.server and time.monotonic() >= self._retry_at
        if self._generation == self._catalog.property("generation") and not retrying:
            return
        with self._folder.excluding_writers() as excluded:
            if excluded:
                self._reopen()

    def _reopen(self) -> None:
        """Open matrix and Chroma again, and set `note` if Chroma cannot be used."""
        self._close_chroma()
        self._generation = self._catalog.property("generation")
        self._covered = int(self._catalog.property("chroma_upto") or 0)
        self._matrix = Matrix.open(self._folder.matrix, self._dimension)
        self._matrix.extend(self._catalog)
        self.note = None
        stored, _ = self._catalog.vector_state()
        if not stored:
            return
        with contextlib.suppress(ArchiveError):
            place = chroma_place(self._folder, self._catalog.property(COLLECTION_PROPERTY))
            if place is None:
                return self._note_failure()
            chroma = VectorStore(place)
            try:
                held = chroma.count()
                if held == stored and self._covered == self._matrix.last:
                    # Chroma loads its graph with the first query, which should not be a user's question.
                    chroma.query(np.ones(self._dimension, np.float32), limit=1)
                    self._chroma = chroma
                    return
            finally:
                if self._chroma is None:
                    chroma.close()
        self._note_failure()

    def _note_failure(self) -> None:
        """Note that Chroma cannot be used, and when a server may be tried again."""
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if self._folder.server:
            self.note = UNUSABLE_SERVER
        else:
            self.note = SERVER_NOT_NAMED if self._catalog.property(COLLECTION_PROPERTY) else UNUSABLE
