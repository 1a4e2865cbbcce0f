"""NewsQA (Trischler et al., RepL4NLP 2017): questions about a given CNN story; the reader answers within it.

No passage has to be found, so this measures the reader alone: all passages of the story are read, and the best
answer counts, without abstention. Normalisation is SQuAD's, as the set's own script and MRQA have it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from assistant.article import Article
from assistant.embedding import Encoder
from assistant.errors import BackfileError
from eval.metrics import Estimate, best, squad_exact_match, squad_f1
from eval.suites import Measured, Part, Request, installed_reader, read_data
from ingest.passages import PassageBuilder

NEEDS_DATA = True
HEADLINES = ("em", "f1")

_BLANK_LINES = re.compile(r"\n\n+")


@dataclass(frozen=True)
class Story:
    """A story and what is asked about it."""

    text: str
    questions: tuple[tuple[str, tuple[str, ...]], ...]
    """Questions with the answers that count."""


def measure(request: Request) -> Measured:
    """Answer every question from its own story.

    Raises:
        BackfileError: the data are missing or not in SQuAD's format, or the reader's weights are absent.
    """
    if request.data is None:
        raise BackfileError("newsqa reads its stories from a folder: give it with --data")
    reader = installed_reader()
    builder = PassageBuilder(Encoder.open(request.settings.encoder))
    asked = [(story, question) for story in load(request.data) for question in story.questions][
        :: request.every
    ]
    matches, overlaps = [], []
    for story, (question, accepted) in tqdm(asked, disable=None):
        article = Article(title="", text=story.text, source="newsqa")
        passages = builder.build(article)
        readings = reader.read(question, [("", passage.text) for passage in passages])
        top = max(readings, key=lambda reading: reading.score)
        answer = passages[top.passage].text[slice(*top.answer)]
        matches.append(best(squad_exact_match, answer, accepted))
        overlaps.append(best(squad_f1, answer, accepted))
    return Measured(Part(len(asked), {"em": Estimate.of(matches), "f1": Estimate.of(overlaps)}))


def load(data: Path) -> list[Story]:
    """Read `newsqa/stories.json` below `data`.

    Raises:
        BackfileError: the file is missing or not in SQuAD's format.
    """
    path = data / "newsqa" / "stories.json"
    try:
        articles = json.loads(read_data(path))["data"]
        return list(_stories(articles))
    except (ValueError, KeyError, TypeError) as error:
        raise BackfileError(f"{path} is not in SQuAD's format: {error!r}") from error


def _stories(articles: list[dict[str, list[dict[str, object]]]]) -> Iterator[Story]:
    for article in articles:
        for paragraph in article["paragraphs"]:
            questions = tuple(
                (asked["question"], tuple(answer["text"] for answer in asked["answers"]))
                for asked in paragraph["qas"]  # type: ignore[attr-defined]
                if asked["answers"]
            )
            # Answers are compared as words, so their places need not survive.
            yield Story(_BLANK_LINES.sub("\n\n", str(paragraph["context"])), questions)
