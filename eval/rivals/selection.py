"""Draw the sample: random questions, their articles, and others, the same for every system."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.article import Article
from assistant.errors import SourceError
from eval.suites import realtimeqa
from eval.suites.benchmark_files import read_lines
from eval.suites.realtimeqa import TUNED, QuizQuestion
from ingest.formats.jsonl import record_article
from ingest.sources.files import ReadOptions


@dataclass(frozen=True)
class Sample:
    """The sample, as files that the systems read."""

    articles: Path
    count: int
    """Number of articles."""
    questions: tuple[QuizQuestion, ...]
    asked: Path
    """The file of the questions, without their answers."""


def draw(data: Path, folder: Path, *, articles: int, questions: int, seed: int) -> Sample:
    """Draw from a file of articles or, to have questions too, from a folder of `articles.jsonl` and
    `questions.jsonl`.

    The articles that answer the questions are always taken, then others up to `articles`. All are written to `folder`
    in random order.

    Raises:
        SourceError: there is no such file or folder, or no article in it.
        BackfileError: a file cannot be read, or a line is not a question.
    """
    chance = random.Random(seed)
    lines = list(read_lines(_articles(data)))
    chance.shuffle(lines)
    asked = _questions(data / "questions.jsonl", questions, chance) if data.is_dir() else []
    needed = {url for question in asked for url in question.relevant}
    found = _drawn(lines, needed, articles)
    if not found:
        raise SourceError(f"no line of {_articles(data)} is an article: give articles in JSON Lines")
    chance.shuffle(found)
    urls = {article.url or "" for article in found}
    asked = [replace(question, relevant=question.relevant & urls) for question in asked]
    # Leave out a question whose articles are missing or would be rejected by ingest: it measures nothing.
    asked = [question for question in asked if question.relevant]
    return Sample(
        articles=_written(folder / "articles.jsonl", [_row(article) for article in found]),
        count=len(found),
        questions=tuple(asked),
        asked=_written(
            folder / "questions.jsonl", [{"text": q.text, "date": q.asked.isoformat()} for q in asked]
        ),
    )


def _articles(data: Path) -> Path:
    places = [data] if data.is_file() else [data / "articles.jsonl.gz", data / "articles.jsonl"]
    for path in places:
        if path.is_file():
            return path
    raise SourceError(
        f"{data} is neither a file of articles in JSON Lines, packed by gzip or not, nor a folder of "
        "articles.jsonl.gz and questions.jsonl: give one of the two"
    )


def _questions(path: Path, count: int, chance: random.Random) -> list[QuizQuestion]:
    """Draw questions that did not choose Backfile's settings; those that did would favour it."""
    held_out = [each for each in realtimeqa.read(path) if each.asked.isoformat() >= TUNED and each.relevant]
    if not held_out:
        raise SourceError(f"{path} has no question of {TUNED} or later with relevant_urls: give one that has")
    return chance.sample(held_out, min(count, len(held_out)))


def _drawn(lines: Sequence[str], needed: set[str], count: int) -> list[Article]:
    readable = list(_read(lines))
    found = [article for article in readable if article.url in needed]
    others = [article for article in readable if article.url not in needed]
    return found + others[: max(count - len(found), 0)]


def _read(lines: Sequence[str]) -> Iterator[Article]:
    for line in lines:
        # Ingest would reject this line.
        with suppress(ValueError):
            article = record_article(json.loads(line), "", ReadOptions())
            if isinstance(article, Article):
                yield article


def _row(article: Article) -> dict[str, str]:
    return {
        "url": article.url or "",
        "title": article.title,
        "text": article.text,
        "published": article.published.iso or "",
    }


def _written(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
