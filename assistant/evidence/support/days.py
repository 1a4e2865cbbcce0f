"""Finds the dates in a text, completes them from the day of its article, and compares them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from assistant.article import MONTHS, PublicationDate, Span

_MONTH_NUMBERS = {
    **{name.lower(): n for n, name in enumerate(MONTHS, start=1)},
    **{name[:3].lower(): n for n, name in enumerate(MONTHS, start=1)},
    "sept": 9,
}
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = rf"(?:{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<{0}>(?:1[89]|20)\d\d)"
_DATE = re.compile(
    rf"""\b(?:
      {_YEAR.format("y1")}-(?P<m1>[01]\d)-(?P<d1>[0-3]\d)
    | {_DAY.format("d2")}\s+(?:of\s+)?(?P<m2>{_MONTH})(?:,?\s+{_YEAR.format("y2")}\b)?
    | (?P<m3>{_MONTH})\s+{_DAY.format("d3")}\b(?!\s*(?:%|per\s?cent|million))(?:,?\s+{_YEAR.format("y3")}\b)?
    | (?P<m4>{_MONTH})(?:\s+of)?,?\s+{_YEAR.format("y4")}\b
    | (?:(?<=\bin\s)|(?<=\bof\s)|(?<=\blast\s)|(?<=\bnext\s)|(?<=\bsince\s)|(?<=\buntil\s)|(?<=\bby\s)|(?<=\bfrom\s)
        |(?<=\bearly\s)|(?<=\blate\s)|(?<=\bmid-)|(?<=\bfor\s)|(?<=\bof\slast\s))(?P<m5>{_MONTH})
    | (?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)
    | (?<![\d.,$€£]){_YEAR.format("y6")}(?![\d.,]*\d|-\d|\s+(?:people|crowns|dollars|euros|pounds|men|women|homes))
    | (?P<relative>today|tonight|yesterday|tomorrow|(?:this|last|next)\s+(?:year|month))
    )(?![\w])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class NamedDay:
    """A date as far as a text gives it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    """0 is Monday."""
    span: Span = (0, 0)

    def fits(self, other: "NamedDay") -> bool:
        """Whether a source that gives `other` supports all that this date says."""
        for mine, theirs in (
            (self.year, other.year),
            (self.month, other.month),
            (self.day, other.day),
            (self.weekday, other._weekday),
        ):
            if mine is not None and mine != theirs:
                return False
        return True

    @property
    def _weekday(self) -> int | None:
        if self.year and self.month and self.day:
            return date(self.year, self.month, self.day).weekday()
        return self.weekday

    @classmethod
    def of(cls, day: date) -> "NamedDay":
        """Return a whole date."""
        return cls(day.year, day.month, day.day)


@lru_cache(maxsize=2_000)
def named_days(text: str) -> tuple[NamedDay, ...]:
    """Return the dates of a text, as far as it gives them; words such as "yesterday" have only a span.

    >>> [(d.year, d.month, d.day) for d in named_days("On Feb. 2 and 3 March 2021; since 1967.")]
    [(None, 2, 2), (2021, 3, 3), (1967, None, None)]
    """
    found = []
    for match in _DATE.finditer(text):
        year = next((match[f"y{n}"] for n in (1, 2, 3, 4, 6) if match[f"y{n}"]), None)
        month = next((match[f"m{n}"] for n in range(1, 6) if match[f"m{n}"]), None)
        day = next((match[f"d{n}"] for n in range(1, 4) if match[f"d{n}"]), None)
        number = None
        if month is not None:
            number = int(month) if month.isdigit() else _MONTH_NUMBERS[month.lower().rstrip(".")]
        named = NamedDay(
            int(year) if year else None,
            number,
            int(day) if day else None,
            WEEKDAYS.index(match["weekday"].lower()) if match["weekday"] else None,
            match.span(),
        )
        if _is_possible(named):
            found.append(named)
    return tuple(found)


def _is_possible(named: NamedDay) -> bool:
    try:
        date(named.year or 2000, named.month or 1, named.day or 1)
    except ValueError:
        return False
    return True


def source_days(text: str, published: str | None) -> list[NamedDay]:
    """Return the dates that a source gives, completed from its day of publication, and that day itself."""
    made = PublicationDate(published)
    day = made.first_day
    found = []
    for named in named_days(text):
        found += [named] if day is None else _completed(named, text[slice(*named.span)], day)
    if day is not None:
        precision = made.precision
        found.append(
            NamedDay(
                day.year,
                day.month if precision != "year" else None,
                day.day if precision == "day" else None,
            )
        )
    return found


def _completed(named: NamedDay, words: str, day: date) -> list[NamedDay]:
    """Return the dates that a date can mean in an article of a day."""
    if named.weekday is not None:
        before = day - timedelta((day.weekday() - named.weekday) % 7)
        return [
            named,
            NamedDay.of(before),
            NamedDay.of(before + timedelta(7)),
            NamedDay.of(before - timedelta(7)),
        ]
    if named.month is not None and named.year is None:
        months = 12 * day.year + day.month - 1
        # The nearest year.
        year = min(
            (day.year - 1, day.year, day.year + 1),
            key=lambda year: abs(12 * year + (named.month or 1) - 1 - months),
        )
        completed = NamedDay(year, named.month, named.day)
        return [completed] if _is_possible(completed) else []
    if named.year is None:
        return _relative(words.lower().split(), day)
    return [named]


def _relative(words: list[str], day: date) -> list[NamedDay]:
    """Return the date of "yesterday" or "last year" on a day."""
    steps = {"yesterday": -1, "last": -1, "tomorrow": 1, "next": 1}.get(words[0], 0)
    if words[-1] == "year":
        return [NamedDay(day.year + steps)]
    if words[-1] == "month":
        months = 12 * day.year + day.month - 1 + steps
        return [NamedDay(months // 12, months % 12 + 1)]
    return [NamedDay.of(day + timedelta(steps))]
