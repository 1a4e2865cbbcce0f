"""Answers: sentences with citations, which are exact spans of stored articles, and their JSON form."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from assistant.article import Copy, Correction, Source
from assistant.json_object import JsonObject
from assistant.query import NO_FILTERS, Filters, RetrievedPassage
from assistant.question.kinds import Wanted

Mode = Literal["quote", "chat"]
Check = Literal["verified", "repaired", "unsupported"]
"""Whether a cited passage supports a chat model's sentence: as it was written, after a change, or not."""
Reason = Literal["not_in_archive", "outside_dates", "hidden_by_filter", "archive_empty"]


@dataclass(frozen=True, kw_only=True)
class Citation:
    """The exact words of an article that support a sentence."""

    n: int
    """Number in the answer, from 1, in order of first use."""
    article: str
    version: int
    start: int
    end: int
    """`start` and `end` count code points of the article version's text; `end` is excluded."""
    quote: str
    source: Source
    verified: bool | None = None
    """Whether it supports its sentence, as a quote always does; None in an answer of a version that did not check."""

    def to_json(self) -> JsonObject:
        """Return the citation for an answer's JSON."""
        return {
            "n": self.n,
            "article": self.article,
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            **_source_to_json(self.source),
            "corrected": self.source.corrected,
            "corrections": [vars(correction) for correction in self.source.corrections],
            "recognised": self.source.recognised,
            "verified": self.verified,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Citation":
        """Return the citation that `to_json` wrote."""
        return cls(
            n=stored["n"],
            article=stored["article"],
            version=stored["version"],
            start=stored["start"],
            end=stored["end"],
            quote=stored["quote"],
            source=_source_from_json(stored),
            verified=stored.get("verified"),
        )


@dataclass(frozen=True, kw_only=True)
class ListedPassage:
    """A retrieved passage as an answer lists it: its place and source, without its text."""

    article: str
    version: int
    start: int
    end: int
    source: Source
    score: float

    @classmethod
    def of(cls, found: RetrievedPassage) -> "ListedPassage":
        """Return the listed form of a retrieved passage."""
        passage = found.passage
        return cls(
            article=passage.article,
            version=passage.version,
            start=passage.start,
            end=passage.end,
            source=found.source,
            score=found.score,
        )

    def to_json(self) -> JsonObject:
        """Return the passage for an answer's JSON."""
        return {
            "article": self.article,
            "version": self.version,
            "start": self.start,
            "end": self.end,
            **_source_to_json(self.source),
            "score": self.score,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "ListedPassage":
        """Return the passage that `to_json` wrote."""
        return cls(
            article=stored["article"],
            version=stored["version"],
            start=stored["start"],
            end=stored["end"],
            source=_source_from_json(stored),
            score=stored["score"],
        )


UNSUPPORTED = "support not found"
"""Shown after a sentence that no passage supports."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...] = ()
    check: Check | None = None
    """None for a quote, which is the archive's own words, and in an answer of a version that did not check."""

    @property
    def shown(self) -> str:
        """The sentence with its [n] markers, and with a warning if nothing supports it."""
        warning = f" ({UNSUPPORTED})" if self.check == "unsupported" else ""
        return self.text + warning + "".join(f" [{n}]" for n in self.citations)

    def to_json(self) -> JsonObject:
        """Return the sentence for an answer's JSON."""
        return {"text": self.text, "citations": list(self.citations), "check": self.check}


@dataclass(frozen=True)
class AskedTime:
    """The time that a question asks about, and whether the search was restricted to it."""

    first: date | None
    last: date | None
    words: str
    """The words that name the time, in the question or the one it depends on."""
    hard: bool
    """Whether an article about another time cannot answer the question."""
    applied: bool
    """Whether only articles about this time were searched."""

    def to_json(self) -> JsonObject:
        """Return the time for an answer's JSON."""
        return {
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "words": self.words,
            "hard": self.hard,
            "applied": self.applied,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "AskedTime":
        """Return the time that `to_json` wrote."""
        first, last = (
            date.fromisoformat(stored[end]) if stored.get(end) else None for end in ("first", "last")
        )
        return cls(first, last, stored["words"], stored["hard"], stored["applied"])


@dataclass(frozen=True)
class AskedOutlets:
    """The outlets whose reporting a question asks about, and whether the search was restricted to them."""

    outlets: tuple[str, ...]
    """Their names in the archive."""
    words: tuple[str, ...]
    """Their names in the question."""
    applied: bool

    def to_json(self) -> JsonObject:
        """Return the outlets for an answer's JSON."""
        return {"outlets": list(self.outlets), "words": list(self.words), "applied": self.applied}

    @classmethod
    def from_json(cls, stored: JsonObject) -> "AskedOutlets":
        """Return the outlets that `to_json` wrote."""
        return cls(tuple(stored["outlets"]), tuple(stored["words"]), stored["applied"])


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What the archive held when it was searched in vain."""

    articles: int
    outlets: int
    first: date | None
    last: date | None
    """First and last day of publication."""
    last_ingest: datetime | None
    """When the last complete ingest ended, in UTC."""

    def to_json(self) -> JsonObject:
        """Return the record for an answer's JSON."""
        return {
            "articles": self.articles,
            "outlets": self.outlets,
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "last_ingest": self.last_ingest and self.last_ingest.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Searched":
        """Return the record that `to_json` wrote."""
        first, last = (date.fromisoformat(stored[end]) if stored[end] else None for end in ("first", "last"))
        ended = stored["last_ingest"]
        return cls(
            articles=stored["articles"],
            outlets=stored["outlets"],
            first=first,
            last=last,
            last_ingest=datetime.fromisoformat(ended) if ended else None,
        )


@dataclass(frozen=True, kw_only=True)
class MadeWith:
    """The versions and settings behind an answer, so that answers of different systems can be distinguished."""

    backfile: str
    """Version of Backfile."""
    encoder: str
    reader: str | None
    """Digest of the reader's weights; None if they are not installed."""
    chat_model: str | None
    settings: str
    """Digest of all settings that affect answers."""
    generation: int
    """Number of changes to the archive before the question."""

    def to_json(self) -> JsonObject:
        """Return the record for an answer's JSON."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one question, or the reason why there is none."""

    question: str
    standalone: str
    """The fullest wording that was searched: a follow-up comes after the questions it depends on."""
    mode: Mode
    model: str | None = None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_answer_date: str | None = None
    wanted: Wanted | None = None
    """What the question asks for; None if its words do not say, or for an answer stored before this was recorded."""
    reason_code: Reason | None = None
    reason: str | None = None
    passages: tuple[ListedPassage, ...] = ()
    confidence: float | None = None
    """Confidence of the best evidence, even if it was below the threshold; None if a chat model answered.

    The reader's confidence is a share, 0 to 1. Without the reader, it only ranks sentences."""
    dropped_citations: int = 0
    """Number of a chat model's citations that name no passage, or do not support their sentence while others do."""
    withheld: int = 0
    """Number of a chat model's sentences that are not shown because no passage supports them."""
    filters: Filters = NO_FILTERS
    time_frame: AskedTime | None = None
    reported_by: AskedOutlets | None = None
    searched: Searched | None = None
    """What was searched in vain; None if there is an answer, and for an answer stored before this was recorded."""
    notes: tuple[str, ...] = ()
    made_with: MadeWith | None = None
    """None for an answer of a version that did not record it."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """Whether there is a reason instead of an answer."""
        return self.reason_code is not None

    @property
    def text(self) -> str:
        """The answer as text: its sentences with their [n] markers, or the reason why there is none."""
        if self.abstained:
            return self.reason or ""
        return " ".join(sentence.shown for sentence in self.sentences)

    def to_json(self, id: str | None = None) -> JsonObject:
        """Return the answer as `python -m assistant ask --json` prints it."""
        return {
            "id": id,
            "question": self.question,
            "standalone": self.standalone,
            "mode": self.mode,
            "model": self.model,
            "answer": self.text,
            "short_answer": self.short_answer,
            "short_answer_date": self.short_answer_date,
            "wanted": self.wanted,
            "abstained": self.abstained,
            "reason_code": self.reason_code,
            "reason": self.reason,
            "sentences": [sentence.to_json() for sentence in self.sentences],
            "withheld": self.withheld,
            "citations": [citation.to_json() for citation in self.citations],
            "passages": [passage.to_json() for passage in self.passages],
            "confidence": self.confidence,
            "dropped_citations": self.dropped_citations,
            "filters": self.filters.to_json(),
            "time_frame": self.time_frame and self.time_frame.to_json(),
            "reported_by": self.reported_by and self.reported_by.to_json(),
            "searched": self.searched and self.searched.to_json(),
            "notes": list(self.notes),
            "made_with": self.made_with and self.made_with.to_json(),
            "timings_ms": dict(self.timings_ms),
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Answer":
        """Return the answer that `to_json` wrote, in this version of Backfile or an earlier one.

        Raises:
            KeyError: `stored` lacks a key that every version has written.
        """
        time_frame, reported_by, searched, made_with = (
            stored.get(key) for key in ("time_frame", "reported_by", "searched", "made_with")
        )
        return cls(
            question=stored["question"],
            standalone=stored["standalone"],
            mode=stored["mode"],
            model=stored["model"],
            sentences=tuple(
                Sentence(each["text"], tuple(each["citations"]), each.get("check"))
                for each in stored["sentences"]
            ),
            withheld=stored.get("withheld", 0),
            citations=tuple(map(Citation.from_json, stored["citations"])),
            short_answer=stored["short_answer"],
            short_answer_date=stored.get("short_answer_date"),
            wanted=stored.get("wanted"),
            reason_code=stored["reason_code"],
            reason=stored["reason"],
            passages=tuple(map(ListedPassage.from_json, stored["passages"])),
            confidence=stored.get("confidence"),
            dropped_citations=stored["dropped_citations"],
            filters=Filters.from_json(stored["filters"]),
            time_frame=AskedTime.from_json(time_frame) if time_frame else None,
            reported_by=AskedOutlets.from_json(reported_by) if reported_by else None,
            searched=Searched.from_json(searched) if searched else None,
            notes=tuple(stored["notes"]),
            made_with=MadeWith(**made_with) if made_with else None,
            timings_ms=stored["timings_ms"],
        )


class Reply:
    """The reply to a question: iterate to get the text as it is produced, then take the complete `answer`."""

    def __init__(self, steps: Generator[str, None, Answer]) -> None:
        """Read from `steps`, which yields pieces of text to show and returns the complete answer."""
        self._steps = steps
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        # `yield from` would close the stream of a caller who stops early and then takes the answer.
        while self._answer is None:
            try:
                piece = next(self._steps)
            except StopIteration as end:
                self._answer = end.value
                return
            yield piece

    @property
    def answer(self) -> Answer:
        """The complete answer; reads the rest of the stream first."""
        for _ in self:
            pass
        if self._answer is None:
            raise RuntimeError("the reply ended without an answer")
        return self._answer


def _source_to_json(source: Source) -> JsonObject:
    return {
        "title": source.title,
        "outlet": source.outlet,
        "published": source.published,
        "url": source.url,
        "also": [vars(copy) for copy in source.also],
    }


def _source_from_json(stored: JsonObject) -> Source:
    return Source(
        title=stored["title"],
        outlet=stored["outlet"],
        published=stored["published"],
        url=stored["url"],
        corrected=stored.get("corrected", False),
        also=tuple(Copy(**copy) for copy in stored["also"]),
        corrections=tuple(Correction(**each) for each in stored.get("corrections", ())),
        recognised=stored.get("recognised"),
    )
