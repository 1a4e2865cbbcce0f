"""Questions that their text no longer answers, because a name or a number in them was exchanged.

Most of the 5,945 unanswerable questions of SQuAD 2.0 were made by people in such ways (Rajpurkar, Jia and Liang,
ACL 2018, table 1: entity swap, among negation, antonyms and impossible conditions). An exchange within the same
subject makes more of them.
"""

import random
import re
from collections.abc import Sequence

_NAME = re.compile(r"\b[A-Z][\w’'-]*[\w](?: (?:of |the |de |van |von )?[A-Z][\w’'-]*[\w])*")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,.]*\d)")


def altered(question: str, others: Sequence[str], draw: random.Random) -> str | None:
    """Exchange one name or number of a question for one from other questions on its subject; None if none fits.

    >>> altered("When did Norsk Hydro found it?", ["Did Elkem own 40 mills?"], random.Random(1))
    'When did Elkem found it?'
    >>> altered("Why did he leave?", ["Did Elkem own 40 mills?"], random.Random(1)) is None
    True
    """
    places = [(names, span) for names in (_names, _numbers) for span in names(question)]
    draw.shuffle(places)
    for kind, (start, end) in places:
        said = question.casefold()
        fitting = sorted(
            {
                found
                for other in others
                for found in (other[slice(*span)] for span in kind(other))
                if found.casefold() not in said and found.casefold() != question[start:end].casefold()
            }
        )
        if fitting:
            return question[:start] + draw.choice(fitting) + question[end:]
    return None


def _names(question: str) -> list[tuple[int, int]]:
    """Where names stand; a question's first word is capital for another reason."""
    return [match.span() for match in _NAME.finditer(question, len(question.split(" ", 1)[0]))]


def _numbers(question: str) -> list[tuple[int, int]]:
    return [match.span() for match in _NUMBER.finditer(question)]
