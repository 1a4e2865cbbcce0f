"""Finds the names in a claim that its source does not have.

A last name is enough if the source has the full name, initials are enough for a name of several words, and "Iranian"
names what "Iran" does. The parts of one name must be in one name of the source: "Ida Hale" is not a mixture of two.
"""

import re
from collections.abc import Iterable

from assistant.article import MONTHS
from assistant.evidence.support.days import WEEKDAYS
from assistant.text.letters import fold
from assistant.text.names import names
from assistant.text.words import STOPWORDS

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\d+", re.UNICODE)
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z]{2,6}s?\b")
_FIRST_WORD = re.compile(r"^\W*([A-Z][\w-]*\w)(['’]s)?(?=\W|$)\s*(\S*)")
_SAYS = re.compile(
    r"(?:said|says|told|called|offered|announced|claimed|denied|warned|added|argued|promised|asked|won|will|has|had)\b"
)

TITLES = frozenset(
    """mr mrs ms miss dr prof professor sir dame lord lady president vice prime minister mayor deputy chancellor senator
    governor judge justice general colonel captain sergeant officer detective inspector chief king queen prince princess
    pope secretary ambassador director chairman chairwoman chair spokesman spokeswoman spokesperson representative rep
    sen gov gen col capt lt sgt councillor councilman councilwoman party river street county city island""".split()
)
"""Words with a capital that say what a name is of; they need not be in the source."""

_CALENDAR = frozenset(word.lower() for word in (*MONTHS, *(month[:3] for month in MONTHS), "Sept", *WEEKDAYS))
_DEMONYMS = ("n", "an", "ian", "ean", "i", "ese", "ish", "s", "ic", "er", "ers", "ns", "ans", "ians", "is")


def missing_names(claim: str, source: str) -> list[str]:
    """Return the names of a claim that are not in the source.

    >>> missing_names("Hale met Ida Reyle in Tern Bay.", "Nora Hale met Tomas Reyle and Ida Brandt.")
    ['Ida Reyle', 'Tern Bay']
    """
    known = [_words(name) for name in (*names(source), *_INITIALS.findall(source))]
    every = _words(source)
    plain = {word for word in _WORD.findall(source) if word[0].islower()} | TITLES
    initials = {"".join(word[0] for word in words) for words in known if len(words) > 1}
    initials |= {
        "".join(fold(word[0]) for word in name.split() if word[0].isupper()) for name in names(source)
    }
    missing = []
    for name in claimed_names(claim, source):
        letters = fold(re.sub(r"\W", "", name))
        if letters in initials or letters in {"".join(word.split(".")) for word in every}:
            continue
        wanted = [
            word
            for word in _words(name)
            if word not in plain and word not in _CALENDAR and not word.isdigit()
        ]
        if not all(any(_is_same(word, other) for other in every) for word in wanted):
            # "United States" in full where the source has "U.S."
            short = "".join(word[0] for word in _words(name))
            if not (
                len(short) > 1
                and short in {re.sub(r"\W", "", fold(each)) for each in _INITIALS.findall(source)}
            ):
                missing.append(name)
        elif len(wanted) > 1 and not _together(wanted, known, every):
            missing.append(name)
    return missing


def claimed_names(claim: str, source: str = "") -> list[str]:
    """Return the names of a sentence, and its first word if that acts or owns something as a name does."""
    found = names(claim)
    first = _FIRST_WORD.match(claim)
    if first and fold(first[1]) not in STOPWORDS and not any(first[1] in name for name in found):
        is_plain = re.search(rf"\b{re.escape(first[1].lower())}\b", source)
        acts = first[2] or (_SAYS.match(first[3]) and not first[1].endswith(("s", "ly", "ing", "ed")))
        if acts and not is_plain and fold(first[1]) not in _ORDINARY:
            found.insert(0, first[1])
    return found


_ORDINARY = frozenset(
    """police everyone someone anyone nobody people nothing something everything neither either both another others
    management staff parliament government council court officials critics experts research traffic weather snow rain
    fire today yesterday tomorrow later earlier instead however meanwhile also still mother father""".split()
)
"""Words that may act or speak at the beginning of a sentence without being names."""


def is_calendar(name: str) -> bool:
    """Whether a name is only of months and weekdays, as "Dec" and "Monday March" are."""
    words = _words(name)
    return bool(words) and _CALENDAR.issuperset(words)


def _words(text: str) -> list[str]:
    return [fold(re.sub(r"['’]s?$", "", word)) for word in _WORD.findall(text) if fold(word) not in STOPWORDS]


def _is_same(word: str, other: str) -> bool:
    """Whether two words name the same, as "Iran" and "Iranian" do."""
    if word == other:
        return True
    shorter, longer = sorted((word, other), key=len)
    if len(shorter) < 3:
        return False
    bases = (shorter, shorter.rstrip("aeiouy"), shorter.removesuffix("ia"))
    return any(len(base) > 2 and longer == base + ending for base in bases for ending in _DEMONYMS)


def _together(wanted: list[str], known: Iterable[list[str]], every: list[str]) -> bool:
    """Whether one name of the source has all the words, or they stand one after another in it."""
    for words in known:
        if all(any(_is_same(word, other) for other in words) for word in wanted):
            return True
    count = len(wanted)
    return any(
        all(_is_same(word, other) for word, other in zip(wanted, every[start : start + count], strict=False))
        for start in range(len(every) - count + 1)
    )
