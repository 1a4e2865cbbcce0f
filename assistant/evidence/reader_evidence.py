"""Finds evidence with the neural reader: weighs the spans that it finds in passages, and counts articles that agree."""

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
from assistant.question.kinds import Kind, lacks_wanted
from assistant.question.plan import Inquiry, Plan
from assistant.text.normal_form import normal_form
from assistant.text.words import Frequencies, question_weights, share

PASSAGES = 16
"""Passages that the reader reads.

With 8, 12, 16, 20 and 24, exact match on RealTimeQA's questions of 2022 and 2023 is .407, .411, .414, .416 and .418.
From 12 on, .496, .494, .494 and .492 of the gold set are right. 24 take 1.5 times as long as 16."""

NEAR_DAYS = 14
"""Age of an article, in days before the question, at which its signal `near` falls to 1 / e."""

AGREEMENT = 0.5
LEAST_AGREEMENT = 0.2
"""An article with the same answer adds AGREEMENT of its share if that is LEAST_AGREEMENT of the best article's or more.

The limit is needed because a name that is in every article, such as a local paper's town, would answer every question.
With an AGREEMENT of 0, .25, .5 and 1, exact match on RealTimeQA's questions of 2022 and 2023 is .401, .413, .421 and
.419. Of the gold set, .528, .528, .531 and .44 have a right sentence first."""

THRESHOLDS: Mapping[Kind, float] = {
    "one": 0.03,
    "several": 0.02,
    "course": 0.01,
    "latest": 0.01,
    "reasons": 0.02,
    "yes_no": 0.02,
}
"""The least confidence for an answer, by kind of question; docs/evaluation.md has the curve.

At .03, .94 of RealTimeQA's questions of 2022 and 2023 are answered, and .44 are declined if the passages with the
answer are removed; of the gold set, .90 and .40. At .05 these are .89 and .56, and .76 and .49, but .04 fewer questions
of the gold set are treated right. Other kinds than "one" reach lower confidences: the lowest of the gold set's fifteen
timelines is .013."""


@dataclass(frozen=True, kw_only=True)
class SpanSignals:
    """The signals of a span that the reader found."""

    score: float
    """The reader's score, in nats."""
    within: float
    """The score minus the best score of its passage: scores compare better within a passage than across passages."""
    length: float
    """Logarithm of its number of words."""
    rank: float
    """Logarithm of one plus its passage's rank, from 0."""
    shared: float
    """Share of the question's words, weighted by rarity, that are in its sentence."""
    repeated: float
    """Share of the question's words, weighted by rarity, that are in the span itself."""
    titled: float
    """1 if the span is in its article's title, else 0."""
    misfit: float
    """1 if the question asks for a number or a time and the span has none, else 0: see `lacks_wanted`."""
    near: float
    """How near the article's date is to the day of the question: 1 on that day, less before it; .5 if unknown."""
    late: float
    """1 if the article is dated after the question, else 0."""


@dataclass(frozen=True, kw_only=True)
class SpanWeights(SpanSignals):
    """The weight of each signal."""

    nothing: float
    """The evidence for "no answer", in nats."""

    def evidence(self, signals: SpanSignals) -> float:
        """Return the evidence for a span, in nats."""
        nats: float = sum(getattr(self, name) * value for name, value in vars(signals).items())
        return nats


WEIGHTS = Path(__file__).with_name("weights.json")
"""Fitted so that right answers have the largest share in a softmax over all spans of a question and "no answer".

Shares of equal answers are added up, as by Lee, Chang and Toutanova (ACL 2019) over passages."""

FITTED = SpanWeights(**load(WEIGHTS, frozenset(each.name for each in fields(SpanWeights))).weights)


class ReaderEvidenceFinder:
    """Finds the sentences that contain the answer, with the neural reader."""

    thresholds = THRESHOLDS

    def __init__(self, reader: Reader, frequencies: Frequencies, weights: SpanWeights = FITTED) -> None:
        self._reader = reader
        self._frequencies = frequencies
        self._weights = weights

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder. `confidence` is the share of an answer among all answers and "no answer"."""
        return ranked(*self.spans(inquiry), self._weights)

    def weighed(self, inquiry: Inquiry) -> list[tuple[Evidence, float]]:
        """Return all spans that the reader finds, each with the evidence for it in nats."""
        evidence, signals = self.spans(inquiry)
        return [
            (each, self._weights.evidence(signal)) for each, signal in zip(evidence, signals, strict=True)
        ]

    def spans(self, inquiry: Inquiry) -> tuple[list[Evidence], list[SpanSignals]]:
        """Return all spans that the reader finds, with confidences still 0, and the signals of each."""
        plan, passages = inquiry.plan, inquiry.passages[:PASSAGES]
        spans = self._reader.read(
            plan.reader_question,
            [
                (heading(found.source.title, PublicationDate(found.source.published)), found.passage.text)
                for found in passages
            ],
        )
        signals = SignalSource(plan, passages, self._frequencies)
        best: dict[int, float] = {}
        for span in spans:
            best[span.passage] = max(span.score, best.get(span.passage, span.score))
        kept = [span for span in spans if span.sentence[1] - span.sentence[0] <= LONGEST_SENTENCE]
        evidence = [evidence_of(passages[span.passage], span) for span in kept]
        return evidence, [
            signals.of(each, span.passage, span.score, best[span.passage])
            for each, span in zip(evidence, kept, strict=True)
        ]


class SignalSource:
    """Computes the signals of spans for one question."""

    def __init__(self, plan: Plan, passages: Sequence[RetrievedPassage], frequencies: Frequencies) -> None:
        self._wanted = plan.wanted
        self._words = question_weights(plan.standalone, frequencies)
        self._titles = [f" {normal_form(found.source.title)} " for found in passages]
        self._timeliness = [_timeliness(found, plan.as_of) for found in passages]

    def of(self, evidence: Evidence, passage: int, score: float, best: float) -> SpanSignals:
        """Return the signals of a span with its score and the best score of its passage, given by number."""
        answer = evidence.answer_text or ""
        near, late = self._timeliness[passage]
        return SpanSignals(
            score=score,
            within=score - best,
            length=math.log(len(answer.split()) or 1),
            rank=math.log1p(passage),
            shared=share(self._words, evidence.text),
            repeated=share(self._words, answer),
            titled=float(f" {normal_form(answer)} " in self._titles[passage]),
            misfit=float(lacks_wanted(answer, self._wanted)),
            near=near,
            late=late,
        )


def ranked(
    evidence: Sequence[Evidence], signals: Sequence[SpanSignals], weights: SpanWeights
) -> list[Evidence]:
    """Return the evidence with confidences computed from its signals, best first."""
    confident = _with_confidence(evidence, [weights.evidence(each) for each in signals], weights.nothing)
    return sorted(confident, key=lambda each: -each.confidence)


def evidence_of(found: RetrievedPassage, span: Reading) -> Evidence:
    """Return the sentence of a span as evidence, with confidence 0 for now."""
    offset = found.passage.start
    (start, end), (first, last) = span.sentence, span.answer
    return Evidence(
        found=found,
        start=offset + start,
        end=offset + end,
        text=found.passage.text[start:end],
        confidence=0.0,
        answer=(offset + first, offset + last),
    )


def _with_confidence(evidence: Sequence[Evidence], nats: Sequence[float], nothing: float) -> list[Evidence]:
    """Set confidences: a span's own share, plus those of the same answer in its article and in others that agree."""
    highest = max([nothing, *nats])
    total = math.exp(nothing - highest) + sum(math.exp(each - highest) for each in nats)
    own_shares = [math.exp(each - highest) / total for each in nats]
    by_answer: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each, own in zip(evidence, own_shares, strict=True):
        by_answer[normal_form(each.answer_text or "")][each.found.passage.article].append(own)
    confident = []
    for each, own in zip(evidence, own_shares, strict=True):
        by_article = by_answer[normal_form(each.answer_text or "")]
        here = by_article[each.found.passage.article]
        # Only the best sentence of an article gets the shares of its other sentences with the same answer.
        own_article = sum(here) if own == max(here) else own
        others = [sum(shares) for shares in by_article.values() if shares is not here]
        least = LEAST_AGREEMENT * max([*others, sum(here)])
        agreement = sum(other for other in others if other >= least)
        confidence = min(1.0, own_article + AGREEMENT * agreement)
        confident.append(replace(each, confidence=confidence, own_confidence=own))
    return confident


def _timeliness(found: RetrievedPassage, as_of: date | None) -> tuple[float, float]:
    """Return the signals `near` and `late` of a passage's article."""
    published = found.source.published or ""
    if as_of is None or len(published) < len("2023-02-02"):
        return 0.5, 0.0
    days = (as_of - date.fromisoformat(published[:10])).days
    return (0.0, 1.0) if days < 0 else (math.exp(-days / NEAR_DAYS), 0.0)
