"""Whose reporting a question asks about: "according to Reuters", "in the Guardian's coverage".

Every form of words is closed and English. An outlet that is news itself ("Who bought The Verge?") is not asked for its
reporting.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.question.outlets import Mention, Names, OutletNames


@dataclass(frozen=True)
class Attribution:
    """What a question says of whose reporting it asks about."""

    outlets: tuple[Names, ...]
    """Each outlet once, in the order of the question."""
    words: tuple[str, ...]
    """What the question calls each."""

    @property
    def names(self) -> Names:
        """The names of all of them."""
        return tuple(dict.fromkeys(name for names in self.outlets for name in names))


def attribution(question: str, outlets: OutletNames) -> Attribution | None:
    """Return the outlets whose reporting a question asks about; None if it names none so.

    >>> outlets = OutletNames(["The Week", "cnn.com"])
    >>> attribution("Who resigned this week, according to the Week and CNN?", outlets)
    Attribution(outlets=(('The Week',), ('cnn.com',)), words=('the Week', 'CNN'))
    >>> attribution("Why did CNN dismiss its chief executive?", outlets) is None
    True
    """
    called: dict[Names, str] = {}
    for names, span in _sources(outlets.mentions(question), question):
        called.setdefault(names, question[slice(*span)])
    return Attribution(tuple(called), tuple(called.values())) if called else None


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
"""Words of reporting: what was done to what is told, what it is called, and what an outlet does."""

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
"""What stands before the name of an outlet whose reporting is asked about."""

_AFTER = re.compile(
    rf"""
    {_CLOSED}
    (?: (?:['’]?s)? {_CLOSED} \s+(?:{_WHICH}\s+){{0,3}} {_REPORT}
      | ['’]s\s+(?:\w+\s+){{0,2}} {_REPORT}
      | \s+(?:(?: \w+ly | also | first )\s+)? {_REPORTS}
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands after it."""

_BETWEEN = re.compile(
    rf"""
    (?:{_CLOSED} | ,["'”’]) (?:['’]s)? \s*
    (?: ,?\s*\b(?: and | or | as\s+well\s+as | but\s+not )\b | , | (?<=,["'”’]) )
    \s*(?:(?: by | in | from | to | both | the | and | or )\s+)* {_OPEN}""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands between names of which the same is said."""

_BESIDE_BEFORE = re.compile(rf"\b(?:by|from|in|of|on|than|that|while)\s+(?:the\s+)?{_OPEN}$", re.IGNORECASE)
_BESIDE_AFTER = re.compile(rf"{_CLOSED}(?:['’]s)?{_CLOSED}\s+\w+(?:[^\Ws]s|ed)\b", re.IGNORECASE)
"""What is enough where another outlet is named as a source."""

_NEAR = 80
"""Characters before a name in which it is said that it is a source."""


def _sources(mentions: Iterable[Mention], question: str) -> list[Mention]:
    """Return the mentions of sources: in a list, what holds for one holds for all."""
    lists: list[list[Mention]] = []
    for each in mentions:
        if lists and _BETWEEN.fullmatch(question[lists[-1][-1].span[1] : each.span[0]]):
            lists[-1].append(each)
        else:
            lists.append([each])
    sources = [some for some in lists if _any(some, question, _BEFORE, _AFTER)]
    if sources:
        sources = [
            some for some in lists if some in sources or _any(some, question, _BESIDE_BEFORE, _BESIDE_AFTER)
        ]
    return [each for some in sources for each in some]


def _any(mentions: Iterable[Mention], question: str, before: re.Pattern[str], after: re.Pattern[str]) -> bool:
    """Whether one of the mentions stands after or before words of these kinds."""
    return any(
        before.search(question[max(0, start - _NEAR) : start]) or after.match(question[end:])
        for _, (start, end) in mentions
    )
