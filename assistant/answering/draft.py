"""The draft of an answer, which an answerer makes and the pipeline completes."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assistant.answer import Citation, Mode, Reason, Sentence
from assistant.question.plan import Inquiry


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Sentences with citations, or the reason why there are none."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_answer_date: str | None = None
    reason_code: Reason | None = None
    reason: str | None = None
    confidence: float | None = None
    """Confidence of the best evidence, even if it was below the threshold."""
    dropped_citations: int = 0
    withheld: int = 0
    """Number of a chat model's sentences that are not shown because no passage supports them."""
    notes: tuple[str, ...] = ()
    mode: Mode | None = None
    """The mode that wrote the draft, if it is not the answerer's: quote mode after a failure of the chat model."""
    details: Mapping[str, object] = field(default_factory=dict, compare=False)
    """What the answerer tells a trace, ready for JSON and without any text of articles."""


class Answerer(Protocol):
    """Quote mode or a chat model."""

    @property
    def mode(self) -> Mode:
        """Whether answers are quotes or a chat model's words."""
        ...

    @property
    def model(self) -> str | None:
        """The chat model, if there is one."""
        ...

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield pieces of text to show, and return the draft."""
        ...


def final_draft(steps: Generator[str, None, Draft]) -> Draft:
    """Run an answerer to its end and return its draft, without showing text."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            draft: Draft = end.value
            return draft
