"""Sentence picking: evidence without the trained reader, for where its weights are absent.

It picks the sentences that bear the question best, by the rarity of the words they share with it, by the
closeness of their meaning, and by whether they hold the kind of thing that is asked for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from assistant.evidence.evidence import LONGEST_SENTENCE, Evidence
from assistant.models.encoder import TextEncoder
from assistant.query import RetrievedPassage
from assistant.question.kinds import TIME, Kind, Wanted
from assistant.question.plan import Inquiry
from assistant.text.sentences import quotable_spans
from assistant.text.words import NUMBER, Frequencies, question_weights, share, stems

PASSAGES = 12
"""Passages whose sentences are weighed."""

EMBEDDED = 16
"""Sentences whose meaning is compared: the best by words. Each takes about 10 ms where bf16 is emulated."""


@dataclass(frozen=True)
class Candidate:
    """A sentence of a retrieved passage."""

    found: RetrievedPassage
    start: int
    end: int
    """Where it lies in its article."""
    text: str
    rank: int
    """Rank of its passage, from 0."""
    shared: float
    """Share of the question's words, weighed by rarity, that it holds: 0 to 1."""
    covered: float
    """The same of its whole passage with the article's title."""
    fitting: bool
    """Whether it holds the kind of thing that is asked for: a number, a name, a date."""
    meaning: float = 0.0
    """Cosine of question and sentence."""

    @property
    def support(self) -> float:
        """How well it bears the question."""
        return (
            SHARED * self.shared
            + COVERED * self.covered
            + MEANING * self.meaning
            + FITTING * self.fitting
            + RANK / (1 + self.rank)
        )


SHARED = 1.0
COVERED = 0.6
MEANING = 1.0
FITTING = 0.25
RANK = 0.15

ENOUGH: Mapping[Kind, float] = dict.fromkeys(get_args(Kind), 1.2)
"""Support, on the scale of the weights above."""

_NAME = re.compile(r"(?<=[\w,;:\"“'’(] )[A-Z]\w+|\b[A-Z]\w+ [A-Z]\w+")
_HOLDS: Mapping[Wanted, re.Pattern[str]] = {"number": NUMBER, "time": TIME, "name": _NAME}


class SentencePicker:
    """Finds the sentences that bear a question best."""

    enough = ENOUGH

    def __init__(self, encoder: TextEncoder, frequencies: Frequencies) -> None:
        self._encoder = encoder
        self._frequencies = frequencies

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder."""
        return [
            Evidence(found=c.found, start=c.start, end=c.end, text=c.text, confidence=c.support)
            for c in self._candidates(inquiry)
        ]

    def _candidates(self, inquiry: Inquiry) -> list[Candidate]:
        question = inquiry.plan.standalone
        weights = question_weights(question, self._frequencies)
        wanted = _HOLDS[inquiry.plan.wanted] if inquiry.plan.wanted else None
        known = set(stems(question))
        sentences = [
            candidate
            for rank, found in enumerate(inquiry.passages[:PASSAGES])
            for candidate in _sentences(rank, found, weights, wanted, known)
        ]
        by_words = sorted(sentences, key=lambda c: -c.support)[:EMBEDDED]
        if not by_words:
            return []
        [asked] = self._encoder.encode_queries([question])
        cosines = self._encoder.encode_passages([candidate.text for candidate in by_words]) @ asked
        weighed = [
            Candidate(**{**vars(candidate), "meaning": float(cosine)})
            for candidate, cosine in zip(by_words, cosines, strict=True)
        ]
        return sorted(weighed, key=lambda c: -c.support)


def _sentences(
    rank: int,
    found: RetrievedPassage,
    weights: Mapping[str, float],
    wanted: re.Pattern[str] | None,
    known: set[str],
) -> Iterator[Candidate]:
    """Yield the sentences of a passage with all that can be said of them without reading their meaning."""
    text = found.passage.text
    covered = share(weights, f"{found.source.title} {text}")
    for start, end in quotable_spans(text):
        sentence = text[start:end]
        if end - start > LONGEST_SENTENCE:
            continue
        yield Candidate(
            found=found,
            start=found.passage.start + start,
            end=found.passage.start + end,
            text=sentence,
            rank=rank,
            shared=share(weights, sentence),
            covered=covered,
            fitting=wanted is not None and _holds_new(wanted, sentence, known),
        )


def _holds_new(kind: re.Pattern[str], sentence: str, known: set[str]) -> bool:
    """Whether a sentence holds a thing of this kind that the question does not name itself."""
    return any(known.isdisjoint(stems(match.group())) for match in kind.finditer(sentence))
