"""Finds furniture: text in an article that is not part of the story, such as repeats, bylines, stamps and offers.

Furniture stays in the canonical text, so nothing published is lost. It is left out of passages, so no answer quotes
a headline twice or a copyright line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.article import UNDATED, PublicationDate, Span
from ingest.articles import dates
from ingest.articles.bylines import byline
from ingest.articles.filing import Dateline, dateline, stamp
from ingest.articles.notices import closing_barriers

OPENING = 8
"""Number of opening paragraphs searched for a repeated title or lead, a byline and a dateline."""

CLOSING = 3
"""Number of closing paragraphs searched for stamps and notices."""

SHORTEST_LEAD = 40
"""Minimum letters of a paragraph to count as a lead that a longer paragraph repeats."""


@dataclass(frozen=True)
class Credits:
    """What an article's text says about its author, date and place, and the spans of its furniture."""

    spans: tuple[Span, ...]
    authors: tuple[str, ...]
    published: PublicationDate
    place: str | None
    agency: str | None


def find_furniture(title: str, paragraphs: Sequence[str]) -> Credits:
    """Find the furniture in `paragraphs`; spans refer to the paragraphs joined by blank lines.

    A closing stamp takes precedence over a dateline. A day without a year counts only if a copyright notice gives
    the year.
    """
    opening = paragraphs[:OPENING]
    furniture = _repeats(title, opening) | closing_barriers(paragraphs)
    names: tuple[str, ...] = ()
    opening_line: Dateline | None = None
    for index, paragraph in enumerate(opening):
        if index in furniture:
            continue
        if not names:
            names = byline(paragraph)
            if names:
                furniture.add(index)
                continue
        if opening_line is None:
            opening_line = dateline(paragraph)
            if opening_line is not None and opening_line.alone:
                furniture.add(index)
    closing: list[Dateline] = []
    for index in range(len(paragraphs) - 1, max(len(paragraphs) - 1 - CLOSING, 0), -1):
        if (closing_line := stamp(paragraphs[index])) is None:
            break
        furniture.add(index)
        closing.append(closing_line)
    lines = [*closing, *([opening_line] if opening_line else [])]
    return Credits(
        spans=_spans(paragraphs, furniture),
        authors=names,
        published=_date(lines),
        place=next((line.place for line in lines if line.place), None),
        agency=next((line.agency for line in lines if line.agency), None),
    )


def _repeats(title: str, opening: Sequence[str]) -> set[int]:
    """Return indexes of paragraphs that repeat the title, or that a later opening paragraph repeats or extends."""
    plain = [_plain(paragraph) for paragraph in opening]
    repeats = {index for index, paragraph in enumerate(plain) if paragraph == _plain(title)}
    for index, paragraph in enumerate(plain):
        if any(later == paragraph or _extends(later, paragraph) for later in plain[index + 1 :]):
            repeats.add(index)
    return repeats


def _extends(later: str, lead: str) -> bool:
    return len(lead) >= SHORTEST_LEAD and later.startswith(lead)


def _plain(paragraph: str) -> str:
    return " ".join(paragraph.casefold().split()).strip(" .…!?:\"'“”‘’")


def _date(lines: Sequence[Dateline]) -> PublicationDate:
    if found := next((line.published for line in lines if line.published.iso), None):
        return found
    year = next((line.year for line in lines if line.year), None)
    day = next((line.day for line in lines if line.day), None)
    return dates.month_day(day, year, "dateline") if year and day else UNDATED


def _spans(paragraphs: Sequence[str], furniture: set[int]) -> tuple[Span, ...]:
    """Return the spans of the given paragraphs; adjacent paragraphs become one span."""
    spans: list[Span] = []
    start = 0
    for index, paragraph in enumerate(paragraphs):
        end = start + len(paragraph)
        if index in furniture:
            if index - 1 in furniture:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        start = end + len("\n\n")
    return tuple(spans)
