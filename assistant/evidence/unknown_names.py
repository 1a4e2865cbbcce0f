"""Detects questions whose names the archive does not contain: it cannot answer them, however well a sentence fits."""

from assistant.article import MONTHS
from assistant.question.periods import WEEKDAYS
from assistant.question.plan import Inquiry
from assistant.text.words import Frequencies, by_stem, stems

_CALENDAR = frozenset(stem for name in (*MONTHS, *WEEKDAYS) for stem in stems(name))
"""Months and weekdays count as known, whether or not the archive prints their names."""


def has_unknown_names(inquiry: Inquiry, frequencies: Frequencies) -> bool:
    """Whether the question has names and none of them occurs in the archive, in passages, titles or outlets."""
    wanted = {stem for name in inquiry.plan.names for stem in by_stem(name)} - _CALENDAR
    counts, _ = frequencies(list(wanted))
    if not wanted or any(counts.values()):
        return False
    texts = (f"{found.source.title} {found.source.outlet} {found.passage.text}" for found in inquiry.passages)
    return wanted.isdisjoint(stem for text in texts for stem in stems(text))
