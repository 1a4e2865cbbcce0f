"""Measure how long an archive takes to search, and how many of the nearest passages its dense search misses.

Questions of RealTimeQA, with the day they were asked, go to the default retriever, embedding included. Processor time
is printed beside elapsed time, because other work on the machine affects it less.
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

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import Keys
from assistant.models.encoder import TextEncoder
from assistant.query import Filters
from assistant.question.timeframe import find_time_frame
from assistant.retrieval.retriever import CANDIDATES, Retriever
from eval.suites.realtimeqa import QuizQuestion

WARM_UP = 5
"""Questions asked before timing starts."""

CUTS = (10, 100, CANDIDATES)
"""Numbers of nearest passages for which recall is reported."""

MONTH = timedelta(30)

SMALL_OUTLET = 0.01
"""The single outlet searched is the smallest with at least this share of all articles."""

SAME_COSINE = 1e-4
"""Cosines that differ by less count as equal, because vectors are stored in half precision."""

FULL_TEXT_METHODS = tuple(
    method.__name__ for method in (Catalog.frequencies, Catalog.lexical, Catalog.holding)
)
"""Methods of the catalog that query the full-text index."""


@dataclass(frozen=True)
class Times:
    """Seconds that each question took."""

    passed: NDArray[np.float64]
    processor: NDArray[np.float64]


class Stopwatch:
    """Adds up the time of steps, question by question."""

    def __init__(self) -> None:
        self._questions: list[dict[str, tuple[float, float]]] = []

    @contextmanager
    def question(self) -> Iterator[None]:
        """Time a question, and its steps separately."""
        self._questions.append({})
        with self.step("all"):
            yield

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step of a question."""
        passed, processor = time.perf_counter(), time.process_time()
        yield
        before = self._questions[-1].get(name, (0.0, 0.0))
        self._questions[-1][name] = (
            before[0] + time.perf_counter() - passed,
            before[1] + time.process_time() - processor,
        )

    def times(self, *, after: int) -> dict[str, Times]:
        """Return the times of all questions after the first few: total, each step, and the remainder."""
        questions = self._questions[after:]
        names = list(dict.fromkeys(name for question in questions for name in question))
        table = {name: np.array([q.get(name, (0.0, 0.0)) for q in questions]).T for name in names}
        table["rest"] = 2 * table["all"] - sum(table.values())
        return {name: Times(*rows) for name, rows in table.items()}


class TimedProxy:
    """Forwards every call to a component of the retriever, and times it."""

    def __init__(self, part: object, clock: Stopwatch, name: Callable[[str], str]) -> None:
        """`name` gives the step that a method's time counts for."""
        self._part = part
        self._clock = clock
        self._name = name

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._part, method)
        if not callable(found):
            return found

        def timed(*arguments: Any, **named: Any) -> Any:
            with self._clock.step(self._name(method)):
                return found(*arguments, **named)

        return timed


class SearchBenchmark:
    """Times and checks the search of one archive."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._dense = dense
        self._encoder = encoder

    def filters_by_name(self) -> dict[str, Callable[[QuizQuestion], Filters]]:
        """Return the filters that questions are asked with, by name."""
        outlets = self._catalog.coverage(ingesting=False).outlets
        named = [(number, outlet) for outlet, number in outlets if outlet]
        articles = sum(number for _, number in outlets)
        found: dict[str, Callable[[QuizQuestion], Filters]] = {
            "everything": lambda question: Filters(),
            "the month before": lambda question: Filters(since=question.asked - MONTH, until=question.asked),
        }
        if named:
            _, small = min(each for each in named if each[0] >= SMALL_OUTLET * articles)
            found[small] = lambda question: Filters(outlets=(small,))
        return found

    def ask(
        self, questions: Sequence[QuizQuestion], filters: Callable[[QuizQuestion], Filters]
    ) -> dict[str, Times]:
        """Ask the questions and return the times of each step."""
        clock = Stopwatch()
        retriever = Retriever(
            cast(
                Catalog,
                TimedProxy(
                    self._catalog, clock, lambda of: "words" if of in FULL_TEXT_METHODS else "catalog"
                ),
            ),
            cast(DenseIndex, TimedProxy(self._dense, clock, lambda of: "dense")),
            cast(TextEncoder, TimedProxy(self._encoder, clock, lambda of: "embedding")),
        )
        warming = questions[:WARM_UP]
        for question in [*warming, *questions]:
            with clock.question():
                frame = find_time_frame(question.text, question.asked)
                retriever.retrieve(question.text, filters(question), as_of=question.asked, frame=frame)
        return clock.times(after=len(warming))

    def recall(self, questions: Sequence[QuizQuestion], among: Sequence[Keys | None]) -> dict[int, float]:
        """Return the share of the nearest passages that the dense search finds.

        `among` gives the passages allowed for each question; None allows all.
        """
        vectors = self._encoder.encode_queries([question.text for question in questions])
        nearest = exact(self._catalog, vectors, among)
        shares: dict[int, list[float]] = {k: [] for k in CUTS}
        for vector, some, best in zip(vectors, among, nearest, strict=True):
            found = np.array(
                [cosine for _, cosine in self._dense.search(vector, limit=max(CUTS), among=some)]
            )
            for k in CUTS:
                if len(best) >= k:
                    shares[k].append(float(np.mean(found[:k] >= best[k - 1] - SAME_COSINE)))
        return {k: float(np.mean(some)) for k, some in shares.items() if some}

    def among(self, filters: Filters) -> Keys | None:
        """Return the passages that pass the filters, or None for all."""
        return self._catalog.selected(filters)[0] if filters else None


def exact(
    catalog: Catalog, vectors: NDArray[np.float32], among: Sequence[Keys | None]
) -> list[NDArray[np.float32]]:
    """Return for each vector the cosines of its nearest allowed passages, nearest first, by reading all vectors."""
    best = np.full((len(vectors), max(CUTS)), -np.inf, np.float32)
    for keys, rows in catalog.stored_vectors():
        cosines = vectors @ rows.astype(np.float32).T
        for row, some in zip(cosines, among, strict=True):
            if some is not None:
                row[~np.isin(keys, some, assume_unique=True)] = -np.inf
        both = np.hstack([best, cosines])
        best = -np.partition(-both, max(CUTS), axis=1)[:, : max(CUTS)]
    return [np.sort(row[np.isfinite(row)])[::-1] for row in best]


def measure(folder: ArchiveFolder, encoder: TextEncoder, questions: Sequence[QuizQuestion]) -> Iterator[str]:
    """Yield the results of measuring an archive, line by line."""
    with (
        closing(Catalog.open(folder.catalog)) as catalog,
        closing(DenseIndex(folder, catalog, encoder.dimension)) as dense,
    ):
        benchmark = SearchBenchmark(catalog, dense, encoder)
        yield _described(folder, catalog)
        filters_by_name = benchmark.filters_by_name()
        for name, filters in filters_by_name.items():
            yield from _table(name, benchmark.ask(questions, filters))
        if dense.note:
            yield dense.note
        yield f"peak memory of this process {_peak() / 1e6:,.0f} MB"
        yield f"share found of the {', '.join(map(str, CUTS))} nearest passages"
        for name, filters in filters_by_name.items():
            among = [benchmark.among(filters(question)) for question in questions]
            yield _recall(name, among, benchmark.recall(questions, among))


def _described(folder: ArchiveFolder, catalog: Catalog) -> str:
    stores = {"catalog": [folder.catalog], "Chroma": _files(folder.chroma), "matrix": _files(folder.matrix)}
    sizes = (f"{name} {sum(f.stat().st_size for f in files) / 1e6:,.0f} MB" for name, files in stores.items())
    covered = catalog.coverage(ingesting=False)
    return f"{covered.passages:,} passages of {covered.articles:,} articles: {', '.join(sizes)}"


def _peak() -> int:
    """Return this process's peak memory in bytes; Linux reports kibibytes, other systems bytes."""
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
