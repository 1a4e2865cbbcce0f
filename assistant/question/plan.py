"""Turns a question into a plan, which holds all that search and answering need to know about its words.

Nothing below this module matches patterns against the question again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.answer import AskedOutlets, AskedTime
from assistant.query import NO_FILTERS, Exchange, Filters, RetrievedPassage
from assistant.question.attribution import attribution
from assistant.question.followups import Wordings, context_questions, reader_question, rewritten, wordings
from assistant.question.kinds import Kind, Wanted, kind, mentioned, refers_back, wanted
from assistant.question.outlets import Names, OutletNames
from assistant.question.timeframe import TimeFrame, find_time_frame
from assistant.text.names import names

NO_OUTLETS = OutletNames([])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A question as Backfile understands it, with its date and its conversation."""

    question: str
    history: tuple[Exchange, ...] = ()
    as_of: date | None = None
    wordings: Wordings
    """The wordings that are searched, with their weights; the fullest first."""
    reader_question: str
    """The wording for the reader."""
    kind: Kind
    wanted: Wanted | None
    """What an answer must contain: a number, a time or a name. None if the question does not say."""
    mentioned: str | None = None
    """The words whose articles are counted, for a question of kind "count"."""
    names: tuple[str, ...]
    """The names in the question."""
    refers_back: bool
    """Whether a word refers to something said before, so that the question cannot be understood alone."""
    filters: Filters = NO_FILTERS
    """The filters that the user set."""
    frame: TimeFrame | None = None
    """The time that this question, or the one it depends on, asks about."""
    frame_words: str = ""
    """The words that name the time, in this question or an earlier one."""
    in_frame: bool = False
    """Whether only articles about the time frame are searched. If not, they only rank higher."""
    outlets: tuple[Names, ...] = ()
    """The outlets whose reporting the question asks about, each with all its names in the archive."""
    outlet_words: tuple[str, ...] = ()
    """The names of the outlets in the question."""
    by_outlets: bool = False
    """Whether only articles of these outlets are searched."""

    @property
    def standalone(self) -> str:
        """The fullest wording: a follow-up comes after the questions it depends on."""
        return next(iter(self.wordings))

    @property
    def is_restricted(self) -> bool:
        """Whether the question itself restricts which articles are searched."""
        return self.in_frame or self.by_outlets

    @property
    def search_filters(self) -> Filters:
        """The filters for the search: the user's, and the time and outlets that the question names."""
        filters = self.filters
        if self.frame is not None and self.in_frame:
            since, until = self.frame.published
            filters = replace(filters, since=since, until=until)
        if self.by_outlets:
            filters = replace(filters, outlets=self.outlet_names)
        return filters

    @property
    def outlet_names(self) -> tuple[str, ...]:
        """All names of these outlets, each once."""
        return tuple(dict.fromkeys(name for names in self.outlets for name in names))

    @property
    def asked_time(self) -> AskedTime | None:
        """The time frame as an answer records it."""
        if self.frame is None:
            return None
        return AskedTime(self.frame.first, self.frame.last, self.frame_words, self.frame.hard, self.in_frame)

    @property
    def asked_outlets(self) -> AskedOutlets | None:
        """The outlets as an answer records them."""
        if not self.outlets:
            return None
        return AskedOutlets(self.outlet_names, self.outlet_words, self.by_outlets)

    def anywhere(self) -> "Plan":
        """Return the plan without the restrictions that the question makes."""
        return replace(self, in_frame=False, by_outlets=False)

    def unfiltered(self) -> "Plan":
        """Return the plan without any restriction, including the user's filters."""
        return replace(self.anywhere(), filters=NO_FILTERS)

    def alone(self) -> "Plan":
        """Return the plan of the same question without its history."""
        return replace(
            self,
            history=(),
            wordings={self.question: 1.0},
            reader_question=self.question,
            wanted=wanted(self.question),
        )


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """The input of an answerer: the plan of the question, and the passages found for it."""

    plan: Plan
    passages: tuple[RetrievedPassage, ...]


def understand(
    question: str,
    *,
    history: Sequence[Exchange] = (),
    filters: Filters = NO_FILTERS,
    as_of: date | None = None,
    today: date | None = None,
    outlets: OutletNames = NO_OUTLETS,
    any_time: bool = False,
    any_outlet: bool = False,
    standalone: str | None = None,
) -> Plan:
    """Return the plan of a question asked on the day `as_of` after `history`.

    `standalone` is a wording of a follow-up that can be understood alone; without it, rules make one.

    A time that the question names restricts the search, unless `filters` have dates or `any_time` is set. The outlets
    whose reporting it asks about do so too, unless `filters` name outlets or `any_outlet` is set. `outlets` are those
    of the archive. Without `as_of`, relative times are counted from `today`, by default the machine's date.
    """
    weighted = wordings(question, history) if standalone is None else rewritten(question, standalone)
    plan = Plan(
        question=question,
        history=tuple(history),
        as_of=as_of,
        wordings=weighted,
        reader_question=standalone or reader_question(question, history),
        kind=kind(question),
        wanted=wanted(question) or wanted(next(iter(weighted))),
        mentioned=mentioned(question),
        names=tuple(names(question)),
        refers_back=refers_back(question),
        filters=filters,
    )
    if not any_time:
        # Without an as-of date, today only gives "last week" a meaning. It ranks no article higher.
        plan = _with_time_frame(plan, as_of or today or date.today())
    if any_outlet:
        return plan
    asked = attribution(question, outlets, is_follow_up=bool(context_questions(question, history)))
    if asked is None:
        return plan
    return replace(plan, outlets=asked.outlets, outlet_words=asked.words, by_outlets=not filters.outlets)


def _with_time_frame(plan: Plan, today: date) -> Plan:
    """Add the time that the question asks about, or else the time of the questions that it depends on."""
    source, frame = plan.question, find_time_frame(plan.question, today)
    for earlier in reversed(context_questions(plan.question, plan.history)):
        if frame is None:
            # A follow-up is probably about the same time, but does not say so.
            source, frame = earlier, find_time_frame(earlier, today)
            frame = frame and replace(frame, hard=False)
    if frame is None:
        return plan
    has_dates = bool(plan.filters.since or plan.filters.until)
    return replace(
        plan, frame=frame, frame_words=source[slice(*frame.words)], in_frame=frame.hard and not has_dates
    )
