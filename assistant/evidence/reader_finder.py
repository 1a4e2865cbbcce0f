"""Evidence by the trained reader: which of all answers read in the passages is right, if any, and who agrees."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from assistant.article import PublicationDate, heading
from assistant.evidence.evidence import LONGEST_SENTENCE, Evidence
from assistant.evidence.reader.reader import Reader, Reading
from assistant.query import RetrievedPassage
from assistant.question.kinds import Kind, misfits
from assistant.question.plan import Inquiry
from assistant.text.normal_form import normal_form
from assistant.text.words import Frequencies, question_weights, share

PASSAGES = 16
"""Passages read. Of 8, 12, 16, 20 and 24, on RealTimeQA's questions of 2022 and 2023, exact match is .407, .411, .414,
.416 and .418, and of the gold set .496 (12), .494, .494 and .492 are right; 24 take half as long again as 16."""

SCORE, WITHIN, LENGTH, RANK = 0.17, 0.13, -0.28, -0.77
SHARED, REPEATED, TITLED, NEAR, LATER, NOTHING = 1.21, -7.36, 1.5, 2.11, 1.42, 3.46
"""What speaks for an answer, in nats: the reader's score, and how far that is below the best of its passage (scores
compare better within a passage than across); the logarithms of its words and of one plus its passage's rank; the
share of the question's words, weighed by rarity, that its sentence holds, and that it is made of itself; whether it
stands in its article's title; how near its article is to the day of the question, and whether it is later. NOTHING
speaks for there being no answer. Fitted together on the questions of RealTimeQA of 2022 and 2023, each with all its
passages and without those that hold the answer, so that the right answers have the largest share (a softmax over all
answers of a question and none; what articles agree on is summed, as Lee, Chang and Toutanova, ACL 2019, do over
passages). Of the title 1.5 is kept of 1.88: that costs .007 of exact match there, and .010 more of the gold set is
right."""

MISFIT = -2.0
"""What speaks against an answer without a number or a time where that is asked for. Of -1, -2 and -4, exact match is
.437, .439 and .439 on the same questions, without it .436."""

NEAR_DAYS = 14
"""Days before the question in which the nearness of an article falls to 1/e."""

WITNESS = 0.5
WITNESS_BESIDE = 0.2
"""How much of another article's share it adds that it gives the same answer, if that share is so large beside the best
one's. Where a name stands in every article, as a town's in its paper, many witnesses would make it the answer to
everything: with 0, .25, .5 and 1, exact match is .401, .413, .421 and .419 on the same questions, and of the gold set's
.528, .528, .531 and .44 have a right sentence first."""

ENOUGH: Mapping[Kind, float] = {"one": 0.03, "several": 0.02, "course": 0.01, "reasons": 0.02, "yes_no": 0.02}
"""At .03, .94 of RealTimeQA's questions of 2022 and 2023 are answered, and without the passages that hold the answer
.44 are not; of the gold set's, .90 and .40. At .05 these are .89 and .56, .76 and .49, but .04 fewer of the gold set's
questions are treated right. What is not one thing is never as sure; of the gold set's fifteen timelines the least sure
has .013, and of nine of our own about other things seven stay below .01. docs/evaluation.md has the curve."""


class ReadingFinder:
    """Finds the sentences that hold the answer."""

    enough = ENOUGH

    def __init__(self, reader: Reader, frequencies: Frequencies) -> None:
        self._reader = reader
        self._frequencies = frequencies

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder; `confidence` is the share of an answer among all answers and "no answer"."""
        plan, passages = inquiry.plan, inquiry.passages[:PASSAGES]
        readings = self._reader.read(
            plan.reader_question,
            [
                (heading(found.source.title, PublicationDate(found.source.published)), found.passage.text)
                for found in passages
            ],
        )
        weights = question_weights(plan.standalone, self._frequencies)
        titles = [f" {normal_form(found.source.title)} " for found in passages]
        timely = [_timely(found, plan.as_of) for found in passages]
        best: dict[int, float] = {}
        for reading in readings:
            best[reading.passage] = max(reading.score, best.get(reading.passage, reading.score))
        evidence, speaking = [], []
        for reading in readings:
            if reading.sentence[1] - reading.sentence[0] > LONGEST_SENTENCE:
                continue
            each = _evidence(passages[reading.passage], reading)
            answer = each.wording or ""
            evidence.append(each)
            speaking.append(
                SCORE * reading.score
                + WITHIN * (reading.score - best[reading.passage])
                + LENGTH * math.log(len(answer.split()) or 1)
                + RANK * math.log1p(reading.passage)
                + SHARED * share(weights, each.text)
                + REPEATED * share(weights, answer)
                + TITLED * (f" {normal_form(answer)} " in titles[reading.passage])
                + MISFIT * misfits(answer, plan.wanted)
                + timely[reading.passage]
            )
        return sorted(_shared_out(evidence, speaking), key=lambda each: -each.confidence)


def _evidence(found: RetrievedPassage, reading: Reading) -> Evidence:
    offset = found.passage.start
    (start, end), (first, last) = reading.sentence, reading.answer
    return Evidence(
        found=found,
        start=offset + start,
        end=offset + end,
        text=found.passage.text[start:end],
        confidence=0.0,
        answer=(offset + first, offset + last),
    )


def _shared_out(evidence: Sequence[Evidence], speaking: Sequence[float]) -> list[Evidence]:
    """Give each answer its share: of its article, in whichever sentences that gives it, and of others that agree."""
    highest = max([NOTHING, *speaking])
    whole = math.exp(NOTHING - highest) + sum(math.exp(each - highest) for each in speaking)
    alone = [math.exp(each - highest) / whole for each in speaking]
    given: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each, own in zip(evidence, alone, strict=True):
        given[normal_form(each.wording or "")][each.found.passage.article].append(own)
    shared = []
    for each, own in zip(evidence, alone, strict=True):
        agreeing = given[normal_form(each.wording or "")]
        here = agreeing[each.found.passage.article]
        # The surest sentence speaks for its article; what else that tells of the answer need not prove it.
        told = sum(here) if own == max(here) else own
        witnesses = [sum(shares) for shares in agreeing.values() if shares is not here]
        bound = WITNESS_BESIDE * max([*witnesses, sum(here)])
        borne_out = sum(witness for witness in witnesses if witness >= bound)
        shared.append(replace(each, confidence=min(1.0, told + WITNESS * borne_out), alone=own))
    return shared


def _timely(found: RetrievedPassage, as_of: date | None) -> float:
    """What the day of an article says for its answers; half of the most where one of the two days is not known."""
    published = found.source.published or ""
    if as_of is None or len(published) < len("2023-02-02"):
        return NEAR / 2
    days = (as_of - date.fromisoformat(published[:10])).days
    return LATER if days < 0 else NEAR * math.exp(-days / NEAR_DAYS)
