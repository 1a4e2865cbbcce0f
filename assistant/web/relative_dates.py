"""Finds the dates that the words of a quote mean: "on Saturday" in a report of Monday, 6 March 2023 is 4 March 2023.

The day of publication decides, so nothing is found for an article whose day is not known. A word that can mean two days
is left alone: a wrong date beside a quote is worse than none.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from assistant.article import PublicationDate

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_FROM_PUBLICATION = {
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "earlier today": 0,
    "later today": 0,
    "yesterday": -1,
    "last night": -1,
    "yesterday morning": -1,
    "yesterday evening": -1,
    "tomorrow": 1,
    "tomorrow night": 1,
}
_WEEKDAY = rf"(?P<which>last|next|this|coming|every|each)?\s*\b(?P<weekday>{'|'.join(_WEEKDAYS)})\b(?!s)"
_RELATIVE = "|".join(sorted(_DAYS_FROM_PUBLICATION, key=len, reverse=True))
_EXPRESSION = re.compile(rf"\b(?P<relative>{_RELATIVE})\b|{_WEEKDAY}", re.IGNORECASE)

_DATED = re.compile(
    r"^[\s,]*(?:the\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\b|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"
)
"""What follows a weekday whose date the quote states itself: "Monday, 6 March"."""

_PART_OF_NAME = re.compile(
    r"(?:Black|Good|Bloody|Super|Palm|Easter|Ash|Cyber|Giving|Whit)\s*$|[A-Z][\w’']*[ -]$"
)
"""What stands before a weekday that belongs to a name: "Black Friday", "Sheffield Wednesday"."""

_AHEAD = re.compile(
    r"\b(?:will|shall|won['’]t|to be|is to|are to|due|expected|expects?|plans?|planned|scheduled|would|could|may|might|"
    r"set to|going to|until|by|from|before|ahead of|coming|next)\b",
    re.IGNORECASE,
)
"""Words of a sentence whose weekday may lie ahead."""


class Resolved(NamedTuple):
    """Where the words end in the quote, and the day that they mean."""

    end: int
    day: date


def resolved(quote: str, published: str | None) -> Iterator[Resolved]:
    """Yield the days that the relative dates in a quote of an article published on this ISO date mean.

    >>> [day.isoformat() for _, day in resolved("It sank on Saturday, and rose today.", "2023-03-06")]
    ['2023-03-04', '2023-03-06']
    >>> list(resolved("They will meet on Saturday.", "2023-03-06"))
    []
    """
    try:
        origin = PublicationDate(published)
    except ValueError:
        return
    if origin.precision != "day" or origin.first_day is None:
        return
    for found in _EXPRESSION.finditer(quote):
        day = _day(found, quote, origin.first_day)
        if day is not None:
            yield Resolved(found.end(), day)


def _day(found: re.Match[str], quote: str, published: date) -> date | None:
    if found["relative"]:
        return published + timedelta(_DAYS_FROM_PUBLICATION[" ".join(found["relative"].lower().split())])
    start = found.start("weekday")
    is_name = not quote[start].isupper() or _PART_OF_NAME.search(quote[:start])
    if found["which"] or is_name or _DATED.match(quote[found.end() :]) or _AHEAD.search(quote):
        return None
    # A report of Monday says "on Monday" of the same day, so the day of publication counts as past.
    return published - timedelta((published.weekday() - _WEEKDAYS.index(found["weekday"].lower())) % 7)
