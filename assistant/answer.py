"""What an answer is: sentences, each with citations that are exact spans of stored articles."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

from assistant.article import Passage

Mode = Literal["quote", "chat"]
Reason = Literal["not_in_archive", "outside_dates", "hidden_by_filter", "archive_empty"]


@dataclass(frozen=True)
class Filters:
    """What the asker restricts the search to; both dates are included."""

    since: date | None = None
    until: date | None = None
    outlets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.outlets)

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer's JSON."""
        return {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "outlets": list(self.outlets),
        }


@dataclass(frozen=True)
class Copy:
    """Another article of the same family, as in "also carried by"."""

    article: str
    outlet: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class RetrievedPassage:
    """A passage with its score, and of its article what a reader needs to judge it."""

    passage: Passage
    score: float
    """Fused evidence of all retrieval methods; only the order within one question has a meaning."""
    similarity: float
    """Cosine of question and passage, -1 to 1."""
    title: str
    outlet: str | None
    published: str | None
    place: str | None
    url: str | None
    corrected: bool
    """Whether an older version of the article is kept beside this one."""
    also: tuple[Copy, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer's JSON."""
        return {
            "article": self.passage.article,
            "version": self.passage.version,
            "start": self.passage.start,
            "end": self.passage.end,
            "title": self.title,
            "outlet": self.outlet,
            "url": self.url,
            "published": self.published,
            "score": self.score,
            "also": [vars(copy) for copy in self.also],
        }


@dataclass(frozen=True, kw_only=True)
class Citation:
    """The exact words of an article that support a sentence."""

    n: int
    """Its number in the answer, from 1, in order of first use."""
    article: str
    version: int
    start: int
    end: int
    quote: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None
    corrected: bool = False
    also: tuple[Copy, ...] = ()
    verified: bool | None = None
    """True for a quote; for a chat model's sentence None until its support is checked."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer's JSON."""
        return {**vars(self), "also": [vars(copy) for copy in self.also]}


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in an answer's JSON."""
        return {"text": self.text, "citations": list(self.citations)}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one question, or the reason why there is none."""

    question: str
    standalone: str
    """The question as it was searched."""
    mode: Mode
    model: str | None = None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_answer_date: str | None = None
    reason_code: Reason | None = None
    reason: str | None = None
    passages: tuple[RetrievedPassage, ...] = ()
    confidence: float | None = None
    """How surely the best evidence answers, above or below what is enough; None where a chat model answered.
    The reader's is a share, 0 to 1; that of picked sentences, where there is no reader, is only good for ordering."""
    dropped_citations: int = 0
    filters: Filters = Filters()
    time_frame: dict[str, Any] | None = None
    reported_by: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """Whether there is a reason instead of an answer."""
        return self.reason_code is not None

    @property
    def text(self) -> str:
        """The answer for reading: its sentences with their [n] markers, or the reason for none."""
        if self.abstained:
            return self.reason or ""
        return " ".join(
            sentence.text + "".join(f" [{n}]" for n in sentence.citations) for sentence in self.sentences
        )

    def to_json(self, id: str | None = None) -> dict[str, Any]:
        """The answer as `python -m assistant ask --json` prints it."""
        return {
            "id": id,
            "question": self.question,
            "standalone": self.standalone,
            "mode": self.mode,
            "model": self.model,
            "answer": self.text,
            "short_answer": self.short_answer,
            "short_answer_date": self.short_answer_date,
            "abstained": self.abstained,
            "reason_code": self.reason_code,
            "reason": self.reason,
            "sentences": [sentence.to_json() for sentence in self.sentences],
            "citations": [citation.to_json() for citation in self.citations],
            "passages": [passage.to_json() for passage in self.passages],
            "confidence": self.confidence,
            "dropped_citations": self.dropped_citations,
            "filters": self.filters.to_json(),
            "time_frame": self.time_frame,
            "reported_by": self.reported_by,
            "notes": list(self.notes),
            "timings_ms": self.timings_ms,
        }


@dataclass(frozen=True)
class Exchange:
    """One question of a conversation and the text that answered it."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """All that an answerer may know: the question and the passages found for it."""

    question: str
    standalone: str
    passages: tuple[RetrievedPassage, ...]
    history: tuple[Exchange, ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an answerer makes of an inquiry: sentences with citations, or a reason for none."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_answer_date: str | None = None
    reason_code: Reason | None = None
    reason: str | None = None
    confidence: float | None = None
    """Of the best evidence, be it enough or not."""
    dropped_citations: int = 0
    notes: tuple[str, ...] = ()
    mode: Mode | None = None
    """Who wrote it, where that is not the answerer that was asked: quote mode for a chat model that failed."""


class Answerer(Protocol):
    """Quote mode or a chat model."""

    mode: Mode
    model: str | None

    def answer(self, inquiry: Inquiry) -> Iterator[str | Draft]:
        """Yield pieces of text for showing, then one Draft as the last."""
        ...


class Reply:
    """An answer on its way: iterate for the text as it comes, ask for `answer` when it is complete.

    `steps` yields pieces of text for showing, then the finished Answer as its last.
    """

    def __init__(self, steps: Iterator[str | Answer]) -> None:
        self._steps = steps
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        for step in self._steps:
            if isinstance(step, Answer):
                self._answer = step
            else:
                yield step

    @property
    def answer(self) -> Answer:
        """The complete answer; takes what is left of the stream first."""
        if self._answer is None:
            for _ in self:
                pass
        if self._answer is None:
            raise RuntimeError("the reply ended without an answer")
        return self._answer
