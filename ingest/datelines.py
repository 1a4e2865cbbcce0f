"""Where and when it was filed, and for whom: datelines that open a story and stamps that close it."""

import re
from dataclasses import dataclass

from assistant.article import UNDATED, PublicationDate
from ingest import dates

AGENCIES = (
    "AFP",
    "Agence France-Presse",
    "AP",
    "The Associated Press",
    "Associated Press",
    "Reuters",
    "Thomson Reuters",
    "UPI",
    "dpa",
    "DPA",
    "PA",
    "ANSA",
    "EFE",
    "TASS",
    "Xinhua",
    "Kyodo",
    "Yonhap",
    "IANS",
    "ANI",
    "PTI",
    "CNN",
    "Bloomberg",
    "BBC",
    "Axios",
)
"""Names that mark a dateline without further signs of one."""

_NOT_PLACES = frozenset(
    "ADVISORY ALERT ANALYSIS BREAKING COMMENT CORRECTED CORRECTION EDITORIAL EXCLUSIVE EXPLAINER FACTBOX "
    "FEATURE FIFA IMF INTERVIEW LIVE NASA NATO NEWS NOTE OBITUARY OPEC OPINION PHOTOS POLL PROFILE RECAP "
    "REVIEW SPORTS TIMELINE UEFA UNESCO UNICEF UPDATE UPDATED URGENT VIDEO WATCH WORLD".split()
)
_DATE = rf"(?:{dates.MONTH}\s+\d{{1,2}}|\d{{1,2}}\s+{dates.MONTH})(?:,?\s+\d{{4}})?"
_CAPITALS = (
    r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’-]+(?:[ -][A-ZÀ-ÖØ-Þ.'’-]+){0,4}"
    r"(?:[,/]\s?[A-Z][\w.'’-]*(?:\s[A-Z][\w.'’-]*){0,3}){0,2}"
)
_WORDS = r"[A-ZÀ-ÖØ-Þ][\w.'’-]*(?:,?\s[\w.'’-]+){0,5}"
_KNOWN = "|".join(re.escape(agency) for agency in AGENCIES)
_DASH = r"(?:—|–|--?|:)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # PORT ELLERY, March 4 (Tidewater Wire) —
        rf"(?P<place>{_CAPITALS})(?:,\s*(?i:(?P<date>{_DATE})))?,?\s*\((?P<agency>[^()\n]{{2,40}})\)\s*{_DASH}(?:\s|$)",
        # Port Ellery, March 4 (Tidewater Wire) —
        rf"(?P<place>{_WORDS}?),\s*(?i:(?P<date>{_DATE}))\s*(?:\((?P<agency>[^()\n]{{2,40}})\)\s*)?{_DASH}\s",
        # Gaza (AFP) -
        rf"(?P<place>{_WORDS})\s\((?P<agency>{_KNOWN})\)\s*{_DASH}(?:\s|$)",
        # GAZA CITY, Feb 2, 2023 -
        rf"(?P<place>{_CAPITALS}),\s*(?i:(?P<date>{_DATE}))\s*{_DASH}(?:\s|$)",
        # WASHINGTON —
        rf"(?P<place>{_CAPITALS})\s*(?:—|–|--)\s",
        # Seoul, South Korea CNN —
        rf"(?:(?P<place>{_WORDS})\s)?(?P<agency>{_KNOWN})\s*(?:—|–)(?:\s|$)",
        # (CNN) Charles has become
        rf"\((?P<agency>{_KNOWN})\)\s*{_DASH}?(?:\s|$)",
    )
)
_LONGEST_DATELINE = 140
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
    """What a dateline or a closing stamp says; None and UNDATED where it does not."""

    place: str | None = None
    agency: str | None = None
    published: PublicationDate = UNDATED
    day: str | None = None
    """A day as written without its year, such as `March 4`."""
    year: int | None = None
    """The year of a copyright notice, which is no date of its own."""
    alone: bool = True
    """Whether the paragraph holds nothing else."""


def dateline(paragraph: str) -> Dateline | None:
    """What the dateline that opens a paragraph says; None where there is none.

    >>> dateline("PORT ELLERY, March 4 (Tidewater Wire) — The sea wall broke.").place
    'PORT ELLERY'
    """
    opening = paragraph[:_LONGEST_DATELINE]
    for form in _FORMS:
        if match := form.match(opening):
            break
    else:
        return None
    parts = match.groupdict()
    place, agency, day = parts.get("place"), parts.get("agency"), parts.get("date")
    if place is not None and (place in _NOT_PLACES or place.split()[0] in _NOT_PLACES or place in AGENCIES):
        return None
    published = dates.parse(day, "dateline") if day else UNDATED
    alone = not paragraph[match.end() :].strip()
    return Dateline(place, agency, published, day if day and published is UNDATED else None, None, alone)


def stamp(paragraph: str) -> Dateline | None:
    """What a closing line such as an agency's stamp or a copyright notice says; None where it is neither.

    Numeric dates are read day first, as the agencies that close stories so write them.

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
