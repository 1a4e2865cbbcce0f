"""Evidence by the trained reader: how well a sentence answers, how well its passage was found, and who agrees."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import Exchange, Inquiry, RetrievedPassage
from assistant.article import PublicationDate, heading
from assistant.evidence import Evidence
from assistant.markers import without_markers
from assistant.quote import normal_form
from assistant.reader.reader import Reader, Reading

PASSAGES = 24
"""Passages read."""

LONGEST_SENTENCE = 1_500
"""Code points; what is longer is a list or a table that lost its layout, not a sentence to quote."""

SAID = 30
"""Words of the last answer that stand before a follow-up."""

BIAS, SCORE, RANK = -3.0, 0.5, -0.3
"""Logistic regression of "answers right" on the reader's score and the logarithm of the passage's rank."""

WITNESS = 0.5
"""Share of its confidence that the same answer in another article adds."""


class ReadingFinder:
    """Finds the sentences that hold the answer."""

    enough = 0.25

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

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
        evidence = [
            _evidence(passages[reading.passage], reading)
            for reading in readings
            if reading.sentence[1] - reading.sentence[0] <= LONGEST_SENTENCE
        ]
        return sorted(_with_witnesses(evidence), key=lambda each: -each.confidence)


def asked(question: str, history: Sequence[Exchange]) -> str:
    """Return a question as the reader reads it: after the last one and the beginning of its answer, if any.

    >>> asked("Who led it?", [Exchange("Which union struck?", "The ferry crews' union did. [1]")])
    "Which union struck? The ferry crews' union did. Who led it?"
    """
    if not history:
        return question
    said = " ".join(without_markers(history[-1].answer).split()[:SAID])
    return f"{history[-1].question} {said} {question}"


def confidence(score: float, rank: int) -> float:
    """Return how probable it is that an answer with this score in the passage of this rank (from 0) is right."""
    return 1 / (1 + math.exp(-(BIAS + SCORE * score + RANK * math.log1p(rank))))


def _evidence(found: RetrievedPassage, reading: Reading) -> Evidence:
    offset = found.passage.start
    (start, end), (first, last) = reading.sentence, reading.answer
    return Evidence(
        found=found,
        start=offset + start,
        end=offset + end,
        text=found.passage.text[start:end],
        confidence=confidence(reading.score, reading.passage),
        answer=(offset + first, offset + last),
    )


def _with_witnesses(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Raise the confidence of answers that other articles give too; copies of an article were left out before."""
    witnesses: dict[str, dict[str, float]] = defaultdict(dict)
    for each in evidence:
        of_article = witnesses[normal_form(each.wording or "")]
        article = each.found.passage.article
        of_article[article] = max(of_article.get(article, 0.0), each.confidence)
    raised = []
    for each in evidence:
        doubt = 1 - each.confidence
        for article, other in witnesses[normal_form(each.wording or "")].items():
            if article != each.found.passage.article:
                doubt *= 1 - WITNESS * other
        raised.append(replace(each, confidence=1 - doubt))
    return raised
