"""Understands a question, once: everything that search and answering need to know of its words is in its plan.

Nothing below matches patterns against the question again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.answer import AskedOutlets, AskedTime
from assistant.query import NO_FILTERS, Exchange, Filters, RetrievedPassage
from assistant.question.attribution import attribution
from assistant.question.followups import Readings, carried, names, reader_question, readings
from assistant.question.kinds import Kind, Wanted, kind, refers_back, wanted
from assistant.question.outlets import Names, OutletNames
from assistant.question.timeframe import TimeFrame, find

NO_OUTLETS = OutletNames([])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A question as Backfile understands it, asked on a day after a conversation."""

    question: str
    history: tuple[Exchange, ...] = ()
    as_of: date | None = None
    readings: Readings
    """The wordings it is searched as, with what each weighs; the fullest first."""
    reader_question: str
    """The wording that the reader is given."""
    kind: Kind
    wanted: Wanted | None
    """What an answer must hold to be one: a number, a time, a name. None where the question does not say."""
    names: tuple[str, ...]
    """The names in the question."""
    refers_back: bool
    """Whether a word of the question stands for something said before, so that it means nothing alone."""
    filters: Filters = NO_FILTERS
    """What the asker restricts the search to."""
    frame: TimeFrame | None = None
    frame_words: str = ""
    """The words that name the time, in this question or an earlier one."""
    in_frame: bool = False
    """Whether only articles about the frame are searched; otherwise those are only ranked higher."""
    outlets: tuple[Names, ...] = ()
    """The outlets whose reporting is asked about, each by all its names in the archive."""
    outlet_words: tuple[str, ...] = ()
    """What the question calls them."""
    by_outlets: bool = False
    """Whether only articles of these outlets are searched."""

    @property
    def standalone(self) -> str:
        """The question as it is searched: with what it hangs on, if it is a follow-up."""
        return next(iter(self.readings))

    @property
    def is_restricted(self) -> bool:
        """Whether the question itself restricts where is searched."""
        return self.in_frame or self.by_outlets

    @property
    def where(self) -> Filters:
        """The filters that the search applies: the asker's and those that the question makes."""
        filters = self.filters
        if self.frame is not None and self.in_frame:
            since, until = self.frame.published
            filters = replace(filters, since=since, until=until)
        if self.by_outlets:
            filters = replace(filters, outlets=self.outlet_names)
        return filters

    @property
    def outlet_names(self) -> tuple[str, ...]:
        """All names of the outlets asked about, each once."""
        return tuple(dict.fromkeys(name for names in self.outlets for name in names))

    @property
    def asked_time(self) -> AskedTime | None:
        """The time frame as an answer records it."""
        if self.frame is None:
            return None
        return AskedTime(self.frame.first, self.frame.last, self.frame_words, self.frame.hard, self.in_frame)

    @property
    def asked_outlets(self) -> AskedOutlets | None:
        """The outlets asked about as an answer records them."""
        if not self.outlets:
            return None
        return AskedOutlets(self.outlet_names, self.outlet_words, self.by_outlets)

    def anywhere(self) -> "Plan":
        """Return the plan without what the question restricts the search to."""
        return replace(self, in_frame=False, by_outlets=False)

    def unfiltered(self) -> "Plan":
        """Return the plan without any restriction, the asker's filters included."""
        return replace(self.anywhere(), filters=NO_FILTERS)

    def alone(self) -> "Plan":
        """Return the plan of the same question without its history."""
        return replace(
            self,
            history=(),
            readings={self.question: 1.0},
            reader_question=self.question,
            wanted=wanted(self.question),
        )


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """All that an answerer may know: the question, understood, and the passages found for it."""

    plan: Plan
    passages: tuple[RetrievedPassage, ...]


def understand(
    question: str,
    *,
    history: Sequence[Exchange] = (),
    filters: Filters = NO_FILTERS,
    as_of: date | None = None,
    outlets: OutletNames = NO_OUTLETS,
    any_time: bool = False,
    any_outlet: bool = False,
) -> Plan:
    """Return the plan of a question asked on the day `as_of` after `history`.

    A time that the question names restricts the search, unless `filters` have dates or it is to be `any_time`. So do
    the outlets whose reporting it asks about, unless `filters` name some or it may be `any_outlet`; `outlets` are those
    of the archive.
    """
    read = readings(question, history)
    plan = Plan(
        question=question,
        history=tuple(history),
        as_of=as_of,
        readings=read,
        reader_question=reader_question(question, history),
        kind=kind(question),
        wanted=wanted(question) or wanted(next(iter(read))),
        names=tuple(names(question)),
        refers_back=refers_back(question),
        filters=filters,
    )
    if not any_time:
        plan = _in_time(plan)
    if any_outlet:
        return plan
    reported = attribution(question, outlets)
    if reported is None:
        return plan
    return replace(
        plan, outlets=reported.outlets, outlet_words=reported.words, by_outlets=not filters.outlets
    )


def _in_time(plan: Plan) -> Plan:
    """Return the plan with the time that its question asks about, or else a question that it hangs on."""
    # Without an as-of date, today only tells what "last week" is; it favours no article.
    today = plan.as_of or date.today()
    asked, frame = plan.question, find(plan.question, today)
    for before in reversed(carried(plan.question, plan.history)):
        if frame is None:
            # A follow-up is likely about the time asked about before, but does not say so.
            asked, frame = before, find(before, today)
            frame = frame and replace(frame, hard=False)
    if frame is None:
        return plan
    dated = bool(plan.filters.since or plan.filters.until)
    return replace(
        plan, frame=frame, frame_words=asked[slice(*frame.words)], in_frame=frame.hard and not dated
    )
