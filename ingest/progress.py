"""Shows the progress of an ingest: bars with rate and remaining time on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from tqdm import tqdm

from assistant.text.counting import counted
from ingest.sources.files import SourceFile

LINE_SECONDS = 10.0
"""Seconds between two plain lines, so that the log of a night's ingest stays readable."""


class Quiet:
    """Shows nothing; the methods receive the events of an ingest."""

    def files(self, files: Sequence[SourceFile]) -> None:
        """Receive the list of files to read."""

    def file(self, file: SourceFile) -> None:
        """Note that reading of a file begins."""

    def articles(self, count: int) -> None:
        """Note that `count` more records were read."""

    def grouping(self, total: int) -> None:
        """Note that `total` articles of an older archive will be compared with each other."""

    def grouped(self, count: int) -> None:
        """Note that `count` more articles were compared."""

    def embedding(self, total: int) -> None:
        """Note that `total` passages are to be embedded, as far as known now."""

    def embedded(self, count: int) -> None:
        """Note that `count` more passages were embedded."""

    def close(self) -> None:
        """Note that the ingest has ended."""


class Terminal(Quiet):
    """Shows bars on a terminal."""

    def __init__(self) -> None:
        self._read: tqdm[NoReturn] = tqdm(unit=" articles", desc="Reading", dynamic_ncols=True)
        self._grouped: tqdm[NoReturn] | None = None
        self._embedded: tqdm[NoReturn] | None = None

    def grouping(self, total: int) -> None:
        """Start the bar for comparing."""
        self._grouped = tqdm(total=total, unit=" articles", desc="Comparing", dynamic_ncols=True)

    def grouped(self, count: int) -> None:
        """Advance the bar for comparing."""
        if self._grouped is not None:
            self._grouped.update(count)

    def file(self, file: SourceFile) -> None:
        """Show the file's name beside the bar."""
        self._read.set_postfix_str(file.source[-40:], refresh=False)

    def articles(self, count: int) -> None:
        """Advance the bar for reading."""
        self._read.update(count)

    def embedding(self, total: int) -> None:
        """Start the bar for embedding, or raise its total, because reading continues meanwhile."""
        if self._embedded is None:
            self._embedded = tqdm(unit=" passages", desc="Embedding", dynamic_ncols=True)
        self._embedded.total = total
        self._embedded.refresh()

    def embedded(self, count: int) -> None:
        """Advance the bar for embedding."""
        if self._embedded is not None:
            self._embedded.update(count)

    def close(self) -> None:
        """Close the bars and leave them visible."""
        for bar in (self._grouped, self._read, self._embedded):
            if bar is not None:
                bar.close()


class Lines(Quiet):
    """Prints a line from time to time, for logs."""

    def __init__(self) -> None:
        self._read = self._embedded = 0
        self._count = self._total = 0
        self._files = self._file = 0
        self._started: float | None = None
        self._shown = time.monotonic()

    def files(self, files: Sequence[SourceFile]) -> None:
        """Store the number of files."""
        self._files = len(files)

    def file(self, file: SourceFile) -> None:
        """Count the file."""
        self._file += 1

    def articles(self, count: int) -> None:
        """Print how much has been read."""
        self._read += count
        self._line(f"read {counted(self._read, 'article')}, file {self._file:,} of {self._files:,}")

    def grouping(self, total: int) -> None:
        """Start counting compared articles."""
        self._count, self._total = 0, total

    def grouped(self, count: int) -> None:
        """Print how many articles have been compared."""
        self._count += count
        done = self._count == self._total
        self._line(f"compared {self._count:,} of {counted(self._total, 'article')}", now=done)

    def embedding(self, total: int) -> None:
        """Update the number of passages to embed; reading adds more."""
        if self._started is None:
            self._started = time.monotonic()
            self._line(f"embedding {counted(total, 'passage')}", now=True)
        self._total = total

    def embedded(self, count: int) -> None:
        """Print how much has been embedded, the rate, and the time left for what has been read so far."""
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
