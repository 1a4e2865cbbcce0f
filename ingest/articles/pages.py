"""Finds which page of an article over several pages a file or address holds."""

import re

_WORD = r"(?:page|pg|paged|seite|p[áa]gina)"
_PLACE = re.compile(rf"(?:^|[^A-Za-z]){_WORD}[=_. /-]?(\d{{1,2}})(?![\dA-Za-z])(?=[^/]*/?$)", re.IGNORECASE)
"""bridge_page2.html, bridge-page-2.html, bridge.html?page=2, …/bridge/page/2"""

_TITLE = re.compile(
    rf"\b{_WORD} (\d{{1,2}}) (?:of|von|de|di|van|/) \d{{1,2}}\b|[(–—-] ?(\d{{1,2}})/\d{{1,2}}\)?$",
    re.IGNORECASE,
)
"""Bridge rejected (page 2 of 3), Bridge rejected – 2/3"""


def page_number(title: str, *places: str | None) -> int | None:
    """Return the number of the page that a title, file name or address states; None if none does.

    >>> page_number("Bridge", "bridge_page2.html"), page_number("Bridge", "https://a.example/bridge?page=3")
    (2, 3)
    >>> page_number("Bridge", "page2/bridge.html"), page_number("Bridge (2/3)")
    (None, 2)
    """
    found = next((match for place in places if place and (match := _PLACE.search(place))), None)
    match = found or _TITLE.search(title)
    return int(next(filter(None, match.groups()))) if match else None
