"""Reads English phrases for days and longer periods: which days each means, if asked on a given day."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.article import MONTHS, Span
from assistant.question import calendar
from assistant.question.calendar import Days
from assistant.text.words import STOPWORDS

RECENT_DAYS = 30
"""Days that "recently" covers. It never hides an article, so the exact number does not matter."""

MANY = {"few": 5, "several": 7}
"""Numbers for vague counts of days, weeks and so on. They are rather too large than too small."""

Read = Callable[[re.Match[str], date], Days | None]
"""Returns the days that a match means if asked on a day; None if they cannot be determined."""


@dataclass(frozen=True)
class Period:
    """Days that a phrase of a question names."""

    first: date
    last: date
    span: Span
    dated: bool
    """Whether it gives a year, so that it means the same days whenever it is asked."""
    firm: bool
    """Whether it says when something happened. In "the January 2024 report" it only describes a thing."""
    recency: bool
    """Whether it is only "recently" or similar."""
    ends: bool
    """Whether it is the end of a longer period, as in "the end of 2022"."""
    resolve: Callable[[date], Days | None]
    """Returns the days that the phrase means if asked on another day."""


@dataclass(frozen=True)
class Phrase:
    """One form of phrase for a period."""

    pattern: str
    read: Read
    firm: bool = True
    named: bool = True
    """Whether it is a calendar name, which may also describe a thing, as in "the Christmas market"."""
    needs: str = ""
    """Pattern for the text before it, for phrases that alone may be a number, a verb or a person's name."""


def periods(question: str, as_of: date) -> list[Period]:
    """Return the periods that a question names, in order, without overlaps.

    >>> [(str(found.first), str(found.last)) for found in periods("Who won in January 2024?", date(2026, 1, 1))]
    [('2024-01-01', '2024-01-31')]
    """
    taken = [match.span() for match in _QUOTATION.finditer(question)]
    found = []
    for pattern, needs, phrase in _COMPILED:
        for match in pattern.finditer(question):
            start, end = match.span()
            before = question[:start]
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if needs and not needs.search(before):
                continue
            # Even if it is dropped below, its parts are not periods of their own.
            taken.append((start, end))
            dated = any(match.groupdict().get(group) for group in ("year", "first_year"))
            described = phrase.named and _describes(before, question[end:])
            if _COMPARED.search(before) or (described and not dated):
                continue
            period = _period(phrase, match, as_of, dated=dated, firm=phrase.firm and not described)
            if period is not None:
                found.append(_part(period, before))
    return sorted(found, key=lambda period: period.span)


def _period(phrase: Phrase, match: re.Match[str], as_of: date, *, dated: bool, firm: bool) -> Period | None:
    def resolve(day: date) -> Days | None:
        try:
            return phrase.read(match, day)
        except (ValueError, OverflowError):
            # There is no such day, as with 31 February.
            return None

    days = resolve(as_of)
    if days is None:
        return None
    recency = phrase.read is _recently
    return Period(*days, match.span(), dated, firm, recency, ends=False, resolve=resolve)


# Text around the phrase for a period.

_QUOTATION = re.compile(r"[\"“”][^\"“”]*[\"“”]|‘[^‘]*?’(?!\w)|(?<!\w)'[^']+'(?!\w)")
_COMPARED = re.compile(
    r"\b(?:than|versus|vs\.?|compared (?:to|with)|comparison (?:to|with))\s+"
    r"(?:(?:it|he|she|they|that|those|in|on|was|were|did|had)\s+)*(?:the\s+)?$",
    re.I,
)
_DETERMINER = re.compile(
    r"(?:\b(?:the|a|an|his|her|its|their|our|my|every|each|any)|['’]s?)\s+$",
    re.I,
)
_NEXT_WORD = re.compile(r"\s+([A-Za-z]\w*)")
_THING = re.compile(
    r"(?:\s+(?:[A-Z][\w'’&.-]*|presidential|general|midterm|federal|local|national|men's|women's)){0,4}?\s+"
    r"(?:[Ee]lections?|[Ss]easons?|[Cc]ampaigns?|[Rr]aces?|[Bb]udgets?|[Cc]ensus|Cups?|Olympics?|Paralympics|Games|"
    r"Prizes?|Awards?|Oscars|Emmys|Grammys|Globes|Championships?|Finals?|Open|Masters|Bowl|Prix|Draft)\b"
)


def _describes(before: str, after: str) -> bool:
    """Whether a period only describes a thing, as in "the Jan. 6 committee" or "in 2024 election polls"."""
    if _THING.match(after):
        return True
    following = _NEXT_WORD.match(after)
    return bool(
        _DETERMINER.search(before) and following is not None and following[1].lower() not in STOPWORDS
    )


_PART = re.compile(
    r"\b(?:the\s+)?(?:(?P<third>early|mid|late)|the\s+(?P<half>first|second|latter)\s+half\s+of|"
    r"(?P<edge>beginning|start|turn|end|close)\s+of)(?:\s+|-)(?:in\s+)?(?:the\s+)?$",
    re.I,
)


def _part(period: Period, before: str) -> Period:
    """Return the part of a period that the words before it name, such as "early" or "the first half of"."""
    match = _PART.search(before)
    if match is None:
        return period
    word = (match["third"] or match["half"] or match["edge"]).lower()
    ends = word in ("end", "close")
    whole = period.resolve

    def cut(days: Days) -> Days:
        if match["third"]:
            return calendar.third(days, ("early", "mid", "late").index(word))
        if match["half"]:
            return calendar.half(days, int(word != "first"))
        return calendar.edge(days, int(ends))

    def resolve(day: date) -> Days | None:
        days = whole(day)
        return days and cut(days)

    first, last = cut((period.first, period.last))
    span = match.start(), period.span[1]
    return replace(period, first=first, last=last, span=span, ends=ends, resolve=resolve)


# The meaning of each form of phrase.


def _same_day(day: date) -> Days:
    return day, day


def _month_number(match: re.Match[str]) -> int:
    begins = match["month"][:3].title()
    return next(number for number, name in enumerate(MONTHS, 1) if name.startswith(begins))


def _number(word: str | None) -> int:
    if not word:
        return 1
    return int(word) if word.isdigit() else NUMBERS[word.lower().removeprefix("a ").removesuffix(" of")]


def _which(match: re.Match[str]) -> str:
    """Return the word that relates a period to the day of the question: "last", "this", or none."""
    return (match["which"] or "").lower().split(" ")[0]


def _that_year(match: re.Match[str], as_of: date) -> int:
    """Return the year of a period, given as "2022" or as "last year"."""
    if match["year"]:
        return int(match["year"])
    return as_of.year - (match["year_which"].lower() != "this")


def _full_date(match: re.Match[str], _: date) -> Days:
    return _same_day(date(int(match["year"]), _month_number(match), int(match["day"])))


def _iso_date(match: re.Match[str], _: date) -> Days:
    return _same_day(date(int(match["year"]), int(match["two"]), int(match["day"])))


def _numeric_date(match: re.Match[str], _: date) -> Days | None:
    one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
    if match["mark"] == "/" and one != two and max(one, two) <= 12:
        # 02/03/2023 is 2 March or 3 February.
        return None
    return _same_day(date(year, one, two) if two > 12 else date(year, two, one))


def _days_of_month(match: re.Match[str], as_of: date) -> Days:
    def of_year(year: int) -> Days:
        number = _month_number(match)
        return date(year, number, int(match["day"])), date(year, number, int(match["to"]))

    return of_year(int(match["year"])) if match["year"] else calendar.latest(of_year, as_of)


def _day_of_month(match: re.Match[str], as_of: date) -> Days:
    return calendar.latest(lambda year: _same_day(date(year, _month_number(match), int(match["day"]))), as_of)


def _day_of_that_year(match: re.Match[str], as_of: date) -> Days:
    return _same_day(date(_that_year(match, as_of), _month_number(match), int(match["day"])))


def _month_of_that_year(match: re.Match[str], as_of: date) -> Days:
    return calendar.month(_that_year(match, as_of), _month_number(match))


def _yearly(of_year: Callable[[int], Days], which: str, as_of: date) -> Days:
    if which == "this":
        return of_year(as_of.year)
    return calendar.latest_completed(of_year, as_of) if which else calendar.latest(of_year, as_of)


def _month(match: re.Match[str], as_of: date) -> Days:
    return _yearly(lambda year: calendar.month(year, _month_number(match)), _which(match), as_of)


def _quarter(match: re.Match[str], as_of: date) -> Days:
    number = "1234".find(match["number"][0]) + 1 or _ORDINALS.index(match["number"].lower()) + 1
    return calendar.months(date(_that_year(match, as_of), 3 * number - 2, 1), 3)


def _half_year(match: re.Match[str], as_of: date) -> Days:
    return calendar.months(date(_that_year(match, as_of), 6 * int(match["number"]) - 5, 1), 6)


def _season_of_that_year(match: re.Match[str], as_of: date) -> Days:
    name, year = match["season"].lower(), _that_year(match, as_of)
    days = calendar.season(name, year)
    # A year has parts of two winters: take the one that had begun when the question was asked.
    return days if days[0] <= as_of or match["into"] else calendar.season(name, year - 1)


def _season(match: re.Match[str], as_of: date) -> Days:
    def of_year(year: int) -> Days:
        return calendar.season(match["season"].lower(), year)

    if _which(match) == "this":
        near = (of_year(as_of.year - 1), of_year(as_of.year))
        return min(near, key=lambda days: abs((days[0] + timedelta(45) - as_of).days))
    return _yearly(of_year, _which(match), as_of)


def _decade(match: re.Match[str], as_of: date) -> Days:
    first = int(match["first_year"])
    if first < 100:
        first += 1900 if 2000 + first > as_of.year else 2000
    return calendar.decade(first)


def _year(match: re.Match[str], _: date) -> Days:
    return calendar.year(int(match["year"]))


def _holiday(match: re.Match[str], as_of: date) -> Days:
    day_of = next(
        day_of for pattern, day_of in calendar.HOLIDAYS.items() if re.fullmatch(pattern, match["name"], re.I)
    )
    if match["year"] or match["year_which"]:
        return _same_day(day_of(_that_year(match, as_of)))
    return _yearly(lambda year: _same_day(day_of(year)), _which(match), as_of)


def _about_today(match: re.Match[str], as_of: date) -> Days:
    words = " ".join(match[0].lower().split())
    return _same_day(as_of - timedelta(2 if "before" in words else words in ("yesterday", "last night")))


def _weekday(match: re.Match[str], as_of: date) -> Days:
    number = WEEKDAYS.index(match["weekday"].title())
    if (match["which"] or "").lower() == "this":
        return _same_day(calendar.week(as_of)[0] + timedelta(number))
    day = as_of - timedelta((as_of.weekday() - number) % 7)
    return _same_day(day - timedelta(7) if match["which"] and day == as_of else day)


def _weekend(match: re.Match[str], as_of: date) -> Days:
    which = (match["which"] or "").lower()
    saturday = as_of - timedelta((as_of.weekday() - 5) % 7)
    if which == "this" and as_of.weekday() < 5:
        saturday += timedelta(7)
    elif which in ("last", "previous") and as_of.weekday() >= 5:
        saturday -= timedelta(7)
    return saturday, saturday + calendar.DAY


def _week_of(match: re.Match[str], as_of: date) -> Days:
    first = _day_of_month(match, as_of)[0] if not match["year"] else _full_date(match, as_of)[0]
    return first, first + timedelta(6)


def _this_unit(match: re.Match[str], as_of: date) -> Days:
    unit = match["unit"].lower()
    if unit == "week":
        # On a Monday, "this week" means the days before.
        return as_of - timedelta(7), as_of
    days = _unit(as_of, unit)
    return (days[0], as_of) if match["earlier"] else days


def _last_unit(match: re.Match[str], as_of: date) -> Days:
    unit = match["unit"].lower()
    return _unit(calendar.back(as_of, 1, unit), unit)


def _unit(day: date, unit: str) -> Days:
    """Return the day, week, month, year or decade that contains a day."""
    if unit == "week":
        return calendar.week(day)
    if unit == "month":
        return calendar.month(day.year, day.month)
    if unit == "year":
        return calendar.year(day.year)
    return calendar.decade(day.year // 10 * 10) if unit == "decade" else _same_day(day)


def _past_units(match: re.Match[str], as_of: date) -> Days:
    return calendar.back(as_of, _number(match["number"]), match["unit"].lower()), as_of


def _units_ago(match: re.Match[str], as_of: date) -> Days:
    unit = match["unit"].lower()
    return _unit(calendar.back(as_of, _number(match["number"]), unit), "year" if unit == "decade" else unit)


def _recently(_: re.Match[str], as_of: date) -> Days:
    return as_of - timedelta(RECENT_DAYS), as_of


def _nothing(_: re.Match[str], __: date) -> None:
    return None


# The patterns.

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = ("first", "second", "third", "fourth")
_COUNT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBERS = {"a": 1, "an": 1, "couple": 2, **MANY, **{word: number for number, word in enumerate(_COUNT, 1)}}

_Y = r"(?P<year>(?:1[5-9]|20)\d\d)(?!\d|[.,/]\d|%)"
_THAT_YEAR = rf"(?:{_Y}|(?P<year_which>this|last|the previous|the past)\s+year(?!['’]))"
_MONTH_DAY = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|(?-i:Mar(?:ch|\.)?|MARCH)|Apr(?:il|\.)?|(?-i:May|MAY)|June?\.?|July?\.?|"
    r"Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![A-Za-z])"
)
_M = rf"(?P<month>(?-i:March|MARCH|May|MAY)|{'|'.join(month for month in MONTHS if month not in ('March', 'May'))})\b"
"""March and May need a capital, because they are also verbs."""
_D = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\b"
_TO = r"\s*(?:-|–|—|to|and|through|until)\s*(?P<to>\d{1,2})(?:st|nd|rd|th)?\b"
_W = rf"\b(?P<weekday>{'|'.join(WEEKDAYS)})\b"
_ON = rf"\b(?:(?:{'|'.join(WEEKDAYS)}),?\s+)?(?:the\s+(?=\d+[a-z]))?"
_S = r"(?P<season>spring|summer|autumn|fall|winter)\b"
_N = rf"(?P<number>\d{{1,3}}|(?:a\s+)?couple(?:\s+of)?|(?:a\s+)?few|several|an?|{'|'.join(_COUNT)})"
_U = r"(?P<unit>hour|day|week|month|year|decade)"
_HOLIDAY = rf"(?P<name>{'|'.join(calendar.HOLIDAYS)})\b(?!['’])(?:\s+weekend\b)?"
_THINGS = (
    r"(?!\s*(?:%|percent|per cent|people|dollars|euros|pounds|miles|km|kilomet|met[er]{2}s|feet|jobs|homes|houses|"
    r"cases|deaths|men|women|children|soldiers|troops|tons|tonnes|million|billion|of\b))"
)
"""Text after a number that shows that it does not count things, so it may be a day or a year."""

_BEFORE = (
    r"\b(?:in|on|at|over|during|throughout|since|before|after|until|till|by|from|to|through|between|around|early|mid|late|"
    r"(?:end|close|beginning|start|half)\s+of|between\b.*\band)(?:\s+|-)(?:the\s+)?$"
)
_BEFORE_YEAR = (
    r"(?:\b(?:in|during|throughout|since|before|after|until|till|by|from|to|through|between|around|early|mid|late|"
    r"as of|(?:end|close|beginning|start|turn|half)\s+of|between\b.*\band)(?:\s+|-)|"
    r"\b(?:in|during|of|from|between|since)\s+\d{4}\s*[-–—]\s*|"
    r"\b(?:in|during)\s+\d{4}\s*(?:and|or|,)\s*)$"
)
_NO_DURATION = r"(?<!\bfor)(?<!\bfor the)(?:\s|^)$"
_NO_NAME = r"(?:^|\b(?!(?:every|each|any|the|a|an|some|most)\s)(?-i:[a-z0-9])[\w'’.-]*[,;:]?\s+|[(—–]\s*)$"
"""No capitalised word before it, as in "Super Bowl Sunday", and no habit, as in "every Sunday"."""

_PHRASES: tuple[Phrase, ...] = (
    Phrase(
        r"(?<![\d/-])(?P<year>(?:1[5-9]|20)\d\d)-(?P<two>\d\d)-(?P<day>\d\d)(?:T\S+)?(?![\d/-])",
        _iso_date,
    ),
    Phrase(r"(?<![\d/.])(?P<year>(?:1[5-9]|20)\d\d)/(?P<two>\d\d)/(?P<day>\d\d)(?![\d/])", _iso_date),
    Phrase(
        r"(?<![\d/.])(?P<one>\d\d?)(?P<mark>[/.])(?P<two>\d\d?)(?P=mark)(?P<year>(?:1[5-9]|20)\d\d)(?!\d|[/.]\d)",
        _numeric_date,
    ),
    Phrase(
        rf"\b(?:next|coming|following|upcoming|later\s+(?:this|that|in\s+the)|later\s+in)\s+"
        rf"(?:(?:{_COUNT[1]}|few|\d+)\s+)?(?:days?|weeks?|weekend|months?|years?|decade|{_S}|{_M}|{_W})",
        _nothing,
    ),
    Phrase(rf"\bthe\s+week\s+(?:of|beginning)\s+(?:{_D}\s+{_MONTH_DAY}(?:,?\s+{_Y})?)", _week_of),
    Phrase(rf"\bthe\s+week\s+(?:of|beginning)\s+(?:{_MONTH_DAY}\s+{_D}(?:,?\s+{_Y})?)", _week_of),
    # Days of a month.
    Phrase(rf"{_ON}{_D}{_TO}\s+(?:of\s+)?{_MONTH_DAY},?\s+{_Y}", _days_of_month),
    Phrase(rf"{_ON}{_MONTH_DAY}\s+{_D}{_TO},?\s+{_Y}", _days_of_month),
    Phrase(rf"{_ON}{_D}\s+(?:of\s+)?{_MONTH_DAY},?\s+{_Y}", _full_date),
    Phrase(rf"{_ON}{_MONTH_DAY}\s+{_D},?\s+{_Y}", _full_date),
    Phrase(rf"{_ON}{_D}\s+(?:of\s+)?{_MONTH_DAY},?\s+(?:of\s+)?{_THAT_YEAR}", _day_of_that_year),
    Phrase(rf"{_ON}{_MONTH_DAY}\s+{_D},?\s+(?:of\s+)?{_THAT_YEAR}", _day_of_that_year),
    Phrase(rf"\b{_HOLIDAY}(?:\s+of|,)?\s+{_THAT_YEAR}(?P<which>)?", _holiday),
    Phrase(rf"{_ON}{_D}{_TO}\s+(?:of\s+)?{_MONTH_DAY}(?P<year>)?", _days_of_month),
    Phrase(rf"{_ON}{_MONTH_DAY}\s+{_D}{_TO}(?P<year>)?{_THINGS}", _days_of_month),
    Phrase(rf"\b(?P<which>this|last|past|previous)\s+{_HOLIDAY}(?P<year>)?(?P<year_which>)?", _holiday),
    Phrase(
        rf"\b(?P<which>)?{_HOLIDAY}(?P<year>)?(?P<year_which>)?(?!\s+(?!(?:{'|'.join(sorted(STOPWORDS))})\b)"
        r"(?-i:[a-z]))",
        _holiday,
        needs=_BEFORE,
    ),
    Phrase(rf"{_ON}{_D}\s+(?:of\s+)?{_MONTH_DAY}", _day_of_month),
    Phrase(rf"{_ON}{_MONTH_DAY}\s+{_D}(?!:\d|\s*[ap]\.?m\b){_THINGS}", _day_of_month),
    # Parts of a year.
    Phrase(rf"\bQ(?P<number>[1-4])(?:\s+of|,)?\s+{_THAT_YEAR}", _quarter),
    Phrase(
        rf"\b(?:the\s+)?(?P<number>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter\s+(?:of|in)\s+{_THAT_YEAR}",
        _quarter,
    ),
    Phrase(rf"\bH(?P<number>[12])(?:\s+of|,)?\s+{_THAT_YEAR}", _half_year),
    Phrase(rf"\b{_MONTH_DAY}(?:\s+of|,)?\s+{_Y}(?P<year_which>)?{_THINGS}", _month_of_that_year),
    Phrase(rf"\b{_MONTH_DAY}(?:\s+of|,)?\s+{_THAT_YEAR}", _month_of_that_year),
    Phrase(
        rf"\b{_S}(?:\s+of|,)?\s+(?P<year>(?:1[5-9]|20)\d\d)(?P<into>[-/–]\d\d(?:\d\d)?)?(?!\d)(?P<year_which>)?",
        _season_of_that_year,
    ),
    Phrase(rf"\b{_S}(?:\s+of|,)?\s+{_THAT_YEAR}(?P<into>)?", _season_of_that_year),
    Phrase(rf"\b(?P<which>this(?:\s+past)?|last|past|previous)\s+{_M}(?!['’])", _month),
    Phrase(rf"\b(?P<which>)?{_M}(?!['’]|\s+(?:Madness|Fools|on\s+[A-Z]))", _month, needs=_BEFORE),
    Phrase(rf"\b(?P<which>this(?:\s+past)?|last|past|previous)\s+{_S}(?!['’])", _season),
    Phrase(rf"\b(?P<which>)?{_S}(?!['’]|\s+of\b|\s+[A-Z])", _season, needs=_BEFORE),
    # Years and decades.
    Phrase(r"(?<!\w)(?P<first_year>(?:1[89]|20)\d0)['’]?s\b", _decade, needs=_BEFORE),
    Phrase(
        r"(?<!\w)['’]?(?P<first_year>[2-9]0)['’]?s\b",
        _decade,
        False,
        needs=r"\b(?:in|during|throughout|since|of|"
        r"early|mid|late)[\s-]+the\s+(?:early\s+|mid[\s-]|late\s+)?$",
    ),
    Phrase(rf"\byear\s+{_Y}", _year, named=False),
    Phrase(rf"\b{_Y}(?![-/–]\d\d\b)(?!['’]){_THINGS}", _year, needs=_BEFORE_YEAR),
    Phrase(rf"\b{_Y}(?![-/–]\d\d\b){_THINGS}", _year, False, needs=r"\bof\s+$"),
    # Phrases relative to the day of the question.
    Phrase(r"\bthe\s+day\s+before\s+yesterday\b", _about_today, named=False),
    Phrase(
        r"(?-i:\b(?:yesterday|today|tonight|this\s+(?:morning|afternoon|evening)|last\s+night)\b|"
        r"^(?:Yesterday|Today|Last night)\b(?=,|\s+[a-z]))",
        _about_today,
        named=False,
    ),
    Phrase(
        r"\b(?:(?P<which>last|past|previous|this\s+past|this)\s+weekend|(?:over|at|during)\s+the\s+weekend)\b",
        _weekend,
        named=False,
    ),
    Phrase(rf"\b(?P<which>last|past|previous|this\s+past|this)\s+{_W}", _weekday, named=False),
    Phrase(
        rf"\b(?:the\s+)?(?:last|past|previous)\s+{_N}\s+{_U}s?\b",
        _past_units,
        named=False,
        needs=_NO_DURATION,
    ),
    Phrase(
        r"\b(?:(?:the|this)\s+past|the\s+last)\s+(?P<number>)?(?P<unit>week|month|year|decade)\b(?!\s+of\b)",
        _past_units,
        named=False,
        needs=_NO_DURATION,
    ),
    Phrase(
        r"\b(?P<earlier>(?:earlier|so\s+far)\s+)?this\s+(?P<unit>week|month|year|decade)\b",
        _this_unit,
        named=False,
    ),
    Phrase(
        r"\b(?P<earlier>)?(?P<unit>week|month|year|decade)\b",
        lambda match, day: _unit(day, match["unit"].lower()),
        named=False,
        needs=r"\b(?:beginning|start|turn|end|close|half)\s+of\s+(?:the\s+)$",
    ),
    Phrase(
        r"\b(?:last|previous)\s+(?P<unit>week|month|year|decade)\b",
        _last_unit,
        named=False,
        needs=_NO_DURATION,
    ),
    Phrase(rf"(?<![\d,.])\b{_N}\s+{_U}s?\s+ago\b", _units_ago, named=False),
    Phrase(
        rf"\b(?P<which>)?{_W}(?!\s+(?-i:Night|Morning)\b)",
        _weekday,
        named=False,
        needs=r"\b(?:on|since|until|till|by|before|after|from|to|through|between\b.*\band)\s+$",
    ),
    Phrase(rf"\b(?P<which>)?{_W}(?!\s+(?-i:[A-Z]))", _weekday, named=False, needs=_NO_NAME),
    Phrase(r"\b(?:recently|recent|lately|in\s+recent\s+(?:days|weeks|months))\b", _recently, named=False),
)
"""Where several forms match, the earlier one wins."""

_COMPILED = [
    (
        re.compile(phrase.pattern, re.I),
        re.compile(phrase.needs, re.I | re.S) if phrase.needs else None,
        phrase,
    )
    for phrase in _PHRASES
]
