"""Evidence by the trained reader: how well a sentence answers, how well its passage was found, and who agrees."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.answer import Exchange, Inquiry, RetrievedPassage
from assistant.article import PublicationDate, heading
from assistant.evidence import LONGEST_SENTENCE, Evidence
from assistant.markers import without_markers
from assistant.questions import Kind, leans
from assistant.quote import normal_form
from assistant.reader.reader import Reader, Reading
from assistant.words import Frequencies, question_weights, share

PASSAGES = 24
"""Passages read. Of 4, 8, 12, 16, 20 and 24, on RealTimeQA's questions of 2022 and 2023, exact match was .335, .362,
.364, .370, .373 and .370."""

SAID = 30
"""Words of the last answer that stand before a follow-up."""

BIAS, SCORE, RANK, SHARED, REPEATED = -1.52, 0.15, -0.34, 0.82, -6.5
"""Logistic regression of "answers right" (token F1 of .6 and more), over the answers proposed for the questions of
RealTimeQA of 2022 and 2023, on: the reader's score; the logarithm of one plus the passage's rank; the share of the
question's words, weighed by rarity, that the sentence holds; and the share that the answer itself is made of."""

WITNESS = 0.8
"""Share of its confidence that the same answer in another article adds. Of 0, .5, .8 and 1 on the same questions
exact match was .325, .375, .381 and .377."""

WITNESS_ALONE = 0.1
WITNESS_BESIDE = 0.5
"""Confidence that a witness must have of its own, and as a share of the best one's. Where a name stands in every
article, as a town's in its paper, many weak witnesses would make it the answer to everything; on the same questions
these bounds change exact match by less than .005."""

ENOUGH: Mapping[Kind, float] = {"one": 0.25, "several": 0.15, "reasons": 0.15, "yes_no": 0.15}
"""At .25, of RealTimeQA's questions of 2022 and 2023 .91 of those with an answer among the passages read are answered,
and without the passages that hold it .40 are not; of the gold set's, .68 and .54. What is not one thing is never as
sure: at .15, .7 to .8 of the gold set's other questions are answered. docs/evaluation.md has the curves."""


class ReadingFinder:
    """Finds the sentences that hold the answer."""

    enough = ENOUGH

    def __init__(self, reader: Reader, frequencies: Frequencies) -> None:
        self._reader = reader
        self._frequencies = frequencies

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder."""
        passages = inquiry.passages[:PASSAGES]
        readings = self._reader.read(
            asked(inquiry.question, inquiry.history),
            [
                (heading(found.title, PublicationDate(found.published)), found.passage.text)
                for found in passages
            ],
        )
        weights = question_weights(inquiry.standalone, self._frequencies)
        evidence = [
            _evidence(passages[reading.passage], reading, weights)
            for reading in readings
            if reading.sentence[1] - reading.sentence[0] <= LONGEST_SENTENCE
        ]
        return sorted(_with_witnesses(evidence), key=lambda each: -each.confidence)


def asked(question: str, history: Sequence[Exchange]) -> str:
    """Return a question as the reader reads it: after the last one and its answer's beginning, if it leans on them.

    >>> asked("Who led it?", [Exchange("Which union struck?", "The ferry crews' union did. [1]")])
    "Which union struck? The ferry crews' union did. Who led it?"
    """
    if not history or not leans(question):
        return question
    said = " ".join(without_markers(history[-1].answer).split()[:SAID])
    return f"{history[-1].question} {said} {question}"


def _evidence(found: RetrievedPassage, reading: Reading, weights: Mapping[str, float]) -> Evidence:
    offset, text = found.passage.start, found.passage.text
    (start, end), (first, last) = reading.sentence, reading.answer
    evident = (
        BIAS
        + SCORE * reading.score
        + RANK * math.log1p(reading.passage)
        + SHARED * share(weights, text[start:end])
        + REPEATED * share(weights, text[first:last])
    )
    return Evidence(
        found=found,
        start=offset + start,
        end=offset + end,
        text=text[start:end],
        confidence=(alone := 1 / (1 + math.exp(-evident))),
        alone=alone,
        answer=(offset + first, offset + last),
    )


def _with_witnesses(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Raise the confidence of answers that other articles give too; copies of an article were left out before."""
    witnesses: dict[str, dict[str, float]] = defaultdict(dict)
    for each in evidence:
        of_article = witnesses[normal_form(each.wording or "")]
        article = each.found.passage.article
        of_article[article] = max(of_article.get(article, 0.0), each.alone)
    raised = []
    for each in evidence:
        doubt = 1 - each.alone
        for article, other in witnesses[normal_form(each.wording or "")].items():
            if article != each.found.passage.article and other >= max(
                WITNESS_ALONE, WITNESS_BESIDE * each.alone
            ):
                doubt *= 1 - WITNESS * other
        raised.append(replace(each, confidence=1 - doubt))
    return raised
