"""A question none of whose names the archive holds has no answer there, however well a sentence fits."""

from assistant.article import MONTHS
from assistant.question.periods import WEEKDAYS
from assistant.question.plan import Inquiry
from assistant.text.words import Frequencies, by_stem, stems

_CALENDAR = frozenset(stem for name in (*MONTHS, *WEEKDAYS) for stem in stems(name))
"""Every archive has these days, whether or not it prints their names."""


def has_unknown_names(inquiry: Inquiry, frequencies: Frequencies) -> bool:
    """Whether the question has names, none of which occurs in the archive, not even as an outlet's."""
    named = {stem for name in inquiry.plan.names for stem in by_stem(name)} - _CALENDAR
    counts, _ = frequencies(list(named))
    if not named or any(counts.values()):
        return False
    texts = (f"{found.source.title} {found.source.outlet} {found.passage.text}" for found in inquiry.passages)
    return named.isdisjoint(stem for text in texts for stem in stems(text))
