"""Recognises an article that says it was retracted."""

import re

OPENING = 1_000
"""Code points of the text that are read: a notice stands at the beginning."""

_PIECE = r"th(?:is|e|at) (?:article|story|report|piece|item|column|interview|post)"
_NOTICE = re.compile(
    r"^\W*(?:retraction|retracted|withdrawn|withdrawal)\b\s*(?:[:–—|.]|-\s|$)"
    rf"|\b{_PIECE} (?:has been|was|is|had been) (?:\w+ )?(?:retracted|withdrawn|taken down)\b"
    rf"|\b(?:we|has|have|had)(?: \w+)? (?:retract|retracted|withdraw|withdrawn|withdrew) {_PIECE}\b",
    re.IGNORECASE | re.MULTILINE,
)


def says_retracted(title: str, text: str) -> bool:
    """Whether the title or the beginning of an article says that the article was retracted.

    >>> says_retracted("Retracted: sea wall falls", "The wall fell.")
    True
    >>> says_retracted("Minister withdraws bill", "The retraction of the offer came late. This story was corrected.")
    False
    """
    return any(_NOTICE.search(part) for part in (title, text[:OPENING]))
