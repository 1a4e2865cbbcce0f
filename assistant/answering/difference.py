"""Decides whether two answers contradict each other: only then do sources differ."""

import re

from assistant.answering.answer_date import answer_date
from assistant.evidence.evidence import Evidence
from assistant.question.kinds import Wanted
from assistant.text.normal_form import normal_form
from assistant.text.words import NUMBER, stems

WHOLLY_NAME = re.compile(r"(?:(?:[A-Z][\w.'’-]*|of|the|and|de|von|for)(?:\s+|$))+")
"""A text that is nothing but a name. Unlike `names`, it takes initials and titles such as "J." into the name."""

_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")
_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
NUMERALS = {word: str(number) for number, word in enumerate(_WORDS, start=1)}


def contradicts(one: Evidence, other: Evidence, wanted: Wanted | None) -> bool:
    """Whether two answers cannot both be right: other figures for one thing, other days, other names.

    Two descriptions never contradict each other, nor do a name and a description, nor a whole and its part.
    """
    first, second = one.answer_text or "", other.answer_text or ""
    if wanted == "time":
        days = [answer_date(each.answer_text or "", each.text, _day(each)) for each in (one, other)]
        return None not in days and days[0] != days[1]
    if NUMBER.search(first) and NUMBER.search(second):
        figures, others = _figures(first), _figures(second)
        return bool(figures and others) and figures.isdisjoint(others) and _same_thing(first, second)
    if wanted != "name" or not (WHOLLY_NAME.fullmatch(first) and WHOLLY_NAME.fullmatch(second)):
        return False
    return set(stems(first)).isdisjoint(stems(second)) and not _abbreviates(first, second)


def _day(evidence: Evidence) -> str | None:
    return evidence.found.source.published


def _same_thing(one: str, other: str) -> bool:
    """Whether two figures are of the same thing, as far as their words say.

    >>> _same_thing("44 million", "36.4 million crowns"), _same_thing("1.6 billion crowns", "36 turbines")
    (True, False)
    """
    things, other_things = (set(stems(NUMBER.sub(" ", each))) for each in (one, other))
    return not things or not other_things or bool(things & other_things)


def _figures(answer: str) -> set[str]:
    """Return the numbers in an answer, in digits; none for a vague one such as "dozens".

    >>> sorted(_figures("two of 1,200 boats")), _figures("about 140")
    (['1200', '2'], {'140'})
    """
    found = _NUMERAL.findall(answer.lower())
    digits = (NUMERALS.get(each, each.replace(",", "")) for each in found)
    return {each for each in digits if each[0].isdigit()}


def _abbreviates(one: str, other: str) -> bool:
    """Whether one name is made of the first letters of the other.

    >>> _abbreviates("Democratic Front for the Liberation of Palestine", "DFLP")
    True
    """
    short, long = sorted((one, other), key=len)
    capitals = "".join(word[0] for word in long.split() if word[0].isupper())
    return normal_form(short).replace(" ", "") == capitals.lower()
