"""Saved runs: the scores of every question, and enough of its answer to look at later."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assistant.errors import BackfileError
from assistant.json_object import JsonObject


@dataclass(frozen=True, kw_only=True)
class CitedExcerpt:
    """A citation with the text around it."""

    n: int
    about: str
    """Title, outlet and date."""
    before: str
    cited: str
    """The text at the cited span in the archive."""
    after: str
    proves: bool
    """Whether it overlaps a proof."""


@dataclass(frozen=True, kw_only=True)
class ListedArticle:
    """An article listed with the answer."""

    about: str
    proves: bool
    """Whether the listed passage overlaps a proof."""


@dataclass(frozen=True, kw_only=True)
class QuestionRecord:
    """One question of a run; each suite fills the fields it has."""

    id: str
    kind: str
    question: str
    scores: Mapping[str, float]
    """Shares from 0 to 1; more is better."""
    asked: tuple[str, ...] = ()
    """How it was asked: the day, the filters, the questions before."""
    confidence: float | None = None
    abstained: bool = False
    milliseconds: float | None = None
    answer: str = ""
    """As shown to a user, with the reason if there is no answer."""
    short: str | None = None
    expected: tuple[str, ...] = ()
    """Accepted answers, or why there is none."""
    proofs: tuple[str, ...] = ()
    """Text that proves the answer."""
    sources: tuple[CitedExcerpt, ...] = ()
    found: tuple[ListedArticle, ...] = ()

    @property
    def decided(self) -> float | None:
        """The score that decides whether the answer is right: `right`, else `em`; None if it has neither."""
        return self.scores.get("right", self.scores.get("em"))


@dataclass(frozen=True)
class SuiteRun:
    """One measured run of a suite."""

    suite: str
    settings: Mapping[str, str]
    """What it was measured with, and the digest of the questions."""
    records: tuple[QuestionRecord, ...] = field(repr=False)


def save(runs: Sequence[SuiteRun], path: Path) -> None:
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


def load(path: Path) -> list[SuiteRun]:
    """Read the runs from a file that `save` wrote.

    Raises:
        BackfileError: the file cannot be read or holds something else; names the remedy.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return [
            SuiteRun(run["suite"], dict(run["settings"]), tuple(_record(row) for row in run["records"]))
            for run in given["runs"]
        ]
    except OSError as error:
        raise BackfileError(
            f"cannot read {path} ({error.strerror}): give a file that `python -m eval --save` wrote"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackfileError(
            f"{path} is not a saved run ({type(error).__name__}: {error}): make one with `python -m eval --save FILE`"
        ) from error


def _record(row: JsonObject) -> QuestionRecord:
    lists = {key: tuple(row[key]) for key in ("asked", "expected", "proofs")}
    return QuestionRecord(
        **{
            **row,
            **lists,
            "scores": {name: float(value) for name, value in row["scores"].items()},
            "sources": tuple(CitedExcerpt(**each) for each in row["sources"]),
            "found": tuple(ListedArticle(**each) for each in row["found"]),
        }
    )
