"""Compares what a claim and its source deny, leave open, and give a direction: "did not", "may", "rose" and "fell"."""

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.text.letters import fold
from assistant.text.words import STOPWORDS, stems

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[.;:!?,]")

NEGATIONS = frozenset(
    """not no never none nobody nothing neither nor without cannot hardly deny denies denied denying fail fails failed
    failing refuse refuses refused refusing unable unlikely""".split()
)
"""Words that deny what follows, besides those that end in "n't"."""

PLAIN_NEGATIONS = frozenset("not no never none nobody nothing neither nor without cannot".split())

HEDGES = frozenset(
    """may might could possibly perhaps maybe probably potentially likely unlikely would should expected expects expect
    plan plans planned planning intend intends intended hope hopes hoped want wants wanted propose proposes proposed
    considering consider allegedly alleged alleges reportedly suspected suspects suspect apparently believed believes
    thought if whether unless seek seeks sought threatened threatens threaten consider considers can""".split()
)
"""Words that leave open whether what follows is so."""

OPPOSITES: Sequence[tuple[str, str]] = (
    ("rise rises rose risen rising increase increased increases up grew grow grown higher", 
     "fall falls fell fallen falling decrease decreased decreases down shrank declined drop dropped lower"),
    ("more", "fewer less"),
    ("won win wins", "lost lose loses"),
    ("accept accepted accepts approve approved approves approval passed", 
     "reject rejected rejects rejection defeated"),
    ("support supported supports supporting backed backs", "oppose opposed opposes opposing"),
    ("open opened opens reopen reopened", "close closed closes closing shut"),
    ("guilty convicted", "innocent acquitted cleared"),
    ("before", "after"),
    ("begin begins began begun start started starts", "end ended ends stopped finished"),
    ("first", "last"),
    ("arrived arrive arrives entered", "left leave leaves departed"),
    ("alive survived survive", "dead died killed"),
    ("legal lawful", "illegal unlawful"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("largest biggest", "smallest"),
    ("allowed allow permits permitted", "banned ban forbade forbidden prohibited"),
)  # fmt: skip
"""Words of opposite directions."""

SCOPE = 5
"""Words after a negation or a hedge that it may concern."""


@lru_cache(maxsize=2_000)
def denied(text: str, cues: frozenset[str] = NEGATIONS) -> dict[str, bool]:
    """Return the stems of a text, and of each whether every place of it follows one of the cues closely.

    >>> [stem for stem, is_denied in denied("The pier did not open on Monday, he said.").items() if is_denied]
    ['open', 'mondai']
    """
    found: dict[str, bool] = {}
    left = 0
    for token in _TOKEN.findall(text):
        word = fold(token).replace("’", "'")
        if word in {".", ";", ":", "!", "?", ","}:
            left = 0
            continue
        is_cue = word in cues or (word.endswith("n't") and "not" in cues)
        if is_cue:
            left = SCOPE
            continue
        if word in {"but", "because", "although", "while", "and", "that", "who", "which"} and word != "that":
            left = 0
        if word not in STOPWORDS:
            for stem in stems(word):
                found[stem] = found.get(stem, True) and left > 0
        left -= 1
    return found


def differing(claim: str, source: str, cues: frozenset[str]) -> list[str]:
    """Return the stems that one of the two puts under a cue and the other never does."""
    mine, theirs = denied(claim, cues), denied(source, cues)
    return [stem for stem, value in mine.items() if stem in theirs and value != theirs[stem]]


def negates(claim: str, source: str) -> str | None:
    """Return the words that are denied in only one of a claim and its source, or None.

    >>> negates("The pier did not open.", "On Monday the pier opened."), negates("It opened.", "The pier opened.")
    ('no negation in the source', None)
    """
    has, had = _has(claim, NEGATIONS), _has(source, NEGATIONS)
    if has and not had:
        return "no negation in the source"
    words = differing(claim, source, NEGATIONS)
    shared = [stem for stem in denied(claim) if stem in denied(source)]
    if words and 2 * len(words) >= len(shared):
        return ", ".join(words)
    if words and has != had and _has(claim if has else source, PLAIN_NEGATIONS):
        return ", ".join(words)
    return None


def asserts_possible(claim: str, source: str) -> str | None:
    """Return what the source leaves open and the claim states as a fact, or the other way round; None if nothing."""
    if _has(claim, HEDGES) == _has(source, HEDGES):
        return None
    return ", ".join(differing(claim, source, HEDGES)) or None


def opposite(claim: str, source: str) -> str | None:
    """Return a word of the claim whose opposite is in the source instead of it; None if there is none."""
    mine, theirs = (set(re.findall(r"[a-z]+", text.lower())) for text in (claim, source))
    for side, other in _OPPOSED:
        said = mine & side
        if said and not mine & other and theirs & other and not theirs & side:
            word: str = min(said)
            return word
    return None


def _has(text: str, cues: frozenset[str]) -> bool:
    words = [fold(word).replace("’", "'") for word in _TOKEN.findall(text)]
    return any(word in cues or (word.endswith("n't") and "not" in cues) for word in words)


_OPPOSED = [
    pair
    for one, other in ((frozenset(a.split()), frozenset(b.split())) for a, b in OPPOSITES)
    for pair in ((one, other), (other, one))
]
