"""Finds the outlets whose reporting a question asks about: "according to Reuters", "in the Guardian's coverage".

The patterns cover a fixed set of English phrases. An outlet that makes news itself ("Who bought The Verge?") does not
count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.question.outlets import Mention, Names, OutletNames


@dataclass(frozen=True)
class Attribution:
    """The outlets whose reporting a question asks about."""

    outlets: tuple[Names, ...]
    """Each outlet once, in the order of the question."""
    words: tuple[str, ...]
    """The name of each in the question."""

    @property
    def names(self) -> Names:
        """All names of these outlets, each once."""
        return tuple(dict.fromkeys(name for names in self.outlets for name in names))


def attribution(question: str, outlets: OutletNames, *, is_follow_up: bool = False) -> Attribution | None:
    """Return the outlets whose reporting a question asks about; None if there are none.

    A follow-up may ask for nothing but another outlet: "And in the Ellery Beacon?".

    >>> outlets = OutletNames(["The Week", "cnn.com"])
    >>> attribution("Who resigned this week, according to the Week and CNN?", outlets)
    Attribution(outlets=(('The Week',), ('cnn.com',)), words=('the Week', 'CNN'))
    >>> attribution("Why did CNN dismiss its chief executive?", outlets) is None
    True
    >>> attribution("And in the Week?", outlets, is_follow_up=True).words
    ('the Week',)
    """
    words: dict[Names, str] = {}
    mentions = list(outlets.mentions(question))
    is_bare = is_follow_up and bool(_BARE.fullmatch(_without(mentions, question)))
    for names, span in mentions if is_bare else _sources(mentions, question):
        words.setdefault(names, question[slice(*span)])
    return Attribution(tuple(words), tuple(words.values())) if words else None


_REPORTED = (
    r"(?:accused|alleged|analy[sz]ed|anticipated|attributed|called|characteri[sz]ed|cited|claimed|compared|considered|"
    r"covered|deemed|depicted|described|detailed|discussed|documented|dubbed|expected|featured|hailed|highlighted|"
    r"identified|implicated|implied|indicated|likened|listed|mentioned|named|noted|outlined|perceived|portrayed|"
    r"predicted|presented|published|quoted|ranked|recogni[sz]ed|recommended|referenced|reported|revealed|reviewed|"
    r"said|scrutini[sz]ed|seen|shown|stated|suggested|told|viewed|written)"
)
_REPORT = (
    r"(?:accounts?|analys[ie]s|articles?|assertions?|claims?|columns?|commentators?|corrections?|coverage|depictions?|"
    r"descriptions?|editorials?|findings?|guides?|headlines?|pieces?|portrayals?|posts?|publications?|reporting|"
    r"reports?|reviews?|stor(?:y|ies))"
)
_REPORTS = (
    r"(?:argue[sd]?|attribute[sd]?|call(?:s|ed)|claim(?:s|ed)?|consider(?:s|ed)|cover(?:s|ed)?|describe[sd]?|"
    r"discuss(?:es|ed)?|emphasi[sz]e[sd]?|focus(?:es|ed)|highlight(?:s|ed)?|implie[sd]|imply|indicate[sd]?|"
    r"mention(?:s|ed)?|note[sd]?|portray(?:s|ed)?|quote[sd]?|recommend(?:s|ed)?|report(?:s|ed)?|"
    r"says?\s+(?:about|of|on)|state[sd]?|stress(?:es|ed)|suggest(?:s|ed)?|writes?|wrote)"
)
"""Words for reporting: participles ("reported"), nouns ("report"), and verbs whose subject is an outlet."""

_WHICH = r"(?:(?-i:[A-Z]\w*)|\d+|earlier|first|last|latest|later|news|other|previous|second|third)"
_OPEN, _CLOSED = r"""["'“‘]*""", r"""["'”’]*"""

_BEFORE = re.compile(
    rf"""
    (?: \b(?: according\s+to | as\s+per | per )
      | \b{_REPORTED} (?:\s+\w+){{0,2}}? \s+(?: in | by | on | from )
      | \b{_REPORT} \s+(?:\w+ed\s+)?(?: from | by | in | of | on )
      | \b(?: sources | outlets | publications | newspapers ) (?:\s+(?: like | such\s+as | including ))? :?
      | \b(?: in | from | by )\s+both
    )
    \s+(?:(?: an? | the | both | either | sources )\s+)* {_OPEN}$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words before the name of an outlet that show a question about its reporting."""

_AFTER = re.compile(
    rf"""
    {_CLOSED}
    (?: (?:['’]?s)? {_CLOSED} \s+(?:{_WHICH}\s+){{0,3}} {_REPORT}
      | ['’]s\s+(?:\w+\s+){{0,2}} {_REPORT}
      | \s+(?:(?: \w+ly | also | first )\s+)? {_REPORTS}
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words after the name that show it."""

_BETWEEN = re.compile(
    rf"""
    (?:{_CLOSED} | ,["'”’]) (?:['’]s)? \s*
    (?: ,?\s*\b(?: and | or | as\s+well\s+as | but\s+not )\b | , | (?<=,["'”’]) )
    \s*(?:(?: by | in | from | to | both | the | and | or )\s+)* {_OPEN}""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words between the outlets of a list."""

_WEAK_BEFORE = re.compile(rf"\b(?:by|from|in|of|on|than|that|while)\s+(?:the\s+)?{_OPEN}$", re.IGNORECASE)
_WEAK_AFTER = re.compile(rf"{_CLOSED}(?:['’]s)?{_CLOSED}\s+\w+(?:[^\Ws]s|ed)\b", re.IGNORECASE)
"""Weaker words, which count only if the question asks about the reporting of another outlet."""

_LOOKED_BACK = 80
"""Characters before a name that are searched for these words."""


_BARE = re.compile(
    r"\W*(?:\b(?:about|according|also|and|but|by|did|do|does|from|how|in|or|per|say|said|says|the|to|what)\b\W*)*",
    re.IGNORECASE,
)
"""What a follow-up that asks for nothing but other outlets has besides their names."""


def _without(mentions: Iterable[Mention], question: str) -> str:
    """Return the question without the names of outlets."""
    for _, (start, end) in reversed(list(mentions)):
        question = question[:start] + question[end:]
    return question


def _sources(mentions: Iterable[Mention], question: str) -> list[Mention]:
    """Return the mentions of outlets whose reporting is asked about. Words for one of a list count for all."""
    lists: list[list[Mention]] = []
    for each in mentions:
        if lists and _BETWEEN.fullmatch(question[lists[-1][-1].span[1] : each.span[0]]):
            lists[-1].append(each)
        else:
            lists.append([each])
    sources = [some for some in lists if _any_has_sign(some, question, _BEFORE, _AFTER)]
    if sources:
        sources = [
            some
            for some in lists
            if some in sources or _any_has_sign(some, question, _WEAK_BEFORE, _WEAK_AFTER)
        ]
    return [each for some in sources for each in some]


def _any_has_sign(
    mentions: Iterable[Mention], question: str, before: re.Pattern[str], after: re.Pattern[str]
) -> bool:
    """Whether one of the mentions follows `before` or is followed by `after`."""
    return any(
        before.search(question[max(0, start - _LOOKED_BACK) : start]) or after.match(question[end:])
        for _, (start, end) in mentions
    )
