"""From a plan to an answer: searches, answers, searches again if needed, and gives a reason if nothing answers."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from assistant.answer import Answer, Citation, ListedPassage, MadeWith, Searched
from assistant.answering.counting import count
from assistant.answering.draft import Answerer, Draft, final_draft
from assistant.answering.quote import NOTHING_FOUND, QuoteAnswerer
from assistant.answering.trace import Trace, TraceFile
from assistant.archive.catalog import Coverage
from assistant.evidence.unknown_names import has_unknown_names
from assistant.query import Filters, RetrievedPassage
from assistant.question.outlets import OutletNames
from assistant.question.plan import Inquiry, Plan
from assistant.retrieval.retriever import Retrieved, Retriever
from assistant.retrieval.search import LISTED, one_per_family, search
from assistant.text.counting import counted
from assistant.text.words import Frequencies

READ = 24
"""Passages for the answerer."""

READ_ALONE = "This answers the question on its own, not as a follow-up."
OTHER_TIMES = (
    "No article of the time asked for, “{words}”, answers this: the answer is from articles of other times."
)
OTHER_OUTLETS = "No article by {outlets} answers this: the answer is from other outlets."
OTHER_ARTICLES = (
    "No article by {outlets} of the time asked for, “{words}”, answers this: "
    "the answer is from other articles."
)


class Pipeline:
    """Answers plans of questions."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        coverage: Callable[[], Coverage],
        frequencies: Frequencies,
        quoting: QuoteAnswerer,
        answerer: Answerer,
        made_with: Callable[[], MadeWith],
        notes: tuple[str, ...] = (),
        trace_file: TraceFile | None = None,
    ) -> None:
        """Answer with `answerer`, and decide with `quoting` whether to ask it again. Every answer gets `notes`.

        `trace_file` gets a line for each question.
        """
        self._retriever = retriever
        self._coverage = coverage
        self._frequencies = frequencies
        self._quoting = quoting
        self._answerer = answerer
        self._made_with = made_with
        self._notes = notes
        self._trace_file = trace_file

    def answer(self, plan: Plan, trace: Trace | None = None) -> Generator[str, None, Answer]:
        """Search at once, and return a generator that yields text to show and returns the answer.

        `trace` has the steps before this one.

        Raises:
            ArchiveMismatch: the archive was rebuilt with another encoder.
            QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
        """
        trace = trace or Trace()
        found = self._search(plan, trace)
        steps = self._count(plan, found, trace) if plan.mentioned else self._answer(plan, found, trace)
        return steps if self._trace_file is None else self._trace_file.recorded(trace, steps)

    def draft(self, plan: Plan, passages: Sequence[RetrievedPassage]) -> Generator[str, None, Draft]:
        """Yield the answerer's text and return its draft of an answer from these passages."""
        return self._draft_by(self._answerer, plan, passages, Trace())

    def _quote(self, plan: Plan, passages: Sequence[RetrievedPassage], trace: Trace) -> Draft:
        """Return quote mode's draft of an answer from these passages, whoever answers."""
        return final_draft(self._draft_by(self._quoting, plan, passages, trace))

    def _draft_by(
        self, answerer: Answerer, plan: Plan, passages: Sequence[RetrievedPassage], trace: Trace
    ) -> Generator[str, None, Draft]:
        inquiry = Inquiry(plan=plan, passages=tuple(passages[:READ]))
        # Without passages or known names, no answerer can help.
        if not inquiry.passages or has_unknown_names(inquiry, self._frequencies):
            return Draft()
        with trace.step("answer", mode=answerer.mode, passages=len(inquiry.passages)) as step:
            draft = yield from answerer.answer(inquiry)
            step |= {"sentences": len(draft.sentences), **draft.details}
        return draft

    def _answer(self, plan: Plan, found: Retrieved, trace: Trace) -> Generator[str, None, Answer]:
        original = plan
        if len(plan.wordings) > 1 and not plan.refers_back:
            # A short question without a name may still be complete.
            plan, found = self._surer_reading(plan, found, trace)
        draft = yield from self._draft_by(self._answerer, plan, found.passages, trace)
        if draft.sentences and len(plan.wordings) < len(original.wordings):
            draft = replace(draft, notes=(READ_ALONE, *draft.notes))
        if not draft.sentences and plan.is_restricted:
            # An article without a date, of another time or of another outlet may have the answer.
            anywhere = plan.anywhere()
            wider = self._search(anywhere, trace)
            if not _is_after(plan.search_filters, self._coverage()):
                again = yield from self._again(anywhere, wider.passages, trace)
                if again.sentences:
                    draft = replace(again, notes=(_wider_search_note(plan), *again.notes))
                    plan, found = anywhere, wider
            if not found.passages:
                found = replace(found, passages=wider.passages)
        if not draft.sentences:
            draft = self._with_reason(draft, plan, found, trace)
            yield draft.reason or ""
        return self._finished(draft, plan, found, trace)

    def _count(self, plan: Plan, found: Retrieved, trace: Trace) -> Generator[str, None, Answer]:
        """Answer how many articles mention something; no answerer is asked."""
        draft = count(plan.mentioned or "", found)
        yield draft.short_answer or draft.reason or ""
        return self._finished(draft, plan, found, trace)

    def _finished(self, draft: Draft, plan: Plan, found: Retrieved, trace: Trace) -> Answer:
        """Return the answer that a draft becomes."""
        return Answer(
            question=plan.question,
            standalone=plan.standalone,
            mode=draft.mode or self._answerer.mode,
            model=self._answerer.model,
            sentences=draft.sentences,
            citations=draft.citations,
            short_answer=draft.short_answer,
            short_answer_date=draft.short_answer_date,
            wanted=plan.wanted,
            reason_code=draft.reason_code,
            reason=draft.reason,
            passages=tuple(map(ListedPassage.of, one_per_family(found.passages)[:LISTED])),
            confidence=draft.confidence,
            dropped_citations=draft.dropped_citations,
            withheld=draft.withheld,
            filters=plan.filters,
            time_frame=plan.asked_time,
            reported_by=plan.asked_outlets,
            searched=None if draft.sentences else _searched(self._coverage()),
            notes=(
                *self._notes,
                *found.notes,
                *_undated_notes(found, plan),
                *_correction_notes(draft.citations),
                *draft.notes,
            ),
            made_with=self._made_with(),
            timings_ms=trace.timings_ms(),
        )

    def _search(self, plan: Plan, trace: Trace) -> Retrieved:
        with trace.step("search", wordings=len(plan.wordings), restricted=plan.is_restricted) as step:
            found = search(self._retriever, plan)
            step["passages"] = [
                [each.passage.article, each.passage.version, each.passage.start, round(each.score, 4)]
                for each in found.passages[:READ]
            ]
        return found

    def _surer_reading(self, plan: Plan, found: Retrieved, trace: Trace) -> tuple[Plan, Retrieved]:
        """Return the plan that quote mode answers more confidently: the follow-up, or the question on its own."""
        alone = plan.alone()
        found_alone = self._search(alone, trace)
        confidence = self._confidence(alone, found_alone.passages, trace)
        if confidence > self._confidence(plan, found.passages, trace):
            return alone, found_alone
        return plan, found

    def _confidence(self, plan: Plan, passages: Sequence[RetrievedPassage], trace: Trace) -> float:
        """Return the confidence of quote mode's best evidence, 0 without any."""
        return self._quote(plan, passages, trace).confidence or 0.0

    def _again(
        self, plan: Plan, passages: Sequence[RetrievedPassage], trace: Trace
    ) -> Generator[str, None, Draft]:
        """Ask the answerer again. A chat model is only asked if quote mode would answer, because each request costs."""
        if self._answerer is self._quoting or self._would_quote(plan, passages, trace):
            return (yield from self._draft_by(self._answerer, plan, passages, trace))
        return Draft()

    def _would_quote(self, plan: Plan, passages: Sequence[RetrievedPassage], trace: Trace) -> bool:
        """Whether quote mode answers from these passages."""
        return bool(self._quote(plan, passages, trace).sentences)

    def _with_reason(self, draft: Draft, plan: Plan, found: Retrieved, trace: Trace) -> Draft:
        """Return the draft with the most specific reason for the missing answer."""
        coverage = self._coverage()
        if not coverage.articles:
            return replace(
                draft,
                reason_code="archive_empty",
                reason="The archive is empty. Add articles with `python -m ingest PATH`.",
            )
        if found.considered is not None and _is_outside(plan.search_filters, coverage):
            return replace(
                draft,
                reason_code="outside_dates",
                reason=f"The archive has articles from {coverage.first} to {coverage.last}; "
                "the dates asked for are outside this range.",
            )
        if plan.filters:
            unfiltered = plan.unfiltered()
            if self._would_quote(unfiltered, self._search(unfiltered, trace).passages, trace):
                return replace(
                    draft,
                    reason_code="hidden_by_filter",
                    reason="No article that passes the filter answers this; without the filter, there is an answer.",
                )
        if draft.reason_code is None:
            return replace(draft, reason_code="not_in_archive", reason=NOTHING_FOUND)
        return draft


def _searched(coverage: Coverage) -> Searched:
    """Return what the archive holds, for an answer that was not found."""
    return Searched(
        articles=coverage.articles,
        outlets=len(OutletNames(coverage.outlet_names).groups()),
        first=coverage.first,
        last=coverage.last,
        last_ingest=coverage.last_ingest,
    )


def _wider_search_note(plan: Plan) -> str:
    """Return the note for an answer that a search without the question's restrictions found."""
    if not plan.by_outlets:
        return OTHER_TIMES.format(words=plan.frame_words)
    note = OTHER_ARTICLES if plan.in_frame else OTHER_OUTLETS
    return note.format(outlets=" or ".join(plan.outlet_words), words=plan.frame_words)


def _is_outside(filters: Filters, coverage: Coverage) -> bool:
    """Whether the dates asked for do not overlap the archive's dates."""
    before = filters.until and coverage.first and filters.until < coverage.first
    return _is_after(filters, coverage) or bool(before)


def _is_after(filters: Filters, coverage: Coverage) -> bool:
    """Whether the dates asked for are after all of the archive's, so that no article can report on them."""
    return bool(filters.since and coverage.last and filters.since > coverage.last)


def _correction_notes(citations: Sequence[Citation]) -> tuple[str, ...]:
    """Return what the archive's corrections say about the cited articles, unless the answer quotes them itself."""
    cited = {citation.article for citation in citations}
    notes = []
    for citation in citations:
        for correction in citation.source.corrections:
            if correction.article not in cited:
                printed = ", ".join(filter(None, (correction.outlet, (correction.published or "")[:10])))
                words = " ".join(correction.text.split())
                notes.append(
                    f"“{citation.source.title}” was corrected{printed and f' ({printed})'}: “{words}”"
                )
    return tuple(dict.fromkeys(notes))


def _undated_notes(found: Retrieved, plan: Plan) -> tuple[str, ...]:
    """Return the note on articles without a date that the search excluded, if there are any."""
    if not found.undated:
        return ()
    were = "was" if found.undated == 1 else "were"
    by = f"by the time asked for, “{plan.frame_words}”" if plan.in_frame else "by the date filter"
    return (f"{counted(found.undated, 'article')} without a date {were} left out {by}.",)
