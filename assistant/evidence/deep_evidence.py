"""Finds evidence with two readers: the small one proposes sentences, the deep one reads the best again and decides."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from assistant.article import PublicationDate, Span, heading
from assistant.evidence.evidence import LONGEST_SENTENCE, Evidence, Verdict
from assistant.evidence.reader.deep_reader import DeepReader, DeepReading, Excerpt
from assistant.evidence.reader_evidence import (
    ReaderEvidenceFinder,
    SignalSource,
    SpanSignals,
    SpanWeights,
    evidence_of,
    ranked,
)
from assistant.fitted import load
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry
from assistant.text.words import Frequencies

EXCERPTS = 5
"""Excerpts that the deep reader reads, each of another passage.

With 3, 4, 5, 6 and 8, the first answer to .558, .564, .564, .570 and .581 of the answerable questions of the choosing
half is right, and at the threshold to .535, .541, .529, .535 and .535. Eight take 1.5 times as long as five."""

THRESHOLDS: Mapping[Kind, float] = {
    "one": 0.25,
    "several": 0.1,
    "course": 0.01,
    "latest": 0.01,
    "reasons": 0.1,
    "yes_no": 0.25,
}
"""The least confidence for an answer, by kind of question; see docs/evaluation.md.

On the choosing half's questions for one thing, .2, .3 and .4 give .535, .512 and .483 right answers, and decline .69,
.77 and .85 of the unanswerable ones. The small reader reaches .401 and .31 at its own threshold."""

SURE_VERDICT = 0.5
"""Least probability for saying yes or no. Below it, the sentences about the question are shown without."""

WEIGHTS = Path(__file__).with_name("deep_weights.json")


@dataclass(frozen=True, kw_only=True)
class DeepSignals(SpanSignals):
    """The signals of a span that the deep reader found; `score` and `within` are the deep reader's."""

    sentence: float
    """How much its sentence belongs to the answer, in nats."""
    proposed: float
    """The evidence for the passage by the small reader, in nats below the best passage's."""
    unnamed: float
    """1 if the question asks for a name and the span has no capital letter, else 0."""


@dataclass(frozen=True, kw_only=True)
class DeepWeights(DeepSignals, SpanWeights):
    """The weight of each signal."""


FITTED = DeepWeights(**load(WEIGHTS, frozenset(each.name for each in fields(DeepWeights))).weights)


class DeepEvidenceFinder:
    """Finds the sentences that contain the answer, with both readers."""

    thresholds = THRESHOLDS

    def __init__(
        self,
        proposing: ReaderEvidenceFinder,
        deciding: DeepReader,
        frequencies: Frequencies,
        weights: DeepWeights = FITTED,
    ) -> None:
        self._proposing = proposing
        self._deciding = deciding
        self._frequencies = frequencies
        self._weights = weights

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder."""
        if inquiry.plan.kind in ("course", "latest"):
            return self._proposing.find(inquiry)
        read = self.read(inquiry)
        if inquiry.plan.kind == "yes_no":
            sure = [each for each in verdicts(read) if each.confidence >= SURE_VERDICT]
            if sure:
                return sure
        if inquiry.plan.kind in ("several", "reasons"):
            return sentences(read)
        return ranked(*self.spans(inquiry, read), self._weights)

    def read(self, inquiry: Inquiry) -> list["ReadExcerpt"]:
        """Return what the deep reader says of the excerpts that the small reader proposes."""
        passages = inquiry.passages
        numbers = {id(found): number for number, found in enumerate(passages)}
        best: dict[int, Evidence] = {}
        nats: dict[int, float] = {}
        for each, value in self._proposing.weighed(inquiry):
            number = numbers[id(each.found)]
            if value > nats.get(number, -math.inf):
                best[number], nats[number] = each, value
        chosen = sorted(nats, key=lambda number: -nats[number])[:EXCERPTS]
        excerpts = [_excerpt(best[number]) for number in chosen]
        highest = max(nats.values(), default=0.0)
        return [
            ReadExcerpt(number, best[number], reading, nats[number] - highest)
            for number, reading in zip(
                chosen, self._deciding.read(inquiry.plan.reader_question, excerpts), strict=True
            )
        ]

    def spans(
        self, inquiry: Inquiry, read: Sequence["ReadExcerpt"]
    ) -> tuple[list[Evidence], list[DeepSignals]]:
        """Return all spans that the deep reader found, with confidences still 0, and the signals of each."""
        source = SignalSource(inquiry.plan, inquiry.passages, self._frequencies)
        evidence, signals = [], []
        for each in read:
            best = max((span.score for span in each.reading.spans), default=0.0)
            for span in each.reading.spans:
                if span.sentence[1] - span.sentence[0] > LONGEST_SENTENCE:
                    continue
                found = evidence_of(inquiry.passages[each.number], span)
                evidence.append(found)
                signals.append(
                    DeepSignals(
                        **vars(source.of(found, each.number, span.score, best)),
                        sentence=each.reading.sentences.get(span.sentence, 0.0),
                        proposed=each.proposed,
                        unnamed=float(
                            inquiry.plan.wanted == "name"
                            and not any(map(str.isupper, found.answer_text or ""))
                        ),
                    )
                )
        return evidence, signals


@dataclass(frozen=True)
class ReadExcerpt:
    """An excerpt that the deep reader read."""

    number: int
    """Number of its passage among those found."""
    proposal: Evidence
    """What the small reader found in it."""
    reading: DeepReading
    proposed: float
    """See DeepSignals."""

    def sentence(self, place: Span) -> Evidence:
        """Return one of its sentences as evidence, without an answer."""
        passage = self.proposal.found.passage
        start, end = place
        return replace(
            self.proposal,
            start=passage.start + start,
            end=passage.start + end,
            text=passage.text[start:end],
            answer=None,
            confidence=0.0,
            own_confidence=0.0,
        )


def sentences(read: Sequence[ReadExcerpt]) -> list[Evidence]:
    """Return the sentences by how likely they belong to the answer, each with its most likely words."""
    found: list[Evidence] = []
    for each in read:
        offset = each.proposal.found.passage.start
        for place, score in each.reading.sentences.items():
            if place[1] - place[0] > LONGEST_SENTENCE:
                continue
            likely = 1 / (1 + math.exp(-score))
            words = max(
                (span for span in each.reading.spans if span.sentence == place),
                key=lambda span: span.score,
                default=None,
            )
            answer = (offset + words.answer[0], offset + words.answer[1]) if words else None
            found.append(
                replace(each.sentence(place), confidence=likely, own_confidence=likely, answer=answer)
            )
    return sorted(found, key=lambda evidence: -evidence.confidence)


def verdicts(read: Sequence[ReadExcerpt]) -> list[Evidence]:
    """Return of each excerpt the sentence that decides, with what it says, by how likely it says that."""
    found: list[Evidence] = []
    for each in read:
        if not each.reading.sentences:
            continue
        yes, no, _ = map(math.exp, each.reading.verdict)
        says: Verdict = "yes" if yes > no else "no"
        place = max(each.reading.sentences, key=lambda place: each.reading.sentences[place])
        likely = max(yes, no)
        found.append(replace(each.sentence(place), confidence=likely, own_confidence=likely, verdict=says))
    return sorted(found, key=lambda evidence: -evidence.confidence)


def _excerpt(proposal: Evidence) -> Excerpt:
    found = proposal.found
    start = found.passage.start
    return Excerpt(
        heading(found.source.title, PublicationDate(found.source.published)),
        found.passage.text,
        (proposal.start - start, proposal.end - start),
    )
