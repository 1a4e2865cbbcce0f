"""Finds the time that a question asks about, and the days on which articles about it were published.

The patterns cover a fixed set of English phrases. dateparser is not used: it fills in today's day for "January 2024"
and takes numbers for dates.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from assistant.article import Span
from assistant.question.calendar import DAY, Days
from assistant.question.periods import NUMBERS, Period, periods

REPORTED_DAYS = 7
REPORTED_SHARE = 0.25
DATED_AHEAD_DAYS = 1
"""News of a day appears on that day and the days after it; the figures of a year appear in the next year.

So the filter extends by the greater of REPORTED_DAYS and REPORTED_SHARE of the frame. All 119 relevant articles of
RealTimeQA about a weekday that are dated within 20 days after it are from the first 5 of these days. 7 days cover a
weekly paper. Eight more are dated the day before, because of time zones, so the filter begins DATED_AHEAD_DAYS early.
"""


@dataclass(frozen=True)
class TimeFrame:
    """Days that a question asks about. `first` or `last` is None if that end is open."""

    first: date | None
    last: date | None
    words: Span
    """Where the question names the time."""
    hard: bool
    """Whether an article about another time cannot answer the question."""

    @property
    def published(self) -> tuple[date | None, date | None]:
        """First and last publication day of articles about this time."""
        first = self.first and self.first - timedelta(DATED_AHEAD_DAYS)
        if self.last is None:
            return first, None
        length = (self.last - self.first).days + 1 if self.first else 0
        return first, self.last + timedelta(max(REPORTED_DAYS, round(length * REPORTED_SHARE)))

    def distance(self, day: date) -> int:
        """Return the number of days between a day and this time; 0 for a day within it."""
        early = (self.first - day).days if self.first else 0
        late = (day - self.last).days if self.last else 0
        return max(early, late, 0)


def find_time_frame(question: str, as_of: date) -> TimeFrame | None:
    """Return the time that a question asks about, if it is asked on the day `as_of`.

    >>> find_time_frame("What happened on 2 February 2023?", date(2024, 6, 1))
    TimeFrame(first=datetime.date(2023, 2, 2), last=datetime.date(2023, 2, 2), words=(17, 32), hard=True)
    >>> find_time_frame("What do the 2020 GDPR rules say?", date(2024, 6, 1)) is None
    True
    """
    try:
        named = periods(question, as_of)
        stated = [period for period in named if not period.recency]
        claims = _claims(question, stated or named[:1], as_of)
    except OverflowError:
        # The time is before the first or after the last date that Python has.
        return None
    if not claims:
        return None
    claim = _combined(claims)
    return TimeFrame(claim.first, claim.last, claim.words, _restricts(claim, question, as_of))


class _Claim(NamedTuple):
    """The time that one phrase of a question names."""

    first: date | None
    last: date | None
    words: Span
    dated: bool
    """See `Period.dated`."""
    firm: bool
    """See `Period.firm`."""


def _restricts(claim: _Claim, question: str, as_of: date) -> bool:
    """Whether an article about another time cannot answer the question.

    Only a time with its year restricts. Times relative to the as-of date are too vague: a filter may hide 3 % at
    most. Of RealTimeQA's questions with "this week" and a relevant article within 30 days, 4.7 % have none in that
    week or the next; of those with a weekday, 4.3 %.
    """
    begins = claim.first or claim.last
    past = begins is not None and begins <= as_of and not _FUTURE.search(question)
    return claim.dated and claim.firm and past and not _OTHER_TIMES.search(question)


_FUTURE = re.compile(
    r"\b(?:(?-i:will)|won['’]t|shall|plan(?:s|ned|ning)?|expect(?:s|ed)?|set to|scheduled|going to|due|upcoming|"
    r"intend(?:s|ed)?|hope(?:s|d)?|aim(?:s|ed)?|about to|forecast|predicted|(?:beginning|starting)(?!\s+of))\b|^Will\b",
    re.I,
)
"""The question is about the future. Its articles were written before the time it names, so a filter would hide them."""

_OTHER_TIMES = re.compile(
    r"\b(?:compar(?:ed|ison)|(?:in)?consisten(?:t|cy|tly)|subsequent(?:ly)?|previously|afterwards?|later)\b",
    re.I,
)
"""The question is about other times too."""

_EVENT = re.compile(
    r"\b(?:about|after|before|by|during|following|from|in|of|over|since)\s+the\s+(?:[\w-]+\s+)?[\w-]+\s+(?:of|on|in)\s+$",
    re.I,
)
"""The time dates an event that is reported for years, as in "during the insurrection on January 6, 2021"."""

_RANGE_JOINT = re.compile(r"\s*,?\s*(?:(?P<and>and)|to|until|till|up\s+to|through|-|–|—)\s*(?:the\s+)?", re.I)
_RANGE = re.compile(r"\b(?P<word>between|from)\s+(?:the\s+)?$", re.I)
_LIMIT = re.compile(
    r"\b(?:(?P<offset>(?:the|an?|one|two|three|four|five|six|\d+|(?:a\s+)?few|several)\s+(?P<unit>day|week)s?|"
    r"(?P<vague>hours|months?|years?|decades?|weekend|night|morning|evening|days|weeks))\s+)?"
    r"(?P<word>since|after|before|prior\s+to|until|till|up\s+to|up\s+until|through|by|from)\s+(?:the\s+)?$",
    re.I,
)
_IN_THE_PAST = re.compile(r"\b(?:last|past|previous|this|ago|yesterday|recent)\b", re.I)
"""Shows that the time after "until" is past. Without it, a Friday or a July may be in the future."""
_ONWARDS = re.compile(r"\s+(?:on|onwards?)\b(?!\s+[A-Z\d])")


def _claims(question: str, named: Sequence[Period], as_of: date) -> list[_Claim]:
    """Return the times of the periods, with the words before and between them: since, until, between … and."""
    ahead = _FUTURE.search(question)
    claims: list[_Claim] = []
    rest = list(named)
    while rest:
        period = rest.pop(0)
        words = question[slice(*period.span)]
        if ahead and not period.dated and (as_of - period.last).days > 7 and not _IN_THE_PAST.search(words):
            # "The ban is to begin in March" means the next March.
            days = period.resolve(as_of + timedelta(330)) or (period.first, period.last)
            period = replace(period, first=days[0], last=days[1])
        joined = _joined(question, period, rest[0]) if rest else None
        if joined is not None:
            rest.pop(0)
        claim = joined or _limited(question, period, as_of)
        if claim is not None:
            claims.append(claim)
    return claims


def _joined(question: str, period: Period, other: Period) -> _Claim | None:
    """Return the range from one period to another, if the words between them make one."""
    joint = _RANGE_JOINT.fullmatch(question[period.span[1] : other.span[0]])
    range_ = _RANGE.search(question[: period.span[0]])
    if joint is None or (joint["and"] and not (range_ and range_["word"].lower() == "between")):
        return None
    first: date | None = period.first
    last: date | None = other.last
    if other.dated and not period.dated:
        # "from March to May 2023" gives the year once.
        first = _first(period.resolve(other.last))
    elif period.dated and not other.dated:
        last = _last(other.resolve(period.first + timedelta(365)))
    elif period.first > other.last:
        first = _first(period.resolve(other.last))
    if first is None or last is None or first > last:
        return None
    start = range_.start() if range_ else period.span[0]
    dated, firm = period.dated or other.dated, period.firm and other.firm
    return _Claim(first, last, (start, other.span[1]), dated, firm)


def _first(days: Days | None) -> date | None:
    return days and days[0]


def _last(days: Days | None) -> date | None:
    return days and days[1]


def _limited(question: str, period: Period, as_of: date) -> _Claim | None:
    """Return a period changed by the word before it ("since", "before"); None for a target such as "by 2050"."""
    first: date | None = period.first
    last: date | None = period.last
    limit = _LIMIT.search(question[: period.span[0]])
    word = " ".join(limit["word"].lower().split()) if limit else ""
    range_ = _RANGE.search(question[: period.span[0]])
    if range_ and range_["word"].lower() == "between" and question[slice(*period.span)].isdigit():
        # "between 1900 and 2000 people" has numbers, not years.
        return None
    if limit is None or (word == "from" and not _ONWARDS.match(question[period.span[1] :])):
        firm = period.firm and not _EVENT.search(question[: period.span[0]])
        return _Claim(first, last, period.span, period.dated, firm)
    if limit["unit"] and word in ("after", "before"):
        # "the day after Christmas"
        count = _offset(limit)
        days = count if word == "after" else -count
        first, last = period.first + timedelta(days), period.last + timedelta(days)
    elif limit["vague"] and word in ("after", "before"):
        first, last = (period.last + DAY, None) if word == "after" else (None, period.first - DAY)
    elif word in ("since", "from"):
        last = None
    elif word == "after":
        first, last = period.last + DAY, None
    else:
        before = word in ("before", "prior to")
        # "before the end of 2022" lasts until its last day.
        first = None
        last = period.last if period.ends or not before else period.first - DAY
        over = before or period.dated or _IN_THE_PAST.search(question[slice(*period.span)])
        if last > as_of or not over:
            return None
    return _Claim(first, last, (limit.start(), period.span[1]), period.dated, period.firm)


def _offset(limit: re.Match[str]) -> int:
    word = limit["offset"].split()[0].lower()
    number = int(word) if word.isdigit() else NUMBERS.get(word, 1)
    return number * (7 if limit["unit"].lower() == "week" else 1)


def _combined(claims: Sequence[_Claim]) -> _Claim:
    """Return the narrowest claim that is within all others; if there is none, a span that does not restrict."""
    narrowest = [claim for claim in claims if all(_within(claim, other) for other in claims)]
    if narrowest:
        return narrowest[0]
    relative = [claim for claim in claims if not claim.dated]
    if relative:
        # "He died on Sunday; whom did he play in the 1960s?" was in the news on Sunday.
        return min(
            relative, key=lambda claim: (_length(claim), -(claim.last or date.max).toordinal())
        )._replace(firm=False)
    firsts, lasts = [claim.first for claim in claims], [claim.last for claim in claims]
    first = None if None in firsts else min(day for day in firsts if day)
    last = None if None in lasts else max(day for day in lasts if day)
    words = min(claim.words[0] for claim in claims), max(claim.words[1] for claim in claims)
    return _Claim(first, last, words, dated=True, firm=False)


def _length(claim: _Claim) -> int:
    return (claim.last - claim.first).days if claim.first and claim.last else date.max.toordinal()


def _within(claim: _Claim, other: _Claim) -> bool:
    early = other.first is None or (claim.first is not None and claim.first >= other.first)
    late = other.last is None or (claim.last is not None and claim.last <= other.last)
    return early and late
