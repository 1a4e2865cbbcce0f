"""Evidence: a sentence of the archive that may answer a question, with a confidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.article import Span
from assistant.query import RetrievedPassage
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry

Verdict = Literal["yes", "no"]

LONGEST_SENTENCE = 1_500
"""Code points. Anything longer is a list or a table without its layout, not a sentence to quote."""


@dataclass(frozen=True)
class Evidence:
    """A sentence of a retrieved passage."""

    found: RetrievedPassage
    start: int
    end: int
    """`start` and `end` are the place of the sentence in its article."""
    text: str
    confidence: float
    """How likely the sentence answers. Compare it only with `thresholds` and other evidence of the same finder."""
    answer: Span | None = None
    """Where the exact words of the answer are in the article; None if unknown."""
    own_confidence: float = 0.0
    """The confidence without the support of other sentences and articles; 0 if the finder counts no support."""
    verdict: Verdict | None = None
    """What the sentence says to a question of yes or no; None if unknown."""

    @property
    def answer_text(self) -> str | None:
        """The exact words of the answer; None if unknown."""
        if self.answer is None:
            return None
        first, last = self.answer
        return self.text[first - self.start : last - self.start]


class EvidenceFinder(Protocol):
    """Finds evidence: with the neural reader, or without it by sentence picking."""

    @property
    def thresholds(self) -> Mapping[Kind, float]:
        """The least confidence for an answer, by kind of question."""
        ...

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """Return the sentences worth quoting, best first."""
        ...
