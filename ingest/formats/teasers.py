"""Records that hold a teaser where others hold the text."""

import re

SHORTEST_TEASER = 12
"""Words of a teaser that says what happened; "Read more", captions and lists of links have fewer."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’.-]\w+)*")


def reason_to_reject(teaser: str) -> str | None:
    """Why a record that has nothing but this teaser is no article; None where it is one.

    >>> reason_to_reject("Read more …")
    'no text but a teaser of 2 words, and 12 are needed to tell anything'
    """
    words = len(_WORD.findall(teaser))
    if not words:
        return "no text"
    if words >= SHORTEST_TEASER:
        return None
    return f"no text but a teaser of {words} word{'s' * (words > 1)}, and {SHORTEST_TEASER} are needed to tell anything"


def unwrap(teaser: str) -> str:
    """A teaser of plain text, whose lines were broken by who wrote the file; blank lines part its paragraphs."""
    return "\n\n".join(" ".join(part.split()) for part in _BLANK_LINES.split(teaser))
