"""Finds the dateline at the beginning of a story: `PORT ELLERY, March 4 (Tidewater Wire) —`."""

import re

from assistant.article import MONTHS
from assistant.text.languages import MONTHS as OTHER_MONTHS

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
"""Agencies whose name alone marks a dateline."""

_NOT_PLACES = frozenset(
    "ADVISORY ALERT ANALYSIS BREAKING COMMENT CORRECTED CORRECTION EDITORIAL EXCLUSIVE EXPLAINER FACTBOX "
    "FEATURE FIFA IMF INTERVIEW LIVE NASA NATO NEWS NOTE OBITUARY OPEC OPINION PHOTOS POLL PROFILE RECAP "
    "REVIEW SPORTS TIMELINE UEFA UNESCO UNICEF UPDATE UPDATED URGENT VIDEO WATCH WORLD".split()
)
_MONTH = (
    r"(?:"
    + "|".join(
        sorted({*MONTHS, "Sept", *(name[:3] for name in MONTHS), *OTHER_MONTHS}, key=len, reverse=True)
    )
    + r")\b\.?"
)
_DATE = rf"(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\.?\s+(?:de )?{_MONTH})(?:,?\s+(?:de )?\d{{4}})?"
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
_LONGEST = 140
"""Characters at the beginning of a paragraph that are searched for a dateline."""


def opening(paragraph: str) -> re.Match[str] | None:
    """Return the dateline at the beginning of a paragraph, or None.

    The match has the groups place, date and agency; those that the dateline lacks are missing or None.

    >>> opening("PORT ELLERY, March 4 (Tidewater Wire) — The sea wall broke.").end()
    40
    """
    beginning = paragraph[:_LONGEST]
    match = next((found for form in _FORMS if (found := form.match(beginning))), None)
    place = match.groupdict().get("place") if match else None
    if place is not None and (place in _NOT_PLACES or place.split()[0] in _NOT_PLACES or place in AGENCIES):
        return None
    return match
