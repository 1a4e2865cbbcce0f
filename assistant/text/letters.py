"""Brings letters to one form, so that words are found with and without their diacritics."""

import unicodedata

LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "Ł": "L",
    "Ø": "O",
    "Đ": "D",
    "Ð": "D",
    "Ħ": "H",
    "Ŧ": "T",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ß": "ss",
    "Æ": "Ae",
    "Œ": "Oe",
    "Þ": "Th",
    "ẞ": "Ss",
}
"""Letters that Unicode does not decompose, and how they are written without them."""

_TO_PLAIN = str.maketrans(LETTERS)


def fold(text: str) -> str:
    """Return a text in lower case and without diacritics.

    >>> fold("Økland in Łódź")
    'okland in lodz'
    """
    decomposed = unicodedata.normalize("NFKD", plain_letters(text.casefold()))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain_letters(text: str) -> str:
    """Return a text with the letters in LETTERS replaced.

    >>> plain_letters("Ægir Þórsson")
    'Aegir Thórsson'
    """
    return text if text.isascii() else text.translate(_TO_PLAIN)
