"""Follow-ups: what a question that leans on others is searched as, told by words, without a language model.

What "he" or "there" means is not guessed. A follow-up is read in three ways, alone, with the questions that it hangs
on, and with the names of the last answer too, and what each of them finds is added up.
"""

from collections.abc import Mapping, Sequence

from assistant.answer import Exchange
from assistant.question.kinds import leans
from assistant.text.markers import without_markers
from assistant.text.names import names as names

Readings = Mapping[str, float]
"""Wordings of one question with what each weighs, the fullest first; together 1."""

ALONE = 0.2
"""What the follow-up alone weighs; the rest is shared by the two readings that carry something over. On one half of
CANARD's conversations, 0, .2 and .33 close .56, .59 and .54 of the gap to a person's rewrite, and MRR@10 on CAsT 2019
is .961, .987 and .993: what is carried is most of a follow-up, but drags a complete question to another subject."""

NAMES = 2
"""Names of the last answer that are carried over; it may be of several sentences, and the first are of its subject."""


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """Return a question as it is searched: with what it hangs on, if it leans on what was said before.

    >>> standalone("How old is she?", [Exchange("Who won the run-off in Port Ellery?", "Ingrid Halloran did. [1]")])
    'Who won the run-off in Port Ellery? (Ingrid Halloran) How old is she?'
    """
    return next(iter(readings(question, history)))


def readings(question: str, history: Sequence[Exchange]) -> Readings:
    """Return the readings of a question: one, as it stands, unless it leans on what was said before."""
    questions = carried(question, history)
    if not questions:
        return {question: 1.0}
    context = " ".join(questions)
    new = [name for name in names(without_markers(history[-1].answer)) if name not in context][:NAMES]
    told = [f"({', '.join(new)})"] if new else []
    weighed: dict[str, float] = {}
    for text, weight in (
        (" ".join([*questions, *told, question]), (1 - ALONE) / 2),
        (" ".join([*questions, question]), (1 - ALONE) / 2),
        (question, ALONE),
    ):
        weighed[text] = weighed.get(text, 0.0) + weight
    return weighed


def carried(question: str, history: Sequence[Exchange]) -> list[str]:
    """Return the questions that one hangs on: the last that opened a subject, or else the first, and the last of all.

    >>> asked = ["Who owns the Skerra Line?", "Who is Nora Hale?", "Where did she work?", "Did she like it?"]
    >>> carried("Why?", [Exchange(each, "") for each in asked])
    ['Who is Nora Hale?', 'Did she like it?']
    >>> carried("Who is Victor Salm?", [Exchange(each, "") for each in asked])
    []
    """
    asked = [" ".join(each.question.split()) for each in history if each.question.strip()]
    if not asked or not leans(question):
        return []
    subject = next((each for each in reversed(asked) if names(each) and not leans(each)), asked[0])
    return list(dict.fromkeys((subject, asked[-1])))
