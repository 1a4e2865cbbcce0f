"""What stands in an article's text without being part of its story: repeats, bylines, stamps.

It stays in the canonical text, so that nothing of what was published is lost, and goes into no passage,
so that no answer quotes a headline twice or a copyright line at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.article import UNDATED, PublicationDate, Span
from ingest.articles import dates
from ingest.articles.bylines import byline
from ingest.articles.filing import Dateline, dateline, stamp

OPENING = 8
"""Paragraphs in which a repeated title or lead, a byline and a dateline are looked for."""

CLOSING = 3
"""Paragraphs in which closing stamps and notices are looked for."""

SHORTEST_LEAD = 40
"""Letters a paragraph must have to count as a lead that a later, longer one repeats."""


@dataclass(frozen=True)
class Credits:
    """What an article's own text says about its making, and where."""

    spans: tuple[Span, ...]
    authors: tuple[str, ...]
    published: PublicationDate
    place: str | None
    agency: str | None


def find_furniture(title: str, paragraphs: Sequence[str]) -> Credits:
    """Find the furniture among `paragraphs`, with spans in the text they make when joined by blank lines.

    A closing stamp is trusted before a dateline. A day without a year counts only together with the year
    of a copyright notice.
    """
    opening = paragraphs[:OPENING]
    aside = _repeats(title, opening)
    names: tuple[str, ...] = ()
    opened: Dateline | None = None
    for index, paragraph in enumerate(opening):
        if index in aside:
            continue
        if not names:
            names = byline(paragraph)
            if names:
                aside.add(index)
                continue
        if opened is None:
            opened = dateline(paragraph)
            if opened is not None and opened.alone:
                aside.add(index)
    closing: list[Dateline] = []
    for index in range(len(paragraphs) - 1, max(len(paragraphs) - 1 - CLOSING, 0), -1):
        if (closed := stamp(paragraphs[index])) is None:
            break
        aside.add(index)
        closing.append(closed)
    lines = [*closing, *([opened] if opened else [])]
    return Credits(
        spans=_spans(paragraphs, aside),
        authors=names,
        published=_date(lines),
        place=next((line.place for line in lines if line.place), None),
        agency=next((line.agency for line in lines if line.agency), None),
    )


def _repeats(title: str, opening: Sequence[str]) -> set[int]:
    """Paragraphs that say the title, or what a later one of the opening says as well or at more length."""
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


def _spans(paragraphs: Sequence[str], aside: set[int]) -> tuple[Span, ...]:
    """Spans of the paragraphs set aside; neighbours become one."""
    spans: list[Span] = []
    start = 0
    for index, paragraph in enumerate(paragraphs):
        end = start + len(paragraph)
        if index in aside:
            if index - 1 in aside:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        start = end + len("\n\n")
    return tuple(spans)
