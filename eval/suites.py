"""What a suite is to the command: a module that measures, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.errors import BackfileError
from assistant.reader.reader import Reader
from assistant.settings import Settings
from eval.metrics import Estimate

Metrics = Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command was asked for."""

    settings: Settings
    data: Path | None = None
    """Folder of the benchmark data; never None for a suite that needs it."""
    gold: Path | None = None
    """Gold set in place of the one that comes with the project."""
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


@dataclass(frozen=True)
class Measured:
    """The measures of a suite, over all its questions and of parts of them."""

    overall: Part
    parts: Mapping[str, Part] = field(default_factory=dict)

    def to_json(self, suite: str) -> dict[str, Any]:
        """The line that `python -m eval --json` prints for a suite."""
        parts = {name: part.to_json() for name, part in self.parts.items()}
        return {"suite": suite, **self.overall.to_json(), "parts": parts}


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


def read_data(path: Path) -> str:
    """Return the text of a file of benchmark data.

    Raises:
        BackfileError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BackfileError(
            f"cannot read {path} ({error.strerror}): give --data the folder that holds it"
        ) from error


def installed_reader() -> Reader:
    """Return the reader, for a suite that measures nothing without it.

    Raises:
        BackfileError: its weights are absent.
    """
    reader = Reader.open()
    if reader is None:
        raise BackfileError("the reader's weights are not installed: make them with `python -m training`")
    return reader
