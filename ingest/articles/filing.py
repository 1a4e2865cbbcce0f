"""Parses where, when and for which agency a story was filed: the dateline that opens it, the stamp that closes
it."""

import re
from dataclasses import dataclass

from assistant.article import UNDATED, PublicationDate
from assistant.text.datelines import opening
from ingest.articles import dates

_LONGEST_STAMP = 300

# 02/02/2023 09:48:03 - Gaza (Palestinian Territories) (AFP) - © 2023 AFP
_STAMP = re.compile(
    r"(?P<date>\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2})"
    r"(?P<time>[ T,]+\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:GMT|UTC|Z|[+-]\d{2}:?\d{2}))?)?"
    r"\s+[-–—|]\s+(?P<place>[^\n]{2,80}?)\s+\((?P<agency>[^()\n]{2,40})\)(?:\s+[-–—|]\s+(?P<notice>[^\n]{1,80}))?"
)
_COPYRIGHT = re.compile(
    r"(?:©|\([cC]\)|Copyright(?:\s+©)?)\s*(?P<year>\d{4})\s+(?:by\s+)?"
    r"(?P<holder>[^\n.]{2,60}?)(?:\.\s*All rights reserved)?\.?",
)
_END_MARK = re.compile(r"(?:[-–—#*\s]*(?:30|ENDS?|###+)[-–—#*\s]*|#\s*#\s*#)")


@dataclass(frozen=True)
class Dateline:
    """The content of a dateline or closing stamp; None and UNDATED for what it does not state."""

    place: str | None = None
    agency: str | None = None
    published: PublicationDate = UNDATED
    day: str | None = None
    """A day written without a year, such as `March 4`."""
    year: int | None = None
    """The year of a copyright notice, which is not a date by itself."""
    alone: bool = True
    """Whether the paragraph contains nothing else."""


def dateline(paragraph: str) -> Dateline | None:
    """Parse the dateline that opens a paragraph; None if there is none.

    >>> dateline("PORT ELLERY, March 4 (Tidewater Wire) — The sea wall broke.").place
    'PORT ELLERY'
    """
    match = opening(paragraph)
    if match is None:
        return None
    parts = match.groupdict()
    place, agency, day = parts.get("place"), parts.get("agency"), parts.get("date")
    published = dates.parse(day, "dateline") if day else UNDATED
    alone = not paragraph[match.end() :].strip()
    return Dateline(place, agency, published, day if day and published is UNDATED else None, None, alone)


def stamp(paragraph: str) -> Dateline | None:
    """Parse a closing line such as an agency's stamp or a copyright notice; None if it is neither.

    Numeric dates are read day first, because the agencies that write closing stamps do so.

    >>> stamp("02/02/2023 09:48:03 - Gaza (AFP) - © 2023 AFP").published.iso
    '2023-02-02T09:48:03'
    """
    if len(paragraph) > _LONGEST_STAMP:
        return None
    if match := _STAMP.fullmatch(paragraph):
        published = dates.parse(match["date"] + (match["time"] or ""), "stamp", day_first=True)
        return Dateline(match["place"], match["agency"], published)
    if match := _COPYRIGHT.fullmatch(paragraph):
        return Dateline(agency=match["holder"], year=int(match["year"]))
    return Dateline() if _END_MARK.fullmatch(paragraph) else None
