"""NewsQA (Trischler et al., RepL4NLP 2017): questions about a given CNN story; the reader answers within it.

No passage has to be found, so this measures the reader alone: all passages of the story are read, and the best
answer counts, without abstention. Normalisation is SQuAD's, as the set's own script and MRQA have it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from assistant.article import Article
from assistant.embedding import Encoder
from eval.benchmarks import squad
from eval.benchmarks.squad import Question
from eval.metrics import Estimate, best, squad_exact_match, squad_f1
from eval.suites import Measured, Part, Request, data_of, installed_reader
from ingest.passages import PassageBuilder

NEEDS_DATA = True
HEADLINES = ("em", "f1")

_BLANK_LINES = re.compile(r"\n\n+")


def measure(request: Request) -> Measured:
    """Answer every question from its own story.

    Raises:
        BackfileError: the data are missing or not in SQuAD's format, or the reader's weights are absent.
    """
    asked = load(data_of(request, "newsqa"))[:: request.every]
    reader = installed_reader()
    builder = PassageBuilder(Encoder.open(request.settings.encoder))

    @lru_cache(maxsize=1)
    def cut(story: str) -> Sequence[str]:
        # Answers are compared as words, so their places need not survive.
        article = Article(title="", text=_BLANK_LINES.sub("\n\n", story), source="newsqa")
        return [passage.text for passage in builder.build(article)]

    matches, overlaps = [], []
    for question in tqdm(asked, disable=None):
        passages = cut(question.context)
        readings = reader.read(question.text, [("", passage) for passage in passages])
        top = max(readings, key=lambda reading: reading.score)
        answer = passages[top.passage][slice(*top.answer)]
        accepted = [gold.text for gold in question.answers]
        matches.append(best(squad_exact_match, answer, accepted))
        overlaps.append(best(squad_f1, answer, accepted))
    return Measured(Part(len(asked), {"em": Estimate.of(matches), "f1": Estimate.of(overlaps)}))


def load(data: Path) -> list[Question]:
    """Read the questions of `newsqa/stories.json` below `data` that have an answer.

    Raises:
        BackfileError: the file is missing or not in SQuAD's format.
    """
    return [question for question in squad.load(data / "newsqa" / "stories.json") if question.answers]
