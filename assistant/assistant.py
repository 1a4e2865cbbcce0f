"""The assistant: asks the retriever, hands what it found to an answerer, and gives the answer its place and time.

`Assistant.open` is the one place where the real parts are put together.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assistant.answer import (
    Answer,
    Answerer,
    Draft,
    Exchange,
    Filters,
    Inquiry,
    Mode,
    Reply,
    RetrievedPassage,
)
from assistant.answering.quote import NOTHING_FOUND, QuoteAnswerer
from assistant.answering.starters import starter_questions
from assistant.archive.catalog import Catalog, Coverage
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder, archive_folder
from assistant.archive.identity import check_encoder
from assistant.article import Article
from assistant.conversations import readable
from assistant.errors import QuestionError
from assistant.evidence.evidence import EvidenceFinder
from assistant.evidence.reader.reader import Reader
from assistant.evidence.reader_finder import ReadingFinder
from assistant.evidence.sentence_picker import SentencePicker
from assistant.models.configured_encoder import open_encoder
from assistant.question.attribution import Attribution, attribution
from assistant.question.followups import Readings, carried, readings
from assistant.question.kinds import refers
from assistant.question.timeframe import TimeFrame, find
from assistant.retrieval.retriever import FUSED, Fusion, Retrieved, Retriever
from assistant.settings import Settings
from assistant.text.counting import counted

LONGEST_QUESTION = 2_000
"""Code points: longer than any question, shorter than an article pasted by mistake."""

WITHOUT_READER = (
    "The reader's weights are not installed: sentences are picked by their words and meaning, which answers fewer "
    "questions right."
)

NOT_WITHIN = (
    "Nothing of the time asked for, “{words}”, answers this: the answer is from articles of other times."
)
NOT_REPORTED = "No article by {outlets} answers this: the answer is from other outlets."
NOT_REPORTED_WITHIN = (
    "No article by {outlets} of the time asked for, “{words}”, answers this: "
    "the answer is from other articles."
)

READ_ALONE = "Read with the questions before it, nothing answers this; this answers it read alone."

READ = 24
"""Passages handed to the answerer."""

LISTED = 20
"""Passages listed in an answer, one of each family."""

EACH = 4
"""Passages of every outlet asked about that are among those listed, however much larger another one is."""


@dataclass(frozen=True)
class _Search:
    """What an archive is searched for, and where."""

    text: str
    filters: Filters
    as_of: date | None
    readings: Readings | None = None
    """The readings of a follow-up, of which the text is the fullest."""
    frame: TimeFrame | None = None
    words: str = ""
    """What the question says of time."""
    within: bool = False
    """Only articles about the frame are searched, not merely those first."""
    reported: Attribution | None = None
    """The outlets whose reporting is asked about."""
    by_them: bool = False
    """Only articles of these outlets are searched."""

    @property
    def restricted(self) -> bool:
        """Whether the question itself restricts where is searched."""
        return self.within or self.by_them

    def anywhere(self) -> "_Search":
        """The search without what the question restricts it to."""
        return replace(self, within=False, by_them=False)

    @property
    def where(self) -> Filters:
        """The filters, those that the question makes among them."""
        filters = self.filters
        if self.frame is not None and self.within:
            since, until = self.frame.published
            filters = replace(filters, since=since, until=until)
        if self.reported is not None and self.by_them:
            filters = replace(filters, outlets=self.reported.names)
        return filters

    def missed(self) -> str:
        """What is said where only articles beyond what the question restricts the search to answer it."""
        if self.reported is None or not self.by_them:
            return NOT_WITHIN.format(words=self.words)
        outlets = " or ".join(self.reported.words)
        return (NOT_REPORTED_WITHIN if self.within else NOT_REPORTED).format(
            outlets=outlets, words=self.words
        )

    def outlets_to_json(self) -> dict[str, Any] | None:
        """The outlets asked about as they stand in an answer's JSON."""
        if self.reported is None:
            return None
        return {
            "outlets": list(self.reported.names),
            "words": list(self.reported.words),
            "applied": self.by_them,
        }

    def to_json(self) -> dict[str, Any] | None:
        """The frame as it stands in an answer's JSON."""
        if self.frame is None:
            return None
        return {
            "first": self.frame.first and self.frame.first.isoformat(),
            "last": self.frame.last and self.frame.last.isoformat(),
            "words": self.words,
            "hard": self.frame.hard,
            "applied": self.within,
        }


class Assistant:
    """Answers questions from one archive."""

    def __init__(
        self,
        *,
        folder: ArchiveFolder,
        catalog: Catalog,
        retriever: Retriever,
        dense: DenseIndex,
        quoting: QuoteAnswerer,
        chatting: Answerer | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        """Put the parts together; `notes` are said with every answer."""
        self._folder = folder
        self._catalog = catalog
        self._retriever = retriever
        self._dense = dense
        self._quoting = quoting
        self._answerer = chatting or quoting
        self._notes = notes

    @classmethod
    def open(cls, settings: Settings) -> "Assistant":
        """Open the archive that the settings name, with its encoder and, if one is set, a chat model.

        Raises:
            ArchiveError: there is no archive, it is damaged, or it was made with another encoder.
            SettingsError: the encoder or the chat model cannot be had, or the Chroma server has no such address.
            ModelError: the encoder is on a server that fails.
        """
        folder = archive_folder(settings)
        folder.require()
        catalog = Catalog.open(folder.catalog)
        try:
            encoder = open_encoder(settings)
            check_encoder(catalog, encoder)
            dense = DenseIndex(folder, catalog, encoder.dimension)
            reader = Reader.open()
            finder: EvidenceFinder = (
                SentencePicker(encoder, catalog.frequencies)
                if reader is None
                else ReadingFinder(reader, catalog.frequencies)
            )
            quoting = QuoteAnswerer(finder)
            chatting: Answerer | None = None
            if settings.model:
                # Imported only where it is used: without a chat model the page opens sooner.
                from assistant.answering.chat.answerer import ChatAnswerer, open_chat_model

                chatting = ChatAnswerer(open_chat_model(settings), name=settings.model, fallback=quoting)
        except BaseException:
            catalog.close()
            raise
        return cls(
            folder=folder,
            catalog=catalog,
            retriever=Retriever(catalog, dense, encoder),
            dense=dense,
            quoting=quoting,
            chatting=chatting,
            notes=() if reader is not None else (WITHOUT_READER,),
        )

    @property
    def mode(self) -> Mode:
        """Whether answers are quotes or a chat model's words."""
        return self._answerer.mode

    @property
    def model(self) -> str | None:
        """The chat model, if there is one."""
        return self._answerer.model

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        filters: Filters = Filters(),
        as_of: date | None = None,
        any_time: bool = False,
        any_outlet: bool = False,
    ) -> Reply:
        """Answer a question; the reply streams, and holds the whole answer at its end.

        A time that the question names restricts the search, unless `filters` have dates or it is to be `any_time`; so
        do the outlets whose reporting it asks about, unless `filters` name some or it may be `any_outlet`.

        Raises:
            QuestionError: the question is empty or too long, or a filter makes no sense.
        """
        question = " ".join(readable(question).split())
        if not question:
            raise QuestionError("the question is empty: ask something")
        if len(question) > LONGEST_QUESTION:
            raise QuestionError(
                f"the question has {len(question):,} characters, {LONGEST_QUESTION:,} are the limit: shorten it"
            )
        started = time.perf_counter()
        history = [Exchange(readable(each.question), readable(each.answer)) for each in history]
        if any(len(each) > LONGEST_QUESTION for each in carried(question, history)):
            raise QuestionError(
                f"a question before this one is longer than {LONGEST_QUESTION:,} characters: leave it out"
            )
        read = readings(question, history)
        searched = next(iter(read))
        search = _Search(searched, filters, as_of, readings=read)
        if not any_time:
            search = self._framed(search, question, history)
        if not any_outlet:
            search = self._attributed(search, question)
        retrieved = self._retrieved(search)
        inquiry = Inquiry(
            question=question,
            standalone=searched,
            passages=retrieved.passages[:READ],
            history=tuple(history),
            as_of=as_of,
        )
        return Reply(self._steps(inquiry, retrieved, search, started))

    def search(
        self, question: str, *, as_of: date | None = None, fusion: Fusion = FUSED
    ) -> tuple[RetrievedPassage, ...]:
        """Return the passages that an answer would list, one of each family, without answering."""
        search = self._framed(_Search(question, Filters(), as_of), question, ())
        search = self._attributed(search, question)
        found = self._retrieved(search, fusion).passages
        if not found and search.restricted:
            found = self._retrieved(search.anywhere(), fusion).passages
        return one_per_family(found)[:LISTED]

    def draft(self, question: str, passages: Sequence[RetrievedPassage]) -> Draft:
        """Return what the answerer makes of these passages, as if the archive had no others."""
        inquiry = Inquiry(question=question, standalone=question, passages=tuple(passages[:READ]))
        *_, draft = self._answerer.answer(inquiry)
        return draft if isinstance(draft, Draft) else Draft()

    def article(self, id: str, version: int | None = None) -> Article | None:
        """Return an article, in its current version if none is asked for; None if there is no such."""
        return self._catalog.article(id, version)

    def articles(self) -> Iterator[Article]:
        """Yield the current version of every article."""
        return self._catalog.articles()

    def versions(self, id: str) -> list[int]:
        """Return the numbers of an article's versions, oldest first."""
        return self._catalog.versions(id)

    def coverage(self) -> Coverage:
        """Return what the archive holds."""
        return self._catalog.coverage(ingesting=self._folder.ingesting)

    def starter_questions(self) -> list[str]:
        """Return up to four questions that the archive can be asked, made of its own headlines."""
        return starter_questions(self._catalog)

    def close(self) -> None:
        """Let go of the archive's files."""
        self._dense.close()
        self._catalog.close()

    def _framed(self, search: _Search, question: str, history: Sequence[Exchange]) -> _Search:
        """Return the search with the time that the question, else one that it hangs on, asks about."""
        # Without an as-of date, today only tells what "last week" is; it favours nothing.
        today = search.as_of or date.today()
        asked, frame = question, find(question, today)
        for before in reversed(carried(question, history)):
            if frame is None:
                # A follow-up is likely about the time asked about before, but does not say so.
                asked, frame = before, find(before, today)
                frame = frame and replace(frame, hard=False)
        if frame is None:
            return search
        free = not (search.filters.since or search.filters.until)
        return replace(search, frame=frame, words=asked[slice(*frame.words)], within=frame.hard and free)

    def _attributed(self, search: _Search, question: str) -> _Search:
        """Return the search with the outlets whose reporting the question asks about."""
        reported = attribution(question, self._retriever.outlets())
        return replace(search, reported=reported, by_them=bool(reported) and not search.filters.outlets)

    def _retrieved(self, search: _Search, fusion: Fusion = FUSED) -> Retrieved:
        found = self._searched(search, search.where, fusion)
        if search.reported is None or not search.by_them:
            return found
        passages = list(found.passages)
        for names in search.reported.outlets:
            if not any(_is_by(each, names) for each in passages[:LISTED]):
                own = [each for each in passages if _is_by(each, names)]
                own = own or list(
                    self._searched(search, replace(search.where, outlets=names), fusion).passages
                )
                rest = [each for each in passages if each not in own[:EACH]]
                passages = [*rest[: LISTED - EACH], *own[:EACH], *rest[LISTED - EACH :]]
        return replace(found, passages=tuple(passages))

    def _searched(self, search: _Search, where: Filters, fusion: Fusion) -> Retrieved:
        return self._retriever.retrieve(
            search.text,
            where,
            as_of=search.as_of,
            frame=search.frame,
            fusion=fusion,
            readings=search.readings,
        )

    def _steps(
        self, inquiry: Inquiry, retrieved: Retrieved, search: _Search, started: float
    ) -> Iterator[str | Answer]:
        found = time.perf_counter()
        draft = yield from self._drafted(inquiry)
        if not draft.sentences and len(search.readings or ()) > 1 and not refers(inquiry.question):
            # In few words and without a name, but a subject of its own.
            alone = replace(search, text=inquiry.question, readings=None)
            found_alone = self._retrieved(alone)
            own = replace(
                inquiry, standalone=inquiry.question, history=(), passages=found_alone.passages[:READ]
            )
            again = yield from self._redrafted(own)
            if again.sentences:
                draft = replace(again, notes=(READ_ALONE, *again.notes))
                inquiry, search, retrieved = own, alone, found_alone
        if not draft.sentences and search.restricted:
            # What happened then may be told at another time or by an article without a date, and by another outlet.
            anywhere = search.anywhere()
            wider = self._retrieved(anywhere)
            elsewhere = replace(inquiry, passages=wider.passages[:READ])
            if not _after(search.where, self.coverage()):
                again = yield from self._redrafted(elsewhere)
                if again.sentences:
                    draft = replace(again, notes=(search.missed(), *again.notes))
                    search, retrieved = anywhere, wider
            if not retrieved.passages:
                retrieved = replace(retrieved, passages=wider.passages)
        if not draft.sentences:
            draft = self._reasoned(draft, inquiry, retrieved, search)
            yield draft.reason or ""
        ended = time.perf_counter()
        yield Answer(
            question=inquiry.question,
            standalone=inquiry.standalone,
            mode=draft.mode or self.mode,
            model=self.model,
            sentences=draft.sentences,
            citations=draft.citations,
            short_answer=draft.short_answer,
            short_answer_date=draft.short_answer_date,
            reason_code=draft.reason_code,
            reason=draft.reason,
            passages=one_per_family(retrieved.passages)[:LISTED],
            confidence=draft.confidence,
            dropped_citations=draft.dropped_citations,
            filters=search.filters,
            time_frame=search.to_json(),
            reported_by=search.outlets_to_json(),
            notes=(*self._notes, *retrieved.notes, *_hidden(retrieved, search), *draft.notes),
            timings_ms={
                "retrieve": _milliseconds(started, found),
                "read": _milliseconds(found, ended),
                "total": _milliseconds(started, ended),
            },
        )

    def _drafted(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield the answerer's text and return its draft; without passages it is not asked."""
        draft = Draft()
        if inquiry.passages:
            for step in self._answerer.answer(inquiry):
                if isinstance(step, Draft):
                    draft = step
                else:
                    yield step
        return draft

    def _redrafted(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Ask once more; a chat model only where quote mode would answer, for each request costs."""
        if self._answerer is self._quoting or self._quotes(inquiry):
            return (yield from self._drafted(inquiry))
        return Draft()

    def _reasoned(self, draft: Draft, inquiry: Inquiry, retrieved: Retrieved, search: _Search) -> Draft:
        """Say why there is no answer, as exactly as what was found allows."""
        coverage = self.coverage()
        if not coverage.articles:
            return replace(
                draft,
                reason_code="archive_empty",
                reason="The archive is empty. Put articles in with `python -m ingest PATH`.",
            )
        if retrieved.considered is not None and _outside(search.where, coverage):
            return replace(
                draft,
                reason_code="outside_dates",
                reason=f"The archive holds articles of {coverage.first} to {coverage.last}; "
                "the dates asked for lie outside.",
            )
        if search.filters and self._answers_unfiltered(inquiry, search):
            return replace(
                draft,
                reason_code="hidden_by_filter",
                reason="Nothing that passes the filter answers this; without the filter the archive has more.",
            )
        if draft.reason_code is None:
            return replace(draft, reason_code="not_in_archive", reason=NOTHING_FOUND)
        return draft

    def _answers_unfiltered(self, inquiry: Inquiry, search: _Search) -> bool:
        """Whether quote mode would answer without the filters."""
        found = self._retrieved(replace(search.anywhere(), filters=Filters()))
        return self._quotes(replace(inquiry, passages=found.passages[:READ]))

    def _quotes(self, inquiry: Inquiry) -> bool:
        """Whether quote mode would answer; no chat model is asked for that."""
        *_, draft = self._quoting.answer(inquiry)
        return isinstance(draft, Draft) and bool(draft.sentences)


def one_per_family(passages: Sequence[RetrievedPassage]) -> tuple[RetrievedPassage, ...]:
    """Return of each article the best passage; copies of an article were left out when it was retrieved."""
    first: dict[str, RetrievedPassage] = {}
    for found in passages:
        first.setdefault(found.passage.article, found)
    return tuple(first.values())


def _is_by(found: RetrievedPassage, names: Sequence[str]) -> bool:
    """Whether an outlet carries a passage's article or a copy of it."""
    return found.outlet in names or any(copy.outlet in names for copy in found.also)


def _outside(filters: Filters, coverage: Coverage) -> bool:
    """Whether the dates asked for and the dates of the archive do not meet."""
    early = filters.until and coverage.first and filters.until < coverage.first
    return _after(filters, coverage) or bool(early)


def _after(filters: Filters, coverage: Coverage) -> bool:
    """Whether the dates asked for come after the archive's: no article of it can know of them."""
    return bool(filters.since and coverage.last and filters.since > coverage.last)


def _hidden(retrieved: Retrieved, search: _Search) -> tuple[str, ...]:
    if not retrieved.undated:
        return ()
    were = "was" if retrieved.undated == 1 else "were"
    by = f"by the time asked for, “{search.words}”" if search.within else "by the date filter"
    return (f"{counted(retrieved.undated, 'article')} without a date {were} left out {by}.",)


def _milliseconds(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
