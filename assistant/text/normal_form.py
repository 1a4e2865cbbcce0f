"""Brings answers to one form, so that two wordings of an answer can be compared."""

import re

from assistant.text.letters import fold

_ARTICLE = re.compile(r"\b(?:the|an?)\b")
_NOT_WORD = re.compile(r"[^\w%$€£]+")


def same_answer(one: str, other: str) -> bool:
    """Whether two answers mean the same: their normal forms are equal, or one contains all words of the other in a row.

    >>> same_answer("the Buffalo Bills", "Buffalo Bills"), same_answer("3.1 million crowns", "3.1 million")
    (True, True)
    >>> same_answer("38 million", "44 million")
    False
    """
    first, second = (f" {normal_form(text)} " for text in (one, other))
    return bool(first.strip() and second.strip()) and (first in second or second in first)


def normal_form(answer: str) -> str:
    """Return an answer in lower case, without diacritics, punctuation and articles."""
    return " ".join(_NOT_WORD.sub(" ", _ARTICLE.sub(" ", fold(answer))).split())
