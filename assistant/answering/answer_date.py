"""Resolves the time that an answer names, such as "on Thursday", to a date, by when its article was published."""

import re
from datetime import date, timedelta

from assistant.question.periods import periods

_AHEAD = re.compile(
    r"\b(?:will|won['’]t|would|shall|(?:is|are|was|were) (?:due|set|expected|scheduled|planned|to)\b|until|from|by|"
    r"next|coming|plans?|planned)\b",
    re.IGNORECASE,
)
"""Words before a time to come."""

CLOSE = 40
"""Code points before the answer in which such a word makes it a time to come. Further off, it leaves doubt."""

NEAR, FAR = timedelta(6), timedelta(364)
"""A weekday to come is within the next six days, a day of a month within a year."""


def answer_date(answer: str, sentence: str, published: str | None) -> str | None:
    """Return the day that an answer names, in ISO format; None if it names none, or may mean another.

    `published` is the article's date, in ISO format, with a day.

    >>> answer_date("on Thursday", "They met on Thursday.", "2024-01-13")
    '2024-01-11'
    >>> answer_date("Friday", "The bridge will open again on Friday.", "2024-06-11")
    '2024-06-14'
    >>> answer_date("in 2016", "It closed in 2016.", "2024-01-13") is None
    True
    """
    try:
        day = date.fromisoformat((published or "")[:10])
        found = periods(answer, day)
    except (ValueError, OverflowError):
        return None
    if len(found) != 1 or found[0].first != found[0].last:
        return None
    [named] = found
    if named.dated or named.first == day or not _AHEAD.search(sentence):
        return named.first.isoformat()
    before, told, _ = sentence.partition(answer)
    if not told or not _AHEAD.search(before[-CLOSE:]):
        return None
    for ahead in (NEAR, FAR):
        later = named.resolve(day + ahead)
        if later and later[0] > day:
            return later[0].isoformat()
    return None
