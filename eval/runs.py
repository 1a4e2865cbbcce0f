"""What is kept of a run: of every question its scores, and enough of its answer to be looked at later."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import BackfileError


@dataclass(frozen=True, kw_only=True)
class Source:
    """A citation within what stands around it."""

    n: int
    about: str
    """Title, outlet and date."""
    before: str
    cited: str
    """What stands at the cited span in the archive."""
    after: str
    proves: bool
    """Whether it overlaps a proof."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An article that was listed with the answer."""

    about: str
    proves: bool
    """Whether the listed passage overlaps a proof."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One question of a run; a suite fills what it has."""

    id: str
    kind: str
    question: str
    scores: Mapping[str, float]
    """Shares from 0 to 1; more is better."""
    asked: tuple[str, ...] = ()
    """How it was asked: the day, the filters, what was said before."""
    confidence: float | None = None
    abstained: bool = False
    milliseconds: float | None = None
    answer: str = ""
    """As it was shown, reason for none included."""
    short: str | None = None
    expected: tuple[str, ...] = ()
    """Accepted answers, or why there is none."""
    proofs: tuple[str, ...] = ()
    """Words that prove the answer."""
    sources: tuple[Source, ...] = ()
    found: tuple[Found, ...] = ()

    @property
    def decided(self) -> float | None:
        """The score that says whether it counts as right: `right`, else `em`; None where it has neither."""
        return self.scores.get("right", self.scores.get("em"))


@dataclass(frozen=True)
class Run:
    """A suite, measured once."""

    suite: str
    settings: Mapping[str, str]
    """What it was measured with, and the digest of what was asked."""
    records: tuple[Record, ...] = field(repr=False)


def save(runs: Sequence[Run], path: Path) -> None:
    """Write runs to a file.

    Raises:
        BackfileError: the file cannot be written.
    """
    write(path, json.dumps({"runs": [asdict(run) for run in runs]}, ensure_ascii=False, indent=1) + "\n")


def write(path: Path, text: str) -> None:
    """Write a text to a file.

    Raises:
        BackfileError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BackfileError(
            f"cannot write {path} ({error.strerror}): give a file in a folder that can be written to"
        ) from error


def load(path: Path) -> list[Run]:
    """Read the runs of a file that `save` wrote.

    Raises:
        BackfileError: the file cannot be read or holds something else; says what, and the remedy.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return [
            Run(run["suite"], dict(run["settings"]), tuple(_record(row) for row in run["records"]))
            for run in given["runs"]
        ]
    except OSError as error:
        raise BackfileError(
            f"cannot read {path} ({error.strerror}): give a file that `python -m eval --save` wrote"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackfileError(
            f"{path} is not a kept run ({type(error).__name__}: {error}): make one with `python -m eval --save FILE`"
        ) from error


def _record(row: Mapping[str, Any]) -> Record:
    lists = {key: tuple(row[key]) for key in ("asked", "expected", "proofs")}
    return Record(
        **{
            **row,
            **lists,
            "scores": {name: float(value) for name, value in row["scores"].items()},
            "sources": tuple(Source(**each) for each in row["sources"]),
            "found": tuple(Found(**each) for each in row["found"]),
        }
    )
