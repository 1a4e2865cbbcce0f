"""Decides about records that contain a teaser but no text."""

import re

SHORTEST_TEASER = 12
"""Minimum words of a teaser that reports what happened; "Read more", captions and lists of links have fewer."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’.-]\w+)*")


def reason_to_reject(teaser: str) -> str | None:
    """Return why a record with only this teaser is not an article; None if it is one.

    >>> reason_to_reject("Read more …")
    'no text, only a teaser of 2 words; an article needs 12'
    """
    words = len(_WORD.findall(teaser))
    if not words:
        return "no text"
    if words >= SHORTEST_TEASER:
        return None
    return f"no text, only a teaser of {words} word{'s' * (words > 1)}; an article needs {SHORTEST_TEASER}"


def unwrap(teaser: str) -> str:
    """Return a plain-text teaser with wrapped lines joined; blank lines separate its paragraphs."""
    return "\n\n".join(" ".join(part.split()) for part in _BLANK_LINES.split(teaser))
