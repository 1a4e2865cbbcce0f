"""Evidence: a sentence of the archive that may answer a question, and how surely it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.article import Span
from assistant.query import RetrievedPassage
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry

LONGEST_SENTENCE = 1_500
"""Code points; what is longer is a list or a table that lost its layout, not a sentence to quote."""


@dataclass(frozen=True)
class Evidence:
    """A sentence of a retrieved passage."""

    found: RetrievedPassage
    start: int
    end: int
    """Where the sentence lies in its article."""
    text: str
    confidence: float
    """How surely it answers; only comparable with other evidence of the same finder and with its `enough`."""
    answer: Span | None = None
    """Where in the article the very words of the answer lie; None where they are not known."""
    alone: float = 0.0
    """The same before other articles that give the same answer raised it; 0 where nothing raises it."""

    @property
    def wording(self) -> str | None:
        """The very words of the answer."""
        if self.answer is None:
            return None
        first, last = self.answer
        return self.text[first - self.start : last - self.start]


class EvidenceFinder(Protocol):
    """The trained reader, or the picking of sentences that stands in for it."""

    @property
    def enough(self) -> Mapping[Kind, float]:
        """Confidence from which evidence is an answer, by kind of question."""
        ...

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """Return the sentences worth quoting, best first."""
        ...
