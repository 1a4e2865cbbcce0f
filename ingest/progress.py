"""Shows how an ingest goes on: bars with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from tqdm import tqdm

from assistant.text.counting import counted
from ingest.sources.files import SourceFile

LINE_SECONDS = 10.0
"""Time between two plain lines: a log of a night's ingest stays readable."""


class Quiet:
    """Shows nothing."""

    def files(self, files: Sequence[SourceFile]) -> None:
        """These files will be read."""

    def file(self, file: SourceFile) -> None:
        """A file is being read."""

    def articles(self, count: int) -> None:
        """So many more records have been read."""

    def grouping(self, total: int) -> None:
        """So many articles of an older archive are to be compared with each other."""

    def grouped(self, count: int) -> None:
        """So many more have been compared."""

    def embedding(self, total: int) -> None:
        """So many passages are to be embedded in all, as far as is known now."""

    def embedded(self, count: int) -> None:
        """So many more passages have their vectors."""

    def close(self) -> None:
        """The ingest has ended."""


class Terminal(Quiet):
    """Bars on a terminal."""

    def __init__(self) -> None:
        self._read: tqdm[NoReturn] = tqdm(unit=" articles", desc="Reading", dynamic_ncols=True)
        self._grouped: tqdm[NoReturn] | None = None
        self._embedded: tqdm[NoReturn] | None = None

    def grouping(self, total: int) -> None:
        """Begin a bar of its own."""
        self._grouped = tqdm(total=total, unit=" articles", desc="Comparing", dynamic_ncols=True)

    def grouped(self, count: int) -> None:
        """Move that bar."""
        if self._grouped is not None:
            self._grouped.update(count)

    def file(self, file: SourceFile) -> None:
        """Name the file beside the bar."""
        self._read.set_postfix_str(file.source[-40:], refresh=False)

    def articles(self, count: int) -> None:
        """Move the bar."""
        self._read.update(count)

    def embedding(self, total: int) -> None:
        """Begin the second bar, or make it longer: there is more to read meanwhile."""
        if self._embedded is None:
            self._embedded = tqdm(unit=" passages", desc="Embedding", dynamic_ncols=True)
        self._embedded.total = total
        self._embedded.refresh()

    def embedded(self, count: int) -> None:
        """Move the second bar."""
        if self._embedded is not None:
            self._embedded.update(count)

    def close(self) -> None:
        """Leave the bars as they stand."""
        for bar in (self._grouped, self._read, self._embedded):
            if bar is not None:
                bar.close()


class Lines(Quiet):
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self._read = self._embedded = 0
        self._count = self._total = 0
        self._files = self._file = 0
        self._started: float | None = None
        self._shown = time.monotonic()

    def files(self, files: Sequence[SourceFile]) -> None:
        """Remember how many there are."""
        self._files = len(files)

    def file(self, file: SourceFile) -> None:
        """Count the file."""
        self._file += 1

    def articles(self, count: int) -> None:
        """Say how far the reading is."""
        self._read += count
        self._line(f"read {counted(self._read, 'article')}, file {self._file:,} of {self._files:,}")

    def grouping(self, total: int) -> None:
        """Begin to count articles."""
        self._count, self._total = 0, total

    def grouped(self, count: int) -> None:
        """Say how far the comparing is."""
        self._count += count
        done = self._count == self._total
        self._line(f"compared {self._count:,} of {counted(self._total, 'article')}", now=done)

    def embedding(self, total: int) -> None:
        """Count passages, of which reading brings more."""
        if self._started is None:
            self._started = time.monotonic()
            self._line(f"embedding {counted(total, 'passage')}", now=True)
        self._total = total

    def embedded(self, count: int) -> None:
        """Say how far the embedding is, how fast, and how long it will take for what has been read."""
        self._embedded += count
        rate = self._embedded / max(time.monotonic() - (self._started or 0.0), 1e-9)
        left = (self._total - self._embedded) / rate
        self._line(
            f"embedded {self._embedded:,} of {counted(self._total, 'passage')} read so far, {rate:.1f} a second, "
            f"{tqdm.format_interval(left)} left for these",
            now=self._embedded == self._total,
        )

    def _line(self, line: str, *, now: bool = False) -> None:
        if now or time.monotonic() - self._shown >= LINE_SECONDS:
            self._shown = time.monotonic()
            print(line, file=sys.stderr, flush=True)
