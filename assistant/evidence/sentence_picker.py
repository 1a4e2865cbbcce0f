"""Finds evidence without the neural reader, for installations without its weights.

It picks the sentences that fit the question best: by the rarity of the words that they share with it, by the similarity
of their meaning, and by whether they contain the kind of thing that the question asks for.
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
from assistant.text.names import names
from assistant.text.sentences import quotable_spans
from assistant.text.words import NUMBER, Frequencies, question_weights, share, stems

PASSAGES = 12
"""Passages whose sentences are scored."""

EMBEDDED = 16
"""Sentences that are embedded: the best by words. Each takes about 10 ms where bf16 is emulated."""


@dataclass(frozen=True)
class Candidate:
    """A sentence of a retrieved passage."""

    found: RetrievedPassage
    start: int
    end: int
    """`start` and `end` are the place of the sentence in its article."""
    text: str
    rank: int
    """Rank of its passage, from 0."""
    shared: float
    """Share of the question's words, weighted by rarity, that it contains: 0 to 1."""
    covered: float
    """Share of the question's words that its passage and the article's title contain."""
    fitting: bool
    """Whether it contains the kind of thing that the question asks for: a number, a name, a date."""
    meaning: float = 0.0
    """Cosine similarity of question and sentence."""

    @property
    def support(self) -> float:
        """How well it fits the question."""
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

THRESHOLDS: Mapping[Kind, float] = dict.fromkeys(get_args(Kind), 1.2)
"""The least support for an answer, by kind of question, on the scale of the weights above."""

_PATTERNS: Mapping[Wanted, re.Pattern[str]] = {"number": NUMBER, "time": TIME}
"""Patterns of what a question may ask for; names are found by `names`."""


class SentencePicker:
    """Finds the sentences that fit a question best."""

    thresholds = THRESHOLDS

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
        known = set(stems(question))
        sentences = [
            candidate
            for rank, found in enumerate(inquiry.passages[:PASSAGES])
            for candidate in _passage_candidates(rank, found, weights, inquiry.plan.wanted, known)
        ]
        by_words = sorted(sentences, key=lambda c: -c.support)[:EMBEDDED]
        if not by_words:
            return []
        [vector] = self._encoder.encode_queries([question])
        cosines = self._encoder.encode_passages([candidate.text for candidate in by_words]) @ vector
        scored = [
            Candidate(**{**vars(candidate), "meaning": float(cosine)})
            for candidate, cosine in zip(by_words, cosines, strict=True)
        ]
        return sorted(scored, key=lambda c: -c.support)


def _passage_candidates(
    rank: int,
    found: RetrievedPassage,
    weights: Mapping[str, float],
    wanted: Wanted | None,
    known: set[str],
) -> Iterator[Candidate]:
    """Yield the sentences of a passage with all their signals except `meaning`."""
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
            fitting=wanted is not None and _has_new(wanted, sentence, known),
        )


def _has_new(wanted: Wanted, sentence: str, known: set[str]) -> bool:
    """Whether a sentence has a number, time or name that is not in the question, whose stems are `known`."""
    if wanted == "name":
        found = [word for name in names(sentence) for word in name.split()]
    else:
        found = [match.group() for match in _PATTERNS[wanted].finditer(sentence)]
    return any(known.isdisjoint(stems(each)) for each in found)
