"""How long an archive takes to search, and whether its dense search misses anything.

Questions of RealTimeQA are asked of the retriever as it comes, each embedded, with the day it was asked. Processor time
is told beside the time that passes: other work on the machine changes it less.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Filters
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import Keys
from assistant.models.encoder import TextEncoder
from assistant.question.timeframe import find
from assistant.retrieval.retriever import CANDIDATES, Retriever
from eval.suites.realtimeqa import Question

WARM_UP = 5
"""Questions asked before any is timed."""

CUTS = (10, 100, CANDIDATES)
"""How many of the nearest are looked for where recall is told."""

MONTH = timedelta(30)

SMALL = 0.01
"""Share of all articles that the outlet searched alone has at least; it is the smallest of these."""

SAME = 1e-4
"""Cosines nearer to each other are of vectors equally near: they are stored in half precision."""

WORDS = ("frequencies", "lexical", "holding")
"""What of the catalog asks the full-text index."""


@dataclass(frozen=True)
class Times:
    """Seconds that each question took."""

    passed: NDArray[np.float64]
    processor: NDArray[np.float64]


class Stopwatch:
    """Adds up the time of parts, question by question."""

    def __init__(self) -> None:
        self._questions: list[dict[str, tuple[float, float]]] = []

    @contextmanager
    def question(self) -> Iterator[None]:
        """Time a question, and its parts apart from here on."""
        self._questions.append({})
        with self.part("all"):
            yield

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part of a question."""
        passed, processor = time.perf_counter(), time.process_time()
        yield
        before = self._questions[-1].get(name, (0.0, 0.0))
        self._questions[-1][name] = (
            before[0] + time.perf_counter() - passed,
            before[1] + time.process_time() - processor,
        )

    def times(self, *, after: int) -> dict[str, Times]:
        """Return the times of all questions after the first few, of their parts, and of what these leave."""
        questions = self._questions[after:]
        names = list(dict.fromkeys(name for question in questions for name in question))
        table = {name: np.array([q.get(name, (0.0, 0.0)) for q in questions]).T for name in names}
        table["rest"] = 2 * table["all"] - sum(table.values())
        return {name: Times(*rows) for name, rows in table.items()}


class Watched:
    """Passes every call on to a part of the retriever, and has it timed."""

    def __init__(self, part: object, clock: Stopwatch, name: Callable[[str], str]) -> None:
        """`name` says what a method's time is counted as."""
        self._part = part
        self._clock = clock
        self._name = name

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._part, method)
        if not callable(found):
            return found

        def timed(*arguments: Any, **named: Any) -> Any:
            with self._clock.part(self._name(method)):
                return found(*arguments, **named)

        return timed


class Scale:
    """An archive that is searched and watched."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._dense = dense
        self._encoder = encoder

    def kinds(self) -> dict[str, Callable[[Question], Filters]]:
        """Return the kinds of filters that questions are asked under, by what they are called."""
        outlets = self._catalog.coverage(ingesting=False).outlets
        named = [(number, outlet) for outlet, number in outlets if outlet]
        articles = sum(number for _, number in outlets)
        found: dict[str, Callable[[Question], Filters]] = {
            "everything": lambda question: Filters(),
            "the month before": lambda question: Filters(since=question.asked - MONTH, until=question.asked),
        }
        if named:
            _, small = min(each for each in named if each[0] >= SMALL * articles)
            found[small] = lambda question: Filters(outlets=(small,))
        return found

    def ask(self, questions: Sequence[Question], filters: Callable[[Question], Filters]) -> dict[str, Times]:
        """Ask the questions and return what each part took."""
        clock = Stopwatch()
        retriever = Retriever(
            cast(Catalog, Watched(self._catalog, clock, lambda of: "words" if of in WORDS else "catalog")),
            cast(DenseIndex, Watched(self._dense, clock, lambda of: "dense")),
            cast(TextEncoder, Watched(self._encoder, clock, lambda of: "embedding")),
        )
        warming = questions[:WARM_UP]
        for question in [*warming, *questions]:
            with clock.question():
                frame = find(question.text, question.asked)
                retriever.retrieve(question.text, filters(question), as_of=question.asked, frame=frame)
        return clock.times(after=len(warming))

    def recall(self, questions: Sequence[Question], among: Sequence[Keys | None]) -> dict[int, float]:
        """Return what share of the nearest passages the dense search finds, for each question within its own."""
        vectors = self._encoder.encode_queries([question.text for question in questions])
        nearest = exact(self._catalog, vectors, among)
        shares: dict[int, list[float]] = {k: [] for k in CUTS}
        for vector, some, best in zip(vectors, among, nearest, strict=True):
            found = np.array(
                [cosine for _, cosine in self._dense.search(vector, limit=max(CUTS), among=some)]
            )
            for k in CUTS:
                if len(best) >= k:
                    shares[k].append(float(np.mean(found[:k] >= best[k - 1] - SAME)))
        return {k: float(np.mean(some)) for k, some in shares.items() if some}

    def among(self, filters: Filters) -> Keys | None:
        """Return the passages that the filters leave, or None for all."""
        return self._catalog.selected(filters)[0] if filters else None


def exact(
    catalog: Catalog, vectors: NDArray[np.float32], among: Sequence[Keys | None]
) -> list[NDArray[np.float32]]:
    """Return for each vector the cosines of the nearest passages within its own, nearest first, by reading all."""
    best = np.full((len(vectors), max(CUTS)), -np.inf, np.float32)
    for keys, rows in catalog.stored_vectors():
        cosines = vectors @ rows.astype(np.float32).T
        for row, some in zip(cosines, among, strict=True):
            if some is not None:
                row[~np.isin(keys, some, assume_unique=True)] = -np.inf
        both = np.hstack([best, cosines])
        best = -np.partition(-both, max(CUTS), axis=1)[:, : max(CUTS)]
    return [np.sort(row[np.isfinite(row)])[::-1] for row in best]


def measure(folder: ArchiveFolder, encoder: TextEncoder, questions: Sequence[Question]) -> Iterator[str]:
    """Yield what is measured of an archive, line by line."""
    with (
        closing(Catalog.open(folder.catalog)) as catalog,
        closing(DenseIndex(folder, catalog, encoder.dimension)) as dense,
    ):
        scale = Scale(catalog, dense, encoder)
        yield _described(folder, catalog)
        kinds = scale.kinds()
        for name, filters in kinds.items():
            yield from _table(name, scale.ask(questions, filters))
        if dense.note:
            yield dense.note
        yield f"peak memory of this process {_peak() / 1e6:,.0f} MB"
        yield f"share found of the {', '.join(map(str, CUTS))} nearest passages"
        for name, filters in kinds.items():
            among = [scale.among(filters(question)) for question in questions]
            yield _recall(name, among, scale.recall(questions, among))


def _described(folder: ArchiveFolder, catalog: Catalog) -> str:
    stores = {"catalog": [folder.catalog], "Chroma": _files(folder.chroma), "matrix": _files(folder.matrix)}
    sizes = (f"{name} {sum(f.stat().st_size for f in files) / 1e6:,.0f} MB" for name, files in stores.items())
    covered = catalog.coverage(ingesting=False)
    return f"{covered.passages:,} passages of {covered.articles:,} articles: {', '.join(sizes)}"


def _peak() -> int:
    """Bytes that this process held at most; Linux counts in kibibytes, others in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * 1024 if sys.platform == "linux" else peak


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _table(name: str, times: Mapping[str, Times]) -> Iterator[str]:
    yield f"{name + ', ms':28}    p50    p95   processor p50    p95"
    for part, took in times.items():
        cells = (np.percentile(seconds, (50, 95)) * 1000 for seconds in (took.passed, took.processor))
        (p50, p95), (c50, c95) = cells
        yield f"  {part:26} {p50:6.1f} {p95:6.1f}          {c50:6.1f} {c95:6.1f}"


def _recall(name: str, among: Sequence[Keys | None], found: Mapping[int, float]) -> str:
    sizes = [len(some) for some in among if some is not None]
    among_some = f" (of {np.median(sizes):,.0f} passages in the median)" if sizes else ""
    return f"  {name}{among_some}: " + ", ".join(f"@{k} {share:.3f}" for k, share in found.items())
