"""Decides what kind of answer a question asks for, and whether it depends on earlier questions."""

import re
from typing import Literal

from assistant.text.names import names
from assistant.text.words import NUMBER, terms

Kind = Literal["one", "several", "course", "latest", "reasons", "yes_no", "count"]
"""One thing (who, when, how many); several things; the course of events; the newest of them; reasons, methods or
statements; yes or no; the number of articles."""

_COURSE = re.compile(
    r"^\W*(?:what (?:else )?happened\b(?! to\b)|what (?:has|have|had) (?:since )?happened\b(?! to\b)|what led up to|"
    r"what (?:are|were) the (?:stages|steps|stations)\b|trace\b|"
    r"(?:a|the|give .*|show .*) (?:timeline|chronology|course|history|summary|overview) of|"
    r"(?:please |can you |could you )?(?:summari[sz]e|sum up|tell me (?:more |all )?about)\b|"
    r"what (?:do|can) (?:we|you) (?:know|tell me) about|what is known about|"
    r"what (?:did|does|has|have) .+ (?:report(?:ed)?|wr[io]te|written|publish(?:ed)?) (?:about|on|of)\b|"
    r"how (?:did|have|has|had) .*\b(?:(?:go|run),? from|(?:unfold|develop|evolve|change|grow|progress)(?:e?d)?"
    r"(?=\W*$|, | (?:from|between|over|since|in|on|after|before|during|until|to|as|across|through)\b)))",
    re.IGNORECASE,
)
"""Questions that need several reports, one after another. One report can answer what happened *to* somebody."""

_LATEST = re.compile(
    r"^\W*(?:(?:what(?:['’]?s| is| are) )?(?:the )?(?:latest|newest|most recent)(?: news| reports?| developments?)?"
    r" (?:on|about|in|from|with)|what(?:['’]?s| is) new\b|any (?:news|updates?)\b)",
    re.IGNORECASE,
)
"""Questions for the newest of several reports."""

_ALL = re.compile(
    r"^\W*(?:what (?:else |has |have |had )?happened to|what became of|(?:name|list) (?:the|all|those|every)\b|"
    r"who (?:all|are|were)\b)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"^\W*(?:which|what|name|list) (?:the |of the |all )?(?:(?!of\b|\w+ed\b)\w+ ){0,2}?"
    r"(?!is\b|was\b|has\b|does\b|this\b|its\b|his\b)[a-z]+[^\Wius]s\b"
    r"(?=\W*$|, | (?:d(?:id|o)|ha(?:ve|d)|were|are|will|would|can|could|should|may|might|say|said|won|lost|took|"
    r"made|gave|left|went?|came|held|led|ran|keep|kept|run|go|stay|turn|report|claim|agree|disagree|differ|deny|"
    r"want|support|oppose|call|carry|mention|describe|cover|\w+ed|of|in|at|on|from|to|by|for|with|that|who|whose|"
    r"about)\b)",
    re.IGNORECASE,
)
"""After "which" or "what", a plural noun must be followed by a verb or a preposition, unlike in "which news host"."""

_REASONS = re.compile(
    r"^\W*(?:why|how come|how (?:can|could|did|do|does|is|are|was|were|will|would|should|has|have)|"
    r"what (?:are|were|is|was) the (?:reasons?|causes?|grounds?))\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^\W*what (?:did|does|do|has|have|had) (?!(?:he|she|they|it) call\b).+\b(?:say|said|tell|told|think|argue|warn|"
    r"comment|reply|respond|claim|announce|promise|demand)\b",
    re.IGNORECASE,
)
"""Questions about what somebody said, which is whole sentences."""

_COUNT = re.compile(
    r"^\W*(?:in )?how many (?:\w+ )?(?:articles?|stories|reports?|items?|pieces)\b(?: \w+){0,4}? "
    r"(?:mention(?:s|ed|ing)?|nam(?:e|es|ed|ing)|refer(?:s|red|ring)? to|cover(?:s|ed|ing)?|contain(?:s|ed|ing)?|"
    r"about|on|deal(?:s|t)? with)\s+(?P<words>.+?)[^\w\"”]*$",
    re.IGNORECASE,
)
"""Questions about the archive itself."""

_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)(?:n't)?\b",
    re.IGNORECASE,
)

Wanted = Literal["number", "time", "name"]
"""What an answer must contain."""

_WANTED: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|old|long|far|high|tall|large|big|fast|often)\b|\bwhat (?:percent|share|number)|"
            r"\bwhat (?:is|was|were|are) the (?:population|number|cost|price|percentage|amount|total|toll|age)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "time",
        re.compile(r"^\W*(?:\w+ )?when\b|\b(?:what|which) (?:year|day|date|month)\b", re.IGNORECASE),
    ),
    (
        "name",
        re.compile(
            r"\bwho(?:m|se)?\b|\bwhere\b|\bwhich (?:\w+ )?(?:city|country|team|company|group|person)",
            re.IGNORECASE,
        ),
    ),
)
TIME = re.compile(
    r"\d|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|"
    r"Wednesday|Thursday|Friday|Saturday|Sunday|today|yesterday|ago|morning|evening|night|dawn|noon|midnight|spring|"
    r"summer|autumn|winter|(?:day|week|month|year)s?)\b",
    re.IGNORECASE,
)
"""A word or number of an answer that gives a time."""

_REFERS_BACK = re.compile(
    r"^\W*(?:and|but|so|then|what about|how about|what else|who else|where else)\b|^\W*why\W*$|"
    r"\b(?:he|she|it|they|him|her|hers|them|his|its|their|theirs|these|those|"
    r"this(?! (?:week|month|year|morning|afternoon|evening))|that(?= (?:is|was|did|does|happen)|\W*$)|"
    r"(?:(?<=does )|(?<=did )|(?<=is )|(?<=was )|(?<=will )|(?<=would ))that|"
    r"(?<!is )(?<!are )(?<!was )(?<!were )there)\b",
    re.IGNORECASE,
)
_NUMBER_OR_QUOTATION = re.compile(r"\d|[\"“]")
"""With one of these, a short question can be complete."""

FEW_TERMS = 3
"""A question with at most this many search terms and no name, number or quotation counts as a follow-up."""


def depends_on_history(question: str) -> bool:
    """Whether a question is a follow-up, which can only be understood with earlier questions.

    >>> [depends_on_history(q) for q in ("And how many were hurt?", "Who led it?", "How many people died?")]
    [True, True, True]
    >>> [depends_on_history(q) for q in ("Who is Victor Salm?", "How much did the strike win for the crews?")]
    [False, False]
    """
    if refers_back(question):
        return True
    if len(terms(question)) > FEW_TERMS or _NUMBER_OR_QUOTATION.search(question):
        return False
    # The first letter is a capital in every question, so it does not show a name.
    return not names(question[:1].lower() + question[1:])


def refers_back(question: str) -> bool:
    """Whether a word refers to something said before, so that the question cannot be understood alone.

    >>> refers_back("Who led it?"), refers_back("What would the wind farm cost?")
    (True, False)
    """
    return bool(_REFERS_BACK.search(question))


def kind(question: str) -> Kind:
    """Return the kind of a question; "one" if no rule applies.

    >>> [kind(q) for q in ("Who won?", "Which outlets report it?", "Why did he resign?", "Did she deny it?")]
    ['one', 'several', 'reasons', 'yes_no']
    >>> [kind(q) for q in ("Which news host left?", "How did the count grow?", "How did she win?")]
    ['one', 'course', 'reasons']
    >>> [kind(q) for q in ("What's the latest on the strike?", "Summarise the trial.", "What did she say about it?")]
    ['latest', 'course', 'reasons']
    >>> kind("What did the Ellery Beacon report about the strike?")
    'course'
    """
    if _COUNT.match(question):
        return "count"
    if _LATEST.match(question):
        return "latest"
    if _COURSE.match(question):
        return "course"
    if _REASONS.match(question) or _STATEMENT.match(question):
        return "reasons"
    if _ALL.match(question) or _SEVERAL.match(question):
        return "several"
    if _YES_NO.match(question):
        return "yes_no"
    return "one"


def mentioned(question: str) -> str | None:
    """Return the words whose articles a question asks to count; None if it is of another kind.

    >>> mentioned("How many articles mention the Skerra Line?"), mentioned("How many people were hurt?")
    ('the Skerra Line', None)
    """
    found = _COUNT.match(question)
    return found["words"] if found else None


def wanted(question: str) -> Wanted | None:
    """Return what an answer must contain; None if the question does not say.

    >>> [wanted(q) for q in ("How many were hurt?", "When did it open?", "Who spoke when it opened?", "What fell?")]
    ['number', 'time', 'name', None]
    """
    return next((each for each, pattern in _WANTED if pattern.search(question)), None)


def lacks_wanted(answer: str, wanted: Wanted | None) -> bool:
    """Whether the question asks for a number or a time and the answer has none.

    >>> lacks_wanted("the passengers", "number"), lacks_wanted("eleven", "number"), lacks_wanted("the mayor", "time")
    (True, False, True)
    """
    pattern = {"number": NUMBER, "time": TIME}.get(wanted or "")
    return pattern is not None and not pattern.search(answer)
