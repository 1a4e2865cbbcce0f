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
from eval.records import Record
from eval.suites import Figures, Measured, Metrics, Part, Published, Request, data_of, installed_reader
from ingest.passages import PassageBuilder

NEEDS_DATA = True
HEADLINES = ("em", "f1")

PUBLISHED: Figures = {
    "people": {"em": 0.465, "f1": 0.694},
    "BERT-large, trained on NewsQA": {"f1": 0.688},
    "SpanBERT, trained on NewsQA": {"f1": 0.736},
}
"""Trischler et al., 2017, and MRQA's test of models that NewsQA's own training part trained."""

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

    records = []
    for question in tqdm(asked, disable=None):
        passages = cut(question.context)
        readings = reader.read(question.text, [("", passage) for passage in passages])
        top = max(readings, key=lambda reading: reading.score)
        answer = passages[top.passage][slice(*top.answer)]
        accepted = [gold.text for gold in question.answers]
        scores = {
            "em": best(squad_exact_match, answer, accepted),
            "f1": best(squad_f1, answer, accepted),
        }
        records.append(
            Record(
                id=question.id,
                kind="newsqa",
                question=question.text,
                scores=scores,
                answer=answer,
                short=answer,
                expected=tuple(dict.fromkeys(accepted)),
            )
        )
    found = {metric: Estimate.of([record.scores[metric] for record in records]) for metric in HEADLINES}
    return Measured(Part(len(asked), found), records=tuple(records), published=(beside(found),))


def beside(found: Metrics) -> Published:
    """Return our figures beside people's and those of readers that NewsQA itself trained."""
    return Published(
        title="answers within the story",
        ours={"Backfile's reader": {metric: found[metric].value for metric in HEADLINES}},
        others=PUBLISHED,
        source="Trischler et al. (RepL4NLP 2017) and MRQA",
        differs="nothing of NewsQA trained ours; theirs are of the test part",
    )


def load(data: Path) -> list[Question]:
    """Read the questions of `newsqa/stories.json` below `data` that have an answer.

    Raises:
        BackfileError: the file is missing or not in SQuAD's format.
    """
    return [question for question in squad.load(data / "newsqa" / "stories.json") if question.answers]
