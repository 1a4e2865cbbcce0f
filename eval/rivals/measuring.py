"""What is measured of a system that makes articles searchable, and how: one way for ours and for every rival.

Each system runs this in a process of its own, rivals in an environment that lacks ours: only Python is imported here.
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
"""SearchResults of each system, so that ten different articles are among them; Backfile's search always returns so many."""

ARTICLES = 10
"""Different articles of a ranking that are kept."""

WARM_UP = 5
"""Questions asked before any is timed: caches are filled and lazy parts loaded by then."""


@dataclass(frozen=True)
class DatedQuestion:
    """A question as a system is given it."""

    text: str
    date: str
    """The day it was asked, in ISO's form."""


Search = Callable[[DatedQuestion], Sequence[str]]
"""Returns the URL of each passage found, best first."""


class System(Protocol):
    """What is measured; its model is loaded when it is made, which no figure counts."""

    store: str
    """What holds its vectors."""
    precision: str
    """The type of the model's numbers."""

    def ingest(self, articles: Path) -> int:
        """Read a file of articles, make them searchable, and return the number of passages."""
        ...

    def searches(self) -> Mapping[str, Search]:
        """Return its ways of searching by what sets each apart; none where it only embeds."""
        ...


@dataclass(frozen=True)
class SearchResults:
    """What a way of searching made of the questions, in their order."""

    ranked: list[list[str]]
    """URLs of different articles, best first."""
    seconds: list[float]


@dataclass(frozen=True)
class Measurement:
    """What a system did, and what it took."""

    store: str
    precision: str
    passages: int
    seconds: float
    """From the file of articles to all of them searchable."""
    disk: int
    """Bytes of what it wrote."""
    versions: dict[str, str]
    asked: dict[str, SearchResults]

    def to_json(self) -> str:
        """The measurement as one process hands it to another."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Measurement":
        """Read what `to_json` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        row = json.loads(text)
        asked = {name: SearchResults(**each) for name, each in row.pop("asked").items()}
        return cls(**row, asked=asked)


def measure(
    system: System, articles: Path, questions: Sequence[DatedQuestion], folder: Path, packages: Sequence[str]
) -> Measurement:
    """Let a system that writes to `folder` take in the articles and, if it searches, answer the questions."""
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
    """Yield the rows of a file in JSON Lines: articles with `title`, `text`, `url` and `published`, or questions."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def run(made: Callable[[str, Path], System], packages: Sequence[str]) -> None:
    """Be the process of a system, which `made` makes from the model's path and a folder to write to.

    The command line is `--articles FILE --questions FILE --model DIR --folder DIR --out FILE`.
    """
    parser = argparse.ArgumentParser()
    for name in ("articles", "questions", "model", "folder", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    questions = [DatedQuestion(**row) for row in rows(given.questions)]
    system = made(str(given.model), given.folder)
    found = measure(system, given.articles, questions, given.folder, packages)
    given.out.write_text(found.to_json(), encoding="utf-8")
