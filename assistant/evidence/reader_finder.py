"""Evidence by the neural reader: which of all spans read in the passages answers, if any, and which articles agree."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from assistant.article import PublicationDate, heading
from assistant.evidence.evidence import LONGEST_SENTENCE, Evidence
from assistant.evidence.reader.reader import Reader, Reading
from assistant.fitted import load
from assistant.query import RetrievedPassage
from assistant.question.kinds import Kind, misfits
from assistant.question.plan import Inquiry
from assistant.text.normal_form import normal_form
from assistant.text.words import Frequencies, question_weights, share

PASSAGES = 16
"""Passages read. Of 8, 12, 16, 20 and 24, on RealTimeQA's questions of 2022 and 2023, exact match is .407, .411, .414,
.416 and .418, and of the gold set .496 (12), .494, .494 and .492 are right; 24 take half as long again as 16."""

NEAR_DAYS = 14
"""Days before the question in which the nearness of an article falls to 1 / e."""

AGREEMENT = 0.5
LEAST_AGREEMENT = 0.2
"""An article that gives the same answer adds AGREEMENT of its share, if that is at least LEAST_AGREEMENT of the best
article's. A name that stands in every article, as a town's in its paper, would otherwise be the answer to everything.
With 0, .25, .5 and 1, exact match is .401, .413, .421 and .419 on RealTimeQA's questions of 2022 and 2023, and of the
gold set .528, .528, .531 and .44 have a right sentence first."""

ENOUGH: Mapping[Kind, float] = {"one": 0.03, "several": 0.02, "course": 0.01, "reasons": 0.02, "yes_no": 0.02}
"""Confidence from which evidence is an answer. At .03, .94 of RealTimeQA's questions of 2022 and 2023 are answered, and
.44 are declined without the passages that hold the answer; of the gold set, .90 and .40. At .05 these are .89 and .56,
.76 and .49, but .04 fewer questions of the gold set are treated right. Questions of other kinds than "one" are never as
sure: the least sure of the gold set's fifteen timelines has .013. docs/evaluation.md has the curve."""


@dataclass(frozen=True, kw_only=True)
class SpanSignals:
    """What speaks for a span that the reader found."""

    score: float
    """The reader's score, in nats."""
    within: float
    """How far the score is below the best of its passage: scores compare better within a passage than across."""
    length: float
    """Logarithm of its number of words."""
    rank: float
    """Logarithm of one plus its passage's rank, from 0."""
    shared: float
    """Share of the question's words, weighted by rarity, that its sentence holds."""
    repeated: float
    """The same share, of the words of the span itself."""
    titled: float
    """1 if the span stands in its article's title, else 0."""
    misfit: float
    """1 if the question asks for a number or a time and the span has none, else 0."""
    near: float
    """How near the article's day is to the day of the question: 1 on that day, less before; .5 if one is not known."""
    late: float
    """1 if the article is of a later day than the question, else 0."""


@dataclass(frozen=True, kw_only=True)
class SpanWeights(SpanSignals):
    """The weight of each signal, and the evidence for "no answer", in nats."""

    nothing: float

    def evidence(self, signals: SpanSignals) -> float:
        """Return what speaks for a span, in nats."""
        nats: float = sum(getattr(self, name) * value for name, value in vars(signals).items())
        return nats


WEIGHTS = Path(__file__).with_name("weights.json")
"""Fitted so that right answers have the largest share, in a softmax over all spans of a question and "no answer". What
several spans agree on is summed, as Lee, Chang and Toutanova (ACL 2019) do over passages."""

FITTED = SpanWeights(**load(WEIGHTS, frozenset(each.name for each in fields(SpanWeights))).weights)


class ReadingFinder:
    """Finds the sentences that hold the answer."""

    enough = ENOUGH

    def __init__(self, reader: Reader, frequencies: Frequencies, weights: SpanWeights = FITTED) -> None:
        self._reader = reader
        self._frequencies = frequencies
        self._weights = weights

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder; `confidence` is the share of an answer among all answers and "no answer"."""
        return ranked(*self.spans(inquiry), self._weights)

    def spans(self, inquiry: Inquiry) -> tuple[list[Evidence], list[SpanSignals]]:
        """Return all spans that the reader finds, without a confidence, and the signals of each."""
        plan, passages = inquiry.plan, inquiry.passages[:PASSAGES]
        readings = self._reader.read(
            plan.reader_question,
            [
                (heading(found.source.title, PublicationDate(found.source.published)), found.passage.text)
                for found in passages
            ],
        )
        words = question_weights(plan.standalone, self._frequencies)
        titles = [f" {normal_form(found.source.title)} " for found in passages]
        timeliness = [_timeliness(found, plan.as_of) for found in passages]
        best: dict[int, float] = {}
        for reading in readings:
            best[reading.passage] = max(reading.score, best.get(reading.passage, reading.score))
        evidence, signals = [], []
        for reading in readings:
            if reading.sentence[1] - reading.sentence[0] > LONGEST_SENTENCE:
                continue
            each = _evidence(passages[reading.passage], reading)
            answer = each.wording or ""
            near, late = timeliness[reading.passage]
            evidence.append(each)
            signals.append(
                SpanSignals(
                    score=reading.score,
                    within=reading.score - best[reading.passage],
                    length=math.log(len(answer.split()) or 1),
                    rank=math.log1p(reading.passage),
                    shared=share(words, each.text),
                    repeated=share(words, answer),
                    titled=float(f" {normal_form(answer)} " in titles[reading.passage]),
                    misfit=float(misfits(answer, plan.wanted)),
                    near=near,
                    late=late,
                )
            )
        return evidence, signals


def ranked(
    evidence: Sequence[Evidence], signals: Sequence[SpanSignals], weights: SpanWeights
) -> list[Evidence]:
    """Return evidence with its confidence, best first, from the signals of each."""
    shared = _shared_out(evidence, [weights.evidence(each) for each in signals], weights.nothing)
    return sorted(shared, key=lambda each: -each.confidence)


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


def _shared_out(evidence: Sequence[Evidence], nats: Sequence[float], nothing: float) -> list[Evidence]:
    """Give each span its share: its own, that of the same answer in its article, and that of articles that agree."""
    highest = max([nothing, *nats])
    whole = math.exp(nothing - highest) + sum(math.exp(each - highest) for each in nats)
    alone = [math.exp(each - highest) / whole for each in nats]
    given: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each, own in zip(evidence, alone, strict=True):
        given[normal_form(each.wording or "")][each.found.passage.article].append(own)
    shared = []
    for each, own in zip(evidence, alone, strict=True):
        agreeing = given[normal_form(each.wording or "")]
        here = agreeing[each.found.passage.article]
        # The surest sentence speaks for its article; another one that holds the answer need not prove it.
        total = sum(here) if own == max(here) else own
        others = [sum(shares) for shares in agreeing.values() if shares is not here]
        least = LEAST_AGREEMENT * max([*others, sum(here)])
        agreement = sum(other for other in others if other >= least)
        shared.append(replace(each, confidence=min(1.0, total + AGREEMENT * agreement), alone=own))
    return shared


def _timeliness(found: RetrievedPassage, as_of: date | None) -> tuple[float, float]:
    """Return the signals `near` and `late` of a passage's article."""
    published = found.source.published or ""
    if as_of is None or len(published) < len("2023-02-02"):
        return 0.5, 0.0
    days = (as_of - date.fromisoformat(published[:10])).days
    return (0.0, 1.0) if days < 0 else (math.exp(-days / NEAR_DAYS), 0.0)
