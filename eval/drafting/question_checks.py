"""Checks of a draft question: it can be understood alone, does not reveal its answer, and is specific."""

import re
from collections.abc import Collection

from assistant.text.words import terms
from eval.drafting.person_names import MONTHS

WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"

_UNNAMED = frozenset(
    """he she it they we i you him her them us me his hers its their theirs our ours my mine your yours himself
    herself itself themselves this these those here there""".split()
)
_DEICTIC = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|now|ago|so far|still|also|too|already|either|neither|nor|meanwhile|"
    r"however|again|later|earlier|then|former|latter|same|another|others?|such|respectively|instead|similar|"
    r"(?:last|next|this|that) (?:night|week|weekend|month|year|season|summer|winter|spring|autumn|time|morning|"
    rf"afternoon|evening|{WEEKDAY}|{MONTHS}))\b",
    re.IGNORECASE,
)
"""Words that depend on the text around the sentence, or on the day it was written."""


def stands_alone(question: str) -> bool:
    """Return whether a question can be understood by itself and names what it is about.

    >>> [stands_alone(f"Who {what}?") for what in ("was charged with fraud in Port Ellery", "led it to victory in May")]
    [True, False]
    """
    bare = re.sub(r"“[^”]*”", "“”", question)
    words = re.findall(r"[\w’'-]+", bare)
    if not 5 <= len(question.split()) <= 34 or any(word.lower() in _UNNAMED for word in words):
        return False
    if (
        _DEICTIC.search(bare)
        or question.count("(") != question.count(")")
        or re.search(r"[\"“][^”]*$", question)
    ):
        return False
    named = [
        word for word in words[1:] if word[0].isupper() and not re.fullmatch(rf"{WEEKDAY}|{MONTHS}", word)
    ]
    content_words = [word for word in terms(bare) if word not in ("many", "much")]
    return bare != question or (bool(named) and len(content_words) >= 4)


def gives_answer_away(question: str, answers: Collection[str]) -> bool:
    """Return whether a question contains a name or number of its answer.

    >>> gives_answer_away("Who is the head of Salm & Sons?", ["Victor Salm"])
    True
    >>> gives_answer_away("Who left?", ["Victor Salm"])
    False
    """

    def names_and_numbers(text: str) -> set[str]:
        words = (
            word.removesuffix("’s").removesuffix("'s") for word in re.findall(r"\w[\w’',.-]*\w|\d", text)
        )
        return {word.lower() for word in words if word[0].isupper() or word[0].isdigit()}

    return bool(
        names_and_numbers(question) & {word for answer in answers for word in names_and_numbers(answer)}
    )


def vagueness(question: str) -> float:
    """Return how vague a question is: few content words, and things that it mentions as known.

    >>> [vagueness(f"How many votes did Ingrid Halloran {more}?") for more in ("win", "win in Quay in the council")]
    [2.0, 0.5]
    """
    bare = re.sub(r"“[^”]*”", "", question)
    known = len(
        re.findall(r"\b[Tt]he [a-z]+(?! (?:of|in|for|at|on|from|that|to)\b)(?! [A-Z])(?= |\?|,)", bare)
    )
    return 2.0 * (len(terms(question)) < 6) + 0.5 * known
