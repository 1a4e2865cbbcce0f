"""The vector matrix: every stored vector in one memory-mapped file, compared one by one with a question's."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.archive.catalog import Catalog
from assistant.errors import ArchiveError

Keys = NDArray[np.int64]
"""Passage keys: shape (n,)."""

Hits = list[tuple[int, float]]
"""Passage keys with their cosine similarity to the question, best first."""

GATHERED = 5_000
GATHERED_SHARE = 1 / 20
"""Selected rows, or share of all rows, up to which copying them is faster than scanning all. Of 1,000,016 rows,
copying 13,079 took 13 ms and scanning all 43 ms; copying 293,390 took 244 ms and scanning all 49 ms."""

RESCORED = 4
"""Candidates per wanted row whose dot product is computed again in single precision."""


class Matrix:
    """All stored vectors, ascending by key: most in a memory-mapped file, the newest in memory."""

    def __init__(self, keys: Keys, rows: NDArray[np.float16]) -> None:
        """Hold the vectors of passages, one a row: shapes (n,) and (n, dimension)."""
        self._parts = [(keys, rows)]

    @classmethod
    def open(cls, folder: Path, dimension: int) -> "Matrix":
        """Map the newest readable matrix in `folder` that has this dimension, or start an empty one."""
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
        """Write the matrix of all stored vectors. Readers of an older one keep it until they open the new one.

        Raises:
            ArchiveError: the matrix cannot be written, for example because the disk is full.
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
            # Windows does not delete a file that is mapped; the next call deletes it.
            shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def discard(folder: Path) -> None:
        """Delete the matrix; it can be written again from the catalog."""
        shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _write(folder: Path, catalog: Catalog) -> bool:
        """Write keys and vectors into `folder`. Returns False if there are none."""
        count, _ = catalog.vector_state()
        if not count:
            return False
        keys: list[Keys] = []
        with (folder / "vectors.npy").open("wb") as file:
            for batch, vectors in catalog.stored_vectors():
                if not keys:
                    shape = {"descr": "<f2", "fortran_order": False, "shape": (count, vectors.shape[1])}
                    np.lib.format.write_array_header_1_0(file, shape)
                keys.append(batch)
                file.write(vectors.tobytes())
        np.save(folder / "keys.npy", np.concatenate(keys))
        return True

    @property
    def last(self) -> int:
        """The highest key, or 0."""
        return max((int(keys[-1]) for keys, _ in self._parts if len(keys)), default=0)

    def extend(self, catalog: Catalog) -> None:
        """Add the vectors that were stored since the matrix was opened or last extended."""
        parts = list(catalog.stored_vectors(after=self.last))
        if parts:
            if len(self._parts) == 2:
                parts.insert(0, self._parts.pop())
            self._parts.append((np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])))

    def scan(
        self, vector: NDArray[np.float32], *, limit: int, after: int = 0, among: Keys | None = None
    ) -> Hits:
        """Return the `limit` rows nearest to `vector` with their cosine, best first.

        Only rows with keys above `after` are compared and, if `among` is given, only those with keys in it.
        `among` is ascending.
        """
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


def _scores(rows: NDArray[np.float16], vector: NDArray[np.float32], first: int) -> NDArray[np.float32]:
    """Return the dot products of `vector` and the rows from `first` on, to three digits.

    torch multiplies half precision directly: 16 ms for 113,000 rows. numpy converts the rows first and takes 135 ms.
    """
    with warnings.catch_warnings():
        # torch warns that it could write to the map, which is read-only. Nothing here writes.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        block = torch.from_numpy(rows[first:])
    products: NDArray[np.float32] = (block @ torch.from_numpy(vector).half()).float().numpy()
    return products
