"""What a suite is to the command: a module that measures, and what it gives back."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from assistant.errors import BackfileError
from assistant.evidence.reader.reader import Reader
from assistant.settings import Settings
from eval.metrics import Estimate
from eval.runs import Record


class NoData(BackfileError):
    """The folder of --data does not hold what a suite reads."""


Metrics = Mapping[str, Estimate]
Figures = Mapping[str, Mapping[str, float]]
"""Of each system, its figures by their metric."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command was asked for."""

    settings: Settings
    data: Path | None = None
    """Folder of the benchmark data; never None for a suite that needs it."""
    gold: Path | None = None
    """Gold set in place of the one that comes with the project."""
    archive: Path | None = None
    """Archive that this gold set is about, if it is named."""
    every: int = 1
    """Ask every so-manieth question only."""


@dataclass(frozen=True)
class Part:
    """The measures of some questions."""

    n: int
    """How many questions."""
    metrics: Metrics

    def to_json(self) -> dict[str, Any]:
        """The part as `python -m eval --json` prints it."""
        return {"n": self.n, "metrics": {name: found.to_json() for name, found in self.metrics.items()}}


@dataclass(frozen=True, kw_only=True)
class Published:
    """Figures of ours, and those that others have published, side by side."""

    title: str
    """What was measured."""
    ours: Figures
    others: Figures
    source: str
    """Where the others are published."""
    differs: str = ""
    """Why they are not quite the same measure."""

    def lines(self) -> Iterator[str]:
        """The table as `python -m eval` prints it; what a system has no figure for is a dash."""
        systems = {**self.ours, **self.others}
        metrics = list(dict.fromkeys(metric for figures in systems.values() for metric in figures))
        widths = [max(len(metric), 5) + 2 for metric in metrics]
        yield f"  {self.title}, beside {self.source}" + (f"; {self.differs}" if self.differs else "")
        yield f"    {'':44}" + "".join(f"{m:>{w}}" for m, w in zip(metrics, widths, strict=True))
        for system, figures in systems.items():
            cells = (f"{figures[metric]:.3f}" if metric in figures else "–" for metric in metrics)
            yield f"    {system:44}" + "".join(f"{cell:>{w}}" for cell, w in zip(cells, widths, strict=True))

    def to_json(self) -> dict[str, Any]:
        """The others' figures as `python -m eval --json` prints it; ours stand among the metrics already."""
        others = {system: dict(figures) for system, figures in self.others.items()}
        return {
            "title": self.title,
            "others": others,
            "source": self.source,
            "differs": self.differs,
        }


@dataclass(frozen=True)
class Measured:
    """The measures of a suite, over all its questions and of parts of them."""

    overall: Part
    parts: Mapping[str, Part] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What must be known to read the figures."""
    published: tuple[Published, ...] = ()
    records: tuple[Record, ...] = ()
    """What is kept of each question, by a suite that keeps something."""
    data: str | None = None
    """Digest of what was asked, by a suite that may have floors, if all of it was asked."""

    def to_json(self, suite: str) -> dict[str, Any]:
        """The line that `python -m eval --json` prints for a suite."""
        parts = {name: part.to_json() for name, part in self.parts.items()}
        return {
            "suite": suite,
            **self.overall.to_json(),
            "parts": parts,
            "notes": list(self.notes),
            "published": [each.to_json() for each in self.published],
        }

    def beside(self) -> Iterator[str]:
        """The notes and the published figures as `python -m eval` prints them below the table."""
        for note in self.notes:
            yield f"  {note}"
        for each in self.published:
            yield from each.lines()


class Suite(Protocol):
    """A module of these names is a suite."""

    @property
    def NEEDS_DATA(self) -> bool:  # noqa: N802
        """Whether it reads a public set from the folder of --data."""
        ...

    @property
    def HEADLINES(self) -> tuple[str, ...]:  # noqa: N802
        """The metrics that a table of its parts has room for."""
        ...

    def measure(self, request: Request, /) -> Measured:
        """Ask the suite's questions and measure the answers."""
        ...


def means(scores: Iterable[Mapping[str, float]]) -> dict[str, Estimate]:
    """Return the mean of each measure that the questions have, over those that have it."""
    values: dict[str, list[float]] = {}
    for some in scores:
        for name, value in some.items():
            values.setdefault(name, []).append(value)
    return {name: Estimate.of(found) for name, found in values.items()}


def data_of(request: Request, suite: str) -> Path:
    """Return the folder of --data.

    Raises:
        BackfileError: none was given.
    """
    if request.data is None:
        raise BackfileError(f"{suite} reads a public set: give the folder that holds it with --data")
    return request.data


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file of benchmark data, packed by gzip or not, without their ends.

    Raises:
        NoData: there is no such file.
        BackfileError: it cannot be read; says what to do.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            for line in stream:
                yield line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BackfileError(f"{path} is not UTF-8 ({error}): get the file again, or save it so") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackfileError(f"{path} is damaged ({error}): get the file again") from error
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise (NoData if missing else BackfileError)(
            f"cannot read {path} ({error.strerror}): give --data the folder that holds it"
        ) from error


def read_data(path: Path) -> str:
    """Return the text of a file of benchmark data, packed by gzip or not.

    Raises:
        BackfileError: it cannot be read; says what to do.
    """
    return "\n".join(read_lines(path))


def read_jsonl(path: Path, made: Callable[[dict[str, Any]], T], form: str) -> Iterator[T]:
    """Yield what `made` makes of the JSON object on each line that is not blank.

    `form` says in words what a line must be. `made` may let a KeyError, TypeError or ValueError pass where it is not.

    Raises:
        BackfileError: the file cannot be read, or a line is something else; names it and says what to do.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(f"it is {type(row).__name__}, not an object")
            found = made(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackfileError(
                f"{path}, line {number}: {why(error)}; each line must be {form}: mend it, or get the file again"
            ) from error
        yield found


def why(error: Exception) -> str:
    """Return in words what an error raised while reading a record says.

    >>> why(KeyError("answer")), why(ValueError("Expecting value"))
    ("it lacks 'answer'", 'Expecting value')
    """
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def installed_reader() -> Reader:
    """Return the reader, for a suite that measures nothing without it.

    Raises:
        BackfileError: its weights are absent.
    """
    reader = Reader.open()
    if reader is None:
        raise BackfileError("the reader's weights are not installed: make them with `python -m training`")
    return reader
