"""News articles and questions written for this project, one setting of invented places and events a pair of files.

`SETTING.articles.jsonl` and `SETTING.questions.jsonl` are described in `training/news/README.md`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.article import PublicationDate, Span, heading
from assistant.errors import BackfileError

FOLDER = Path(__file__).parent

MEASURING = 6
"""Every sixth setting in alphabetical order, from the second on, measures and trains nothing."""


@dataclass(frozen=True)
class NewsArticle:
    """An invented article."""

    id: str
    setting: str
    outlet: str
    published: date
    form: str
    """wire, local, live_blog, interview, chronology, brief, correction, opinion or feature."""
    title: str
    text: str

    @property
    def header(self) -> str:
        """What stands before a passage of it."""
        return heading(self.title, PublicationDate(self.published.isoformat()))


@dataclass(frozen=True)
class Place:
    """Words of an article."""

    article: str
    sentence: Span
    """In code points of the article's text."""
    words: Span
    """The words meant; the whole sentence where none are singled out."""


@dataclass(frozen=True)
class Turn:
    """What was asked and answered before."""

    question: str
    answer: str


@dataclass(frozen=True)
class NewsQuestion:
    """A question on the articles of a setting, and what is right."""

    id: str
    setting: str
    type: str
    """who, what, when, where, number, attribution, quotation, why, how, list, yes_no, corrected, conflict, follow_up or
    unanswerable."""
    question: str
    articles: tuple[str, ...]
    """Those that answer it; if none does, the nearest."""
    history: tuple[Turn, ...] = ()
    rewrite: str = ""
    """The question so that it can be understood without the history."""
    answers: tuple[Place, ...] = ()
    """All items of a list, both values of a conflict; otherwise acceptable answers, the best first."""
    sentences: tuple[Place, ...] = ()
    """Those that answer a why or a how, or prove a yes or a no; the nearest where it is not told."""
    verdict: str = ""
    """yes, no or not_told; empty where that is not asked."""
    outdated: tuple[Place, ...] = ()
    """What was corrected since."""
    trap: Place | None = None
    """Where the text does not answer it: the wrong words that tempt."""
    twin: str = ""
    """The answerable question with nearly the same words."""

    @property
    def alike(self) -> bool:
        """Whether all answers are parts of the whole answer, not ways of giving the same one."""
        return self.type in ("list", "conflict")


@dataclass(frozen=True)
class News:
    """Articles and questions of some settings."""

    articles: Mapping[str, NewsArticle]
    questions: tuple[NewsQuestion, ...]

    @cached_property
    def settings(self) -> list[str]:
        """The names of the settings, in alphabetical order."""
        return sorted({article.setting for article in self.articles.values()})

    @cached_property
    def by_id(self) -> Mapping[str, NewsQuestion]:
        """The questions by their id."""
        return {question.id: question for question in self.questions}

    def training(self) -> "News":
        """Return the settings that train."""
        return self._of([name for n, name in enumerate(self.settings) if n % MEASURING != 1])

    def measuring(self) -> "News":
        """Return the settings that train nothing."""
        return self._of(self.settings[1::MEASURING])

    def _of(self, settings: Sequence[str]) -> "News":
        return News(
            {id: article for id, article in self.articles.items() if article.setting in settings},
            tuple(question for question in self.questions if question.setting in settings),
        )


def read_news(folder: Path = FOLDER) -> News:
    """Read all settings in a folder; none is no error.

    Raises:
        BackfileError: a line is not in the format, or names what is not there; says which.
    """
    articles: dict[str, NewsArticle] = {}
    questions: list[NewsQuestion] = []
    for path in sorted(folder.glob("*.articles.jsonl")):
        setting = path.name.removesuffix(".articles.jsonl")
        for where, record in _records(path):
            with _Named(where):
                article = _article(record, setting)
                articles[article.id] = article
        for where, record in _records(path.with_name(f"{setting}.questions.jsonl")):
            with _Named(where):
                questions.append(_question(record, setting, articles))
    return News(articles, tuple(questions))


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BackfileError(f"{path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{path}:{number}"
            with _Named(where):
                yield where, json.loads(line)


class _Named:
    """Says of what is wrong with a line where that line is."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError | TypeError | ValueError):
            raise BackfileError(f"{self._where} is not in the format of news: {error!r}") from error


def _article(record: Mapping[str, Any], setting: str) -> NewsArticle:
    return NewsArticle(
        id=record["id"],
        setting=setting,
        outlet=record["outlet"],
        published=date.fromisoformat(record["published"]),
        form=record["form"],
        title=record["title"],
        text=record["text"],
    )


def _question(record: Mapping[str, Any], setting: str, articles: Mapping[str, NewsArticle]) -> NewsQuestion:
    def places(name: str) -> tuple[Place, ...]:
        return tuple(_place(each, articles) for each in record.get(name, ()))

    return NewsQuestion(
        id=record["id"],
        setting=setting,
        type=record["type"],
        question=record["question"],
        articles=tuple(record["articles"]),
        history=tuple(Turn(turn["question"], turn["answer"]) for turn in record.get("history", ())),
        rewrite=record.get("rewrite", ""),
        answers=places("answers"),
        sentences=places("sentences"),
        verdict=record.get("verdict", ""),
        outdated=places("outdated"),
        trap=_place(record["trap"], articles) if record.get("trap") else None,
        twin=record.get("twin") or "",
    )


def _place(record: Mapping[str, Any], articles: Mapping[str, NewsArticle]) -> Place:
    text = articles[record["article"]].text
    sentence = record["sentence"]
    if text.count(sentence) != 1:
        raise ValueError(f"the sentence stands {text.count(sentence)} times in its article: {sentence}")
    start = text.index(sentence)
    within = (start, start + len(sentence))
    words = record.get("text")
    return Place(record["article"], within, _words(text, words, within) if words else within)


def _words(text: str, words: str, within: Span) -> Span:
    """Return where words stand in a sentence: whole ones, if they do ("15" is not meant in "2015")."""
    found = [n for n in range(*within) if text.startswith(words, n) and n + len(words) <= within[1]]
    if not found:
        raise ValueError(f"the words are not in their sentence: {words}")
    whole = [
        n
        for n in found
        if not (n and text[n - 1].isalnum()) and not text[n + len(words) : n + len(words) + 1].isalnum()
    ]
    start = (whole or found)[0]
    return start, start + len(words)
