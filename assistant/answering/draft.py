"""What an answerer makes of an inquiry, before the pipeline adds what else an answer records."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from assistant.answer import Citation, Mode, Reason, Sentence
from assistant.question.plan import Inquiry


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Sentences with citations, or a reason for none."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_answer_date: str | None = None
    reason_code: Reason | None = None
    reason: str | None = None
    confidence: float | None = None
    """Confidence of the best evidence, whether or not it was enough."""
    dropped_citations: int = 0
    notes: tuple[str, ...] = ()
    mode: Mode | None = None
    """Who wrote it, where that is not the answerer that was asked: quote mode for a chat model that failed."""


class Answerer(Protocol):
    """Quote mode or a chat model."""

    @property
    def mode(self) -> Mode:
        """Whose words the answer has."""
        ...

    @property
    def model(self) -> str | None:
        """The chat model, if there is one."""
        ...

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield pieces of text for showing and return the draft."""
        ...


def finished(steps: Generator[str, None, Draft]) -> Draft:
    """Return what an answerer returns, without showing its text."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            draft: Draft = end.value
            return draft
