"""Dense search: Chroma for what it covers, an exact scan of the stored vectors for everything else.

A reader keeps the Chroma it opened, because two processes on one Chroma do not see each other's rows. What is
newer, it scans exactly; once the writer is done it opens Chroma again. On a server Chroma would show new rows at once,
but not always all of them: it is read in the same way.
"""

import contextlib
import shutil
import time
import warnings
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.archive.catalog import Catalog
from assistant.archive.chroma import NAME, VectorStore, chroma_place
from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveError

Keys = NDArray[np.int64]
Hits = list[tuple[int, float]]
"""Passage keys with their cosine similarity to the question, best first."""

GATHERED = 5_000
GATHERED_SHARE = 1 / 20
"""Selected rows, or share of all, up to which picking them out beats scanning all. Of 1,000,016 rows, picking 13,079
took 13 ms and scanning all 43; with 293,390, 244 and 49."""

RESCORED = 4
"""Candidates per wanted row whose dot product is computed again in single precision."""

UNUSABLE = (
    "Chroma does not hold the vectors of the catalog; an exact scan answers instead, which is slower. "
    "`python -m ingest --rebuild` makes Chroma again"
)
UNUSABLE_SERVER = (
    "The Chroma server does not answer, or does not hold the vectors of the catalog; an exact scan answers instead, "
    "which is slower. See that the server runs; the next ingest brings it up to date"
)
SERVER_NOT_NAMED = (
    "The vectors are on a Chroma server that BACKFILE_CHROMA_URL does not name; an exact scan answers instead, which "
    "is slower"
)

RETRY_SECONDS = 60.0
"""How long a server that failed is left alone."""


class Matrix:
    """Stored vectors as a memory-mapped file, ascending by key, with a tail in memory for the newest."""

    def __init__(self, keys: Keys, rows: NDArray[np.float16]) -> None:
        self._parts = [(keys, rows)]

    @classmethod
    def open(cls, folder: Path, dimension: int) -> "Matrix":
        """Map the newest matrix in `folder` whose rows have this dimension, or start an empty one."""
        for generation in sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name), reverse=True):
            try:
                rows = np.load(generation / "vectors.npy", mmap_mode="r")
                if rows.shape[1] == dimension:
                    return cls(np.load(generation / "keys.npy"), rows)
            except (OSError, ValueError, EOFError):
                continue
        return cls(np.zeros(0, np.int64), np.zeros((0, dimension), np.float16))

    @staticmethod
    def write(folder: Path, catalog: Catalog) -> None:
        """Write the matrix of all stored vectors; readers of an older one keep it until they open anew.

        Raises:
            ArchiveError: there is no room for it.
        """
        older = [path for path in folder.glob("*") if path.is_dir()]
        generation = 1 + max((int(path.name) for path in older if path.name.isdigit()), default=0)
        unfinished = folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(parents=True)
            if not Matrix._write(unfinished, catalog):
                return
            unfinished.replace(folder / str(generation))
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ArchiveError(
                f"no room to write to {folder} ({error.strerror or error}): free some disk space and run the "
                "same command again; what was committed before is safe"
            ) from error
        for path in older:
            # Where another system forbids to delete what is mapped, the next writing deletes it.
            shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def discard(folder: Path) -> None:
        """Delete the matrix; it can be written again from the catalog."""
        shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _write(folder: Path, catalog: Catalog) -> bool:
        """Write keys and vectors into `folder`; False where there are none."""
        count, _ = catalog.vector_state()
        if not count:
            return False
        keys: list[Keys] = []
        with (folder / "vectors.npy").open("wb") as file:
            for some, vectors in catalog.stored_vectors():
                if not keys:
                    shape = {"descr": "<f2", "fortran_order": False, "shape": (count, vectors.shape[1])}
                    np.lib.format.write_array_header_1_0(file, shape)
                keys.append(some)
                file.write(vectors.tobytes())
        np.save(folder / "keys.npy", np.concatenate(keys))
        return True

    @property
    def last(self) -> int:
        """The highest key."""
        return max((int(keys[-1]) for keys, _ in self._parts if len(keys)), default=0)

    def extend(self, catalog: Catalog) -> None:
        """Read the vectors that were stored since."""
        parts = list(catalog.stored_vectors(after=self.last))
        if parts:
            if len(self._parts) == 2:
                parts.insert(0, self._parts.pop())
            self._parts.append((np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])))

    def scan(
        self, vector: NDArray[np.float32], *, limit: int, after: int = 0, among: Keys | None = None
    ) -> Hits:
        """Return the `limit` rows nearest to `vector`, of those with keys above `after` and in `among`."""
        found_keys, found_scores = [], []
        for keys, rows in self._parts:
            first = int(np.searchsorted(keys, after, side="right"))
            if among is not None:
                places = np.searchsorted(keys, among)
                inside = places < len(keys)
                places = places[inside][keys[places[inside]] == among[inside]]
                places = places[places >= first]
            else:
                places = np.arange(first, len(keys))
            if len(places) > max(GATHERED, GATHERED_SHARE * len(keys)):
                rough = _scores(rows, vector, first)[places - first]
                places = places[np.argpartition(-rough, RESCORED * limit)[: RESCORED * limit]]
            found_keys.append(keys[places])
            found_scores.append(rows[places].astype(np.float32) @ vector)
        every, scores = np.concatenate(found_keys), np.concatenate(found_scores)
        order = np.lexsort((every, -scores))[:limit]
        return [(int(every[i]), float(scores[i])) for i in order]


class DenseIndex:
    """Finds the passages whose vectors are nearest to a question's."""

    def __init__(self, folder: ArchiveFolder, catalog: Catalog, dimension: int) -> None:
        self._folder = folder
        self._catalog = catalog
        self._dimension = dimension
        self._lock = Lock()
        self._chroma: VectorStore | None = None
        self._covered = 0
        self._generation: str | None = None
        self._matrix = Matrix.open(folder.matrix, dimension)
        self._retry = 0.0
        self.note: str | None = None
        """What is wrong with the derived stores, if anything; answers stay right without them, only slower."""

    def search(self, vector: NDArray[np.float32], *, limit: int, among: Keys | None = None) -> Hits:
        """Return the passages nearest to `vector` with their cosine; within `among` (ascending) if given."""
        with self._lock:
            self._refresh()
            if among is not None or self._chroma is None:
                return self._matrix.scan(vector, limit=limit, among=among)
            try:
                named = self._chroma.query(vector, limit=limit)
            except ArchiveError:
                # A rebuild takes its files away, a disk or a server fails: the matrix holds the same vectors.
                self._chroma.close()
                self._chroma = None
                self._do_without()
                return self._matrix.scan(vector, limit=limit)
            keys = self._catalog.keys([name for name, _ in named])
            found = ((keys[name], cosine) for name, cosine in named if name in keys)
            # A server may hold newer ones already, and the scan has those.
            hits = [(key, cosine) for key, cosine in found if key <= self._covered]
            hits += self._matrix.scan(vector, limit=limit, after=self._covered)
            return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def close(self) -> None:
        """Let go of Chroma."""
        with self._lock:
            if self._chroma is not None:
                self._chroma.close()
                self._chroma = None

    def _refresh(self) -> None:
        """Take in what a writer has stored since, and open its Chroma once it is done."""
        if self._catalog.last_vector() != self._matrix.last:
            self._matrix.extend(self._catalog)
        retrying = self.note and self._folder.server and time.monotonic() >= self._retry
        if self._generation == self._catalog.property("generation") and not retrying:
            return
        with self._folder.quiet() as quiet:
            if quiet:
                self._reopen()

    def _reopen(self) -> None:
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None
        self._generation = self._catalog.property("generation")
        self._covered = int(self._catalog.property("chroma_upto") or 0)
        self._matrix = Matrix.open(self._folder.matrix, self._dimension)
        self._matrix.extend(self._catalog)
        self.note = None
        stored, _ = self._catalog.vector_state()
        if not stored:
            return
        with contextlib.suppress(ArchiveError):
            place = chroma_place(self._folder, self._catalog.property(NAME))
            if place is None:
                return self._do_without()
            chroma = VectorStore(place)
            try:
                held = chroma.count()
                if held == stored and self._covered == self._matrix.last:
                    # Chroma loads its graph with the first question: let that not be the user's.
                    chroma.query(np.ones(self._dimension, np.float32), limit=1)
                    self._chroma = chroma
                    return
            finally:
                if self._chroma is None:
                    chroma.close()
        self._do_without()

    def _do_without(self) -> None:
        """Say what is wrong, and leave a server alone for a while."""
        self._retry = time.monotonic() + RETRY_SECONDS
        if self._folder.server:
            self.note = UNUSABLE_SERVER
        else:
            self.note = SERVER_NOT_NAMED if self._catalog.property(NAME) else UNUSABLE


def _scores(rows: NDArray[np.float16], vector: NDArray[np.float32], first: int) -> NDArray[np.float32]:
    """Return the dot products of `vector` and the rows from `first` on, to three digits.

    torch multiplies half precision as it is: 16 ms for 113,000 rows, where numpy, which has to convert them,
    takes 135.
    """
    with warnings.catch_warnings():
        # torch warns that it could write to the map, which is read-only; nothing here writes.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        block = torch.from_numpy(rows[first:])
    products: NDArray[np.float32] = (block @ torch.from_numpy(vector).half()).float().numpy()
    return products
