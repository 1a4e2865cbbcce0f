"""NewsQA (Trischler et al., RepL4NLP 2017): questions about a given CNN story; the reader answers within it.

Nothing is searched: the reader reads all passages of the story in order, and the best answer counts, without
abstention. `em` and `f1` are for the reader alone, whose best score wins. `em, weighed` and `f1, weighed` are for the
answer that Backfile gives, which weighs the candidates as for an archive. Normalisation is SQuAD's, as in the set's
own script and MRQA.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from assistant.article import Article, Passage, Source
from assistant.evidence.reader.reader import Reader, Reading
from assistant.evidence.reader_evidence import ReaderEvidenceFinder
from assistant.models.configured_encoder import open_encoder
from assistant.query import RetrievedPassage
from assistant.question.plan import Inquiry, understand
from eval.metrics import Estimate, best, squad_exact_match, squad_f1
from eval.runs import QuestionRecord
from eval.suites import squad
from eval.suites.protocol import (
    Metrics,
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    require_data_folder,
    require_reader,
)
from eval.suites.squad import SquadQuestion
from ingest.parsing.passages import PassageBuilder

NEEDS_DATA = True
HEADLINES = ("em", "f1", "em, weighed", "f1, weighed")

PUBLISHED: SystemFigures = {
    "people": {"em": 0.465, "f1": 0.694},
    "BERT-large, trained on NewsQA": {"f1": 0.688},
    "SpanBERT, trained on NewsQA": {"f1": 0.736},
}
"""Trischler et al., 2017, and MRQA's test of models trained on NewsQA's training part."""

_BLANK_LINES = re.compile(r"\n\n+")


def measure(options: SuiteOptions) -> SuiteResult:
    """Answer every question from its own story.

    Raises:
        BackfileError: the data are missing or not in SQuAD's format, or the reader's weights are not installed.
    """
    asked = load(require_data_folder(options, "newsqa"))[:: options.every]
    reader = require_reader()
    builder = PassageBuilder(open_encoder(options.settings))

    @lru_cache(maxsize=1)
    def cut(story: str) -> Sequence[Passage]:
        # Answers are compared by their words, so their offsets may change.
        article = Article(title="", text=_BLANK_LINES.sub("\n\n", story), source="newsqa")
        return builder.build(article)

    records = []
    for question in tqdm(asked, disable=None):
        passages = cut(question.context)
        readings = reader.read(question.text, [("", passage.text) for passage in passages])
        top = max(readings, key=lambda reading: reading.score)
        alone = passages[top.passage].text[slice(*top.answer)]
        answer = weighed(question.text, passages, readings)
        accepted = [gold.text for gold in question.answers]
        scores = {
            "em": best(squad_exact_match, alone, accepted),
            "f1": best(squad_f1, alone, accepted),
            "em, weighed": best(squad_exact_match, answer, accepted),
            "f1, weighed": best(squad_f1, answer, accepted),
        }
        records.append(
            QuestionRecord(
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
    return SuiteResult(
        MetricSummary(len(asked), found), records=tuple(records), published=(published_comparison(found),)
    )


class _FixedReader(Reader):
    """A reader that returns given readings, so that weighing them needs no second reading."""

    def __init__(self, readings: list[Reading]) -> None:
        self._readings = readings

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        return self._readings


def weighed(question: str, passages: Sequence[Passage], readings: list[Reading]) -> str:
    """Return the answer that Backfile would give, from the readings of a story's passages."""
    # There is one story only, so all words are equally rare; and it answers the question, even if it lacks a name.
    finder = ReaderEvidenceFinder(_FixedReader(readings), lambda stems: (dict.fromkeys(stems, 1), 1))
    ranked = finder.find(Inquiry(plan=understand(question), passages=tuple(map(_retrieved, passages))))
    return (ranked[0].answer_text or "") if ranked else ""


def _retrieved(passage: Passage) -> RetrievedPassage:
    return RetrievedPassage(
        passage=passage,
        score=0.0,
        similarity=0.0,
        source=Source(title="", outlet=None, published=None, url=None),
    )


def published_comparison(found: Metrics) -> PublishedComparison:
    """Return our figures beside those of people and of readers trained on NewsQA."""
    return PublishedComparison(
        title="answers within the story",
        ours={
            "Backfile's reader": {metric: found[metric].value for metric in ("em", "f1")},
            "Backfile": {metric: found[f"{metric}, weighed"].value for metric in ("em", "f1")},
        },
        others=PUBLISHED,
        source="Trischler et al. (RepL4NLP 2017) and MRQA",
        differs="ours was not trained on NewsQA; theirs are for the test part",
    )


def load(data: Path) -> list[SquadQuestion]:
    """Read the questions of `newsqa/stories.json` below `data` that have an answer.

    Raises:
        BackfileError: the file is missing or not in SQuAD's format.
    """
    return [question for question in squad.load(data / "newsqa" / "stories.json") if question.answers]
