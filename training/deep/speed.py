"""How long the deep reader takes to read candidates, by their number, their length and the precision."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from assistant.evidence.reader.deep import DeepSpanModel
from assistant.evidence.reader.windows import CLS, SEP, Window
from training.deep.reading import PRECISIONS, opened

LENGTHS = (96, 128, 160, 224)
"""Tokens of a candidate."""

COUNTS = (4, 8, 12)
"""Candidates that are read together."""

REPEATED = 3


def speed(weights: Path) -> Iterator[str]:
    """Yield the lines of a table: seconds of processor time of all threads, and on the clock, both medians.

    On a machine with other work the time on the clock says little.
    """
    yield "| precision | loaded in, s | candidates | tokens | processor, s | clock, s |"
    yield "|---|--:|--:|--:|--:|--:|"
    for precision in PRECISIONS:
        begun = time.perf_counter()
        model = opened(weights, None, precision)
        loaded = time.perf_counter() - begun
        for count in COUNTS:
            for length in LENGTHS:
                used, passed = _timed(model, [_window(length) for _ in range(count)])
                yield f"| {precision} | {loaded:.2f} | {count} | {length} | {used:.3f} | {passed:.3f} |"


def _timed(model: DeepSpanModel, some: list[Window]) -> tuple[float, float]:
    used, passed = [], []
    for _ in range(REPEATED):
        before, begun = time.process_time(), time.perf_counter()
        model.score(some)
        used.append(time.process_time() - before)
        passed.append(time.perf_counter() - begun)
    return median(used), median(passed)


def _window(length: int) -> Window:
    words = [random.randrange(2_000, 29_000) for _ in range(length - 2)]
    return Window([CLS, *words, SEP], 1, 1, [])
