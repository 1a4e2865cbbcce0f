"""Follow-ups: the wordings that a question is searched as when it depends on the questions before it.

Rules do this, without a language model, and none of them guesses what "he" or "there" means. A follow-up has three
readings: alone, with the questions it depends on, and with the names of the last answer as well. What each of them
finds is added up.
"""

from collections.abc import Mapping, Sequence

from assistant.query import Exchange
from assistant.question.kinds import depends_on_history
from assistant.text.markers import without_markers
from assistant.text.names import names as names

Readings = Mapping[str, float]
"""Wordings of one question with their weights, which add up to 1; the fullest wording first."""

ALONE = 0.2
"""Weight of the follow-up alone; the two readings with context share the rest.

On one half of CANARD's conversations, weights of 0, .2 and .33 close .56, .59 and .54 of the gap to a person's
rewrite. MRR@10 on CAsT 2019 is .961, .987 and .993: context matters most for a follow-up, but pulls a complete question
towards the wrong subject."""

ANSWER_WORDS = 30
"""Words of the last answer that the reader is given before a follow-up."""

NAMES = 2
"""Names of the last answer that are added to a follow-up: the first ones, which are mostly its subject."""


def standalone(question: str, history: Sequence[Exchange]) -> str:
    """Return a question as it is searched: after the questions it depends on, if there are any.

    >>> standalone("How old is she?", [Exchange("Who won the run-off in Port Ellery?", "Ingrid Halloran did. [1]")])
    'Who won the run-off in Port Ellery? (Ingrid Halloran) How old is she?'
    """
    return next(iter(readings(question, history)))


def readings(question: str, history: Sequence[Exchange]) -> Readings:
    """Return the readings of a question: only its own wording, unless it depends on what was said before."""
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


def reader_question(question: str, history: Sequence[Exchange]) -> str:
    """Return a question as the reader reads it: a follow-up stands after the last question and its answer.

    >>> reader_question("Who led it?", [Exchange("Which union struck?", "The ferry crews' union did. [1]")])
    "Which union struck? The ferry crews' union did. Who led it?"
    """
    if not history or not depends_on_history(question):
        return question
    answer = " ".join(without_markers(history[-1].answer).split()[:ANSWER_WORDS])
    return f"{history[-1].question} {answer} {question}"


def carried(question: str, history: Sequence[Exchange]) -> list[str]:
    """Return the questions that a question depends on: the last one that opened a subject (or the first), and the last.

    >>> asked = ["Who owns the Skerra Line?", "Who is Nora Hale?", "Where did she work?", "Did she like it?"]
    >>> carried("Why?", [Exchange(each, "") for each in asked])
    ['Who is Nora Hale?', 'Did she like it?']
    >>> carried("Who is Victor Salm?", [Exchange(each, "") for each in asked])
    []
    """
    asked = [" ".join(each.question.split()) for each in history if each.question.strip()]
    if not asked or not depends_on_history(question):
        return []
    subject = next(
        (each for each in reversed(asked) if names(each) and not depends_on_history(each)), asked[0]
    )
    return list(dict.fromkeys((subject, asked[-1])))
