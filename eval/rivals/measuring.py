"""Measure how a system makes articles searchable; Backfile and every rival are measured by this code.

Each system runs in its own process. The rivals' environment lacks Backfile's packages, so this module imports
only Python's own.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

PASSAGES = 100
"""Passages asked of each system, enough for ten different articles; Backfile's search returns this many."""

ARTICLES = 10
"""Number of different articles kept of a ranking."""

WARM_UP = 5
"""Questions asked before timing starts, to fill caches and load lazy parts."""


@dataclass(frozen=True)
class DatedQuestion:
    """A question with its date, as a system gets it."""

    text: str
    date: str
    """The day it was asked, as an ISO date."""


Search = Callable[[DatedQuestion], Sequence[str]]
"""Returns the URL of each passage found, best first."""


class System(Protocol):
    """A system to measure. Creating it loads its model, which is not timed."""

    store: str
    """Where it stores vectors."""
    precision: str
    """The model's number type."""

    def ingest(self, articles: Path) -> int:
        """Read a file of articles, make them searchable, and return the number of passages."""
        ...

    def searches(self) -> Mapping[str, Search]:
        """Return its search functions by name; empty if it only embeds."""
        ...


@dataclass(frozen=True)
class SearchResults:
    """The rankings and times of one search function, in the order of the questions."""

    ranked: list[list[str]]
    """URLs of different articles, best first."""
    seconds: list[float]


@dataclass(frozen=True)
class Measurement:
    """The measurement of one system."""

    store: str
    precision: str
    passages: int
    seconds: float
    """Time from the file of articles to all of them searchable."""
    disk: int
    """Bytes it wrote to disk."""
    versions: dict[str, str]
    asked: dict[str, SearchResults]

    def to_json(self) -> str:
        """Return the measurement as JSON, to pass it to another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Measurement":
        """Read JSON that `to_json` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        row = json.loads(text)
        asked = {name: SearchResults(**each) for name, each in row.pop("asked").items()}
        return cls(**row, asked=asked)


def measure(
    system: System, articles: Path, questions: Sequence[DatedQuestion], folder: Path, packages: Sequence[str]
) -> Measurement:
    """Time a system's ingest into `folder` and, if it can search, its answers to the questions."""
    started = time.perf_counter()
    passages = system.ingest(articles)
    seconds = time.perf_counter() - started
    asked = {name: _ask(search, questions) for name, search in system.searches().items() if questions}
    return Measurement(
        store=system.store,
        precision=system.precision,
        passages=passages,
        seconds=seconds,
        disk=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        versions={"python": platform.python_version(), **{name: version(name) for name in packages}},
        asked=asked,
    )


def _ask(search: Search, questions: Sequence[DatedQuestion]) -> SearchResults:
    for question in questions[:WARM_UP]:
        search(question)
    ranked, seconds = [], []
    for question in questions:
        started = time.perf_counter()
        found = search(question)
        seconds.append(time.perf_counter() - started)
        ranked.append(list(dict.fromkeys(found))[:ARTICLES])
    return SearchResults(ranked, seconds)


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a JSON Lines file: articles with `title`, `text`, `url` and `published`, or questions."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def run(create: Callable[[str, Path], System], packages: Sequence[str]) -> None:
    """Measure a system in this process and write the result; `create` builds it from model path and folder.

    The command line is `--articles FILE --questions FILE --model DIR --folder DIR --out FILE`.
    """
    parser = argparse.ArgumentParser()
    for name in ("articles", "questions", "model", "folder", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    questions = [DatedQuestion(**row) for row in rows(given.questions)]
    system = create(str(given.model), given.folder)
    found = measure(system, given.articles, questions, given.folder, packages)
    given.out.write_text(found.to_json(), encoding="utf-8")
