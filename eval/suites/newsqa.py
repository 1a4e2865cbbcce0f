"""NewsQA (Trischler et al., RepL4NLP 2017): questions about a given CNN story; the reader answers within it.

No passage has to be found: all passages of the story are read in their order, and the best answer counts, without
abstention. `em` and `f1` are those of the reader alone, whose best score wins. `em, weighed` and `f1, weighed` are
those of the answer that Backfile gives, which weighs what was read as it does that of an archive. Normalisation is
SQuAD's, as the set's own script and MRQA have it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from assistant.answer import Inquiry, RetrievedPassage
from assistant.article import Article, Passage
from assistant.evidence.reader.reader import Reader, Reading
from assistant.evidence.reader_finder import ReadingFinder
from assistant.models.configured_encoder import open_encoder
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
"""Trischler et al., 2017, and MRQA's test of models that NewsQA's own training part trained."""

_BLANK_LINES = re.compile(r"\n\n+")


def measure(request: SuiteOptions) -> SuiteResult:
    """Answer every question from its own story.

    Raises:
        BackfileError: the data are missing or not in SQuAD's format, or the reader's weights are absent.
    """
    asked = load(require_data_folder(request, "newsqa"))[:: request.every]
    reader = require_reader()
    builder = PassageBuilder(open_encoder(request.settings))

    @lru_cache(maxsize=1)
    def cut(story: str) -> Sequence[Passage]:
        # Answers are compared as words, so their places need not survive.
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
    return SuiteResult(MetricSummary(len(asked), found), records=tuple(records), published=(beside(found),))


class _Read(Reader):
    """Gives what was read before: to weigh it takes no second reading."""

    def __init__(self, readings: list[Reading]) -> None:
        self._readings = readings

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        return self._readings


def weighed(question: str, passages: Sequence[Passage], readings: list[Reading]) -> str:
    """Return the answer that Backfile would give, of what was read in a story's passages."""
    # Nothing but one story, so no word is rarer than another; and it is said to answer, whatever names it lacks.
    finder = ReadingFinder(_Read(readings), lambda stems: (dict.fromkeys(stems, 1), 1))
    ranked = finder.find(
        Inquiry(question=question, standalone=question, passages=tuple(map(_retrieved, passages)))
    )
    return (ranked[0].wording or "") if ranked else ""


def _retrieved(passage: Passage) -> RetrievedPassage:
    return RetrievedPassage(
        passage=passage,
        score=0.0,
        similarity=0.0,
        title="",
        outlet=None,
        published=None,
        place=None,
        url=None,
        corrected=False,
    )


def beside(found: Metrics) -> PublishedComparison:
    """Return our figures beside people's and those of readers that NewsQA itself trained."""
    return PublishedComparison(
        title="answers within the story",
        ours={
            "Backfile's reader": {metric: found[metric].value for metric in ("em", "f1")},
            "Backfile": {metric: found[f"{metric}, weighed"].value for metric in ("em", "f1")},
        },
        others=PUBLISHED,
        source="Trischler et al. (RepL4NLP 2017) and MRQA",
        differs="nothing of NewsQA trained ours; theirs are of the test part",
    )


def load(data: Path) -> list[SquadQuestion]:
    """Read the questions of `newsqa/stories.json` below `data` that have an answer.

    Raises:
        BackfileError: the file is missing or not in SQuAD's format.
    """
    return [question for question in squad.load(data / "newsqa" / "stories.json") if question.answers]
