"""Compares names that may be spelled in several ways: transliterated, without apostrophes, or with a slip."""

import re

from rapidfuzz.distance import OSA

from assistant.text.letters import fold

_POSSESSIVE = re.compile(r"['’]s?$")
_NO_LETTER = re.compile(r"[\W_]+")
_WRITTEN_ALIKE = (
    (re.compile(r"(?:yy|iy|ij|yi|ii|yj|ey|ei|i|j)$"), "y"),
    (re.compile(r"j"), "y"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q"), "k"),
    (re.compile(r"w"), "v"),
    (re.compile(r"ts|tz"), "c"),
    (re.compile(r"ou|ue"), "u"),
    (re.compile(r"oe"), "o"),
    (re.compile(r"ae"), "a"),
    (re.compile(r"(.)\1"), r"\1"),
)
"""Spellings of one sound in names that were transliterated, or written without their umlauts."""

ONE_SLIP = 5
TWO_SLIPS = 9
"""Letters from which one slip, or two, are allowed. Shorter names that differ in a letter are different names."""


def written_plainly(name: str) -> str:
    """Return a word of a name in a form that its usual spellings share.

    >>> written_plainly("Holovatskyy"), written_plainly("Holovatskiy's"), written_plainly("O’Brien")
    ('holovacky', 'holovacky', 'obrien')
    """
    plain = _NO_LETTER.sub("", fold(_POSSESSIVE.sub("", name)))
    for pattern, spelling in _WRITTEN_ALIKE:
        plain = pattern.sub(spelling, plain)
    return plain


def slips(one: str, other: str) -> int | None:
    """Return the number of slips between two words of names; None if they are more than one name's spellings.

    A slip is a letter too many, too few, wrong, or exchanged with the next. The first letter is never a slip.

    >>> slips("Brandt", "Brant"), slips("Zelensky", "Zelenskiy"), slips("Hale", "Hall"), slips("Turner", "Tarnik")
    (1, 0, None, None)
    """
    first, second = written_plainly(one), written_plainly(other)
    if not first or first[:1] != second[:1]:
        return None
    shorter = min(len(first), len(second))
    most = 2 if shorter >= TWO_SLIPS else 1 if shorter >= ONE_SLIP else 0
    found = OSA.distance(first, second, score_cutoff=most)
    return found if found <= most else None
