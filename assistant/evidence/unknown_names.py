"""Detects questions whose names the archive does not contain: it cannot answer them, however well a sentence fits."""

from collections.abc import Iterator

from assistant.article import MONTHS
from assistant.question.periods import WEEKDAYS
from assistant.question.plan import Inquiry
from assistant.text.names import names
from assistant.text.spelling import slips
from assistant.text.words import Frequencies, by_stem, stems

_CALENDAR = frozenset(stem for name in (*MONTHS, *WEEKDAYS) for stem in stems(name))
"""Months and weekdays count as known, whether or not the archive prints their names."""


def has_unknown_names(inquiry: Inquiry, frequencies: Frequencies) -> bool:
    """Whether the question has names and none of them occurs in the archive, in passages, titles or outlets.

    A name that is only spelled differently in a retrieved passage is known.
    """
    wanted = {stem for name in inquiry.plan.names for stem in by_stem(name)} - _CALENDAR
    counts, _ = frequencies(list(wanted))
    if not wanted or any(counts.values()):
        return False
    texts = [
        f"{found.source.title}. {found.source.outlet}. {found.passage.text}" for found in inquiry.passages
    ]
    if any(stem in wanted for text in texts for stem in stems(text)):
        return False
    asked = [word for name in inquiry.plan.names for word in _words(name)]
    found = {word for text in texts for name in names(text) for word in _words(name)}
    return all(slips(one, other) is None for one in asked for other in found)


def _words(name: str) -> Iterator[str]:
    """Yield the words of a name that begin with a capital and are no days or months."""
    for word in name.split():
        if word[:1].isupper() and _CALENDAR.isdisjoint(stems(word)):
            yield word
