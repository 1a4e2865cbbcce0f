"""The interface between the command and a suite: the options it gets and the result it returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assistant.errors import BackfileError
from assistant.evidence.reader.reader import Reader
from assistant.settings import Settings
from eval.metrics import Estimate
from eval.runs import QuestionRecord

Metrics = Mapping[str, Estimate]
SystemFigures = Mapping[str, Mapping[str, float]]
"""Each system's figures, by metric."""


@dataclass(frozen=True, kw_only=True)
class SuiteOptions:
    """The command's options that matter to a suite."""

    settings: Settings
    data: Path | None = None
    """Folder of the benchmark data; never None for a suite that needs it."""
    gold: Path | None = None
    """Gold set to use instead of the project's own."""
    archive: Path | None = None
    """Archive that this gold set asks about, if one was named."""
    every: int = 1
    """Ask every Nth question only."""


@dataclass(frozen=True)
class MetricSummary:
    """The metrics of a group of questions."""

    n: int
    """Number of questions."""
    metrics: Metrics

    def to_json(self) -> dict[str, object]:
        """Return the summary as `python -m eval --json` prints it."""
        return {"n": self.n, "metrics": {name: found.to_json() for name, found in self.metrics.items()}}


@dataclass(frozen=True, kw_only=True)
class PublishedComparison:
    """Our figures and those that others have published, side by side."""

    title: str
    """What was measured."""
    ours: SystemFigures
    others: SystemFigures
    source: str
    """Where the others were published."""
    differs: str = ""
    """Why the two are not exactly comparable."""

    def lines(self) -> Iterator[str]:
        """Yield the table as `python -m eval` prints it; a dash marks a missing figure."""
        systems = {**self.ours, **self.others}
        metrics = list(dict.fromkeys(metric for figures in systems.values() for metric in figures))
        widths = [max(len(metric), 5) + 2 for metric in metrics]
        yield f"  {self.title}, compared with {self.source}" + (f"; {self.differs}" if self.differs else "")
        yield f"    {'':44}" + "".join(f"{m:>{w}}" for m, w in zip(metrics, widths, strict=True))
        for system, figures in systems.items():
            cells = (f"{figures[metric]:.3f}" if metric in figures else "–" for metric in metrics)
            yield f"    {system:44}" + "".join(f"{cell:>{w}}" for cell, w in zip(cells, widths, strict=True))

    def to_json(self) -> dict[str, object]:
        """Return the others' figures as `python -m eval --json` prints them; ours are already among the metrics."""
        others = {system: dict(figures) for system, figures in self.others.items()}
        return {
            "title": self.title,
            "others": others,
            "source": self.source,
            "differs": self.differs,
        }


@dataclass(frozen=True)
class SuiteResult:
    """The result of a suite: its metrics over all questions and over groups of them."""

    overall: MetricSummary
    parts: Mapping[str, MetricSummary] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What a reader of the figures must know."""
    published: tuple[PublishedComparison, ...] = ()
    records: tuple[QuestionRecord, ...] = ()
    """What is saved about each question; empty for a suite that saves nothing."""
    data: str | None = None
    """Digest of the questions, if the suite can have floors and asked them all; else None."""

    def to_json(self, suite: str) -> dict[str, object]:
        """Return the line that `python -m eval --json` prints for a suite."""
        parts = {name: part.to_json() for name, part in self.parts.items()}
        return {
            "suite": suite,
            **self.overall.to_json(),
            "parts": parts,
            "notes": list(self.notes),
            "published": [each.to_json() for each in self.published],
        }

    def footer_lines(self) -> Iterator[str]:
        """Yield the notes and the published figures, which `python -m eval` prints below the table."""
        for note in self.notes:
            yield f"  {note}"
        for each in self.published:
            yield from each.lines()


class Suite(Protocol):
    """A module with these names is a suite."""

    @property
    def NEEDS_DATA(self) -> bool:  # noqa: N802
        """Whether it reads a public data set from the --data folder."""
        ...

    @property
    def HEADLINES(self) -> tuple[str, ...]:  # noqa: N802
        """The metrics shown in the table of its parts."""
        ...

    def measure(self, options: SuiteOptions, /) -> SuiteResult:
        """Ask the suite's questions and measure the answers."""
        ...


def mean_scores(scores: Iterable[Mapping[str, float]]) -> dict[str, Estimate]:
    """Return the mean of each metric over the questions that have it."""
    values: dict[str, list[float]] = {}
    for some in scores:
        for name, value in some.items():
            values.setdefault(name, []).append(value)
    return {name: Estimate.of(found) for name, found in values.items()}


def require_data_folder(options: SuiteOptions, suite: str) -> Path:
    """Return the --data folder.

    Raises:
        BackfileError: the option was not given.
    """
    if options.data is None:
        raise BackfileError(f"{suite} reads a public data set: give the folder that holds it with --data")
    return options.data


def require_reader() -> Reader:
    """Return the installed reader.

    Raises:
        BackfileError: its weights are not installed.
    """
    reader = Reader.open()
    if reader is None:
        raise BackfileError("the reader's weights are not installed: make them with `python -m training`")
    return reader
