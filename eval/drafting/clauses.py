"""Split a plain news sentence into subject, verb and the rest, by its surface alone.

There is no grammar of English here, only as much as turns a plain sentence into a question. Any other sentence is
skipped: an archive has enough.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_CAPITAL = r"(?:[A-Z][\w’'&-]*\w|[A-Z]\b\.?)"
NAME = rf"{_CAPITAL}(?: (?:(?:of|de|van|von|der|bin|al|du|la) )?{_CAPITAL})*"
"""Capitalised words, which may be the name of a person or thing."""

AUXILIARIES = frozenset("is are was were has have had will would can could may might must should".split())

IRREGULAR = dict(
    pair.split("-")
    for pair in """said-say made-make took-take won-win lost-lose sold-sell bought-buy paid-pay rose-rise fell-fall
    grew-grow gave-give got-get led-lead left-leave met-meet held-hold told-tell found-find sent-send spent-spend
    saw-see began-begin became-become came-come went-go ran-run drew-draw brought-bring built-build broke-break
    chose-choose drove-drive fought-fight kept-keep knew-know shot-shoot struck-strike stood-stand sought-seek
    taught-teach thought-think threw-throw wore-wear wrote-write fled-flee sank-sink sang-sing felt-feel spoke-speak
    stole-steal flew-fly cut-cut hit-hit set-set put-put beat-beat shut-shut hurt-hurt""".split()
)
"""Past forms that are always verbs after a subject, with the base form that follows `did`."""

_NO_PAST = frozenset("hundred need speed indeed feed seed breed bleed embed".split())

_SMALL = frozenset(
    """at by from to with as and but or nor so that which who whom whose where when while after before since because
    although though if than into onto against between among during through without within until
    not this these those such other it he she they we i you there his her its their our my your""".split()
)
"""Words that never occur in a plain subject."""

BOUNDARY = re.compile(
    r",(?!\d)| [—–-] |[;:()“”\"]| (?:when|after|before|because|while|although|but|who|which|whose|where|as|since|"
    r"unless|if|despite|so|until|following|amid|that|or)\b| and (?:\w+ly )?(?=(?:\w+ed|"
    + "|".join(sorted({*IRREGULAR, *AUXILIARIES} - {"may"}))
    + r")\b)"
)
"""Where the statement about the subject ends and something else begins."""

LONGEST_SUBJECT = 7
LONGEST_ASIDE = 14
"""In words."""


@dataclass(frozen=True)
class Clause:
    """A plain sentence, split at its verb."""

    subject: str
    """The words before the verb, without an aside between commas."""
    aside: str
    """The aside between commas after the subject."""
    verb: str
    rest: str
    """The words after the verb, up to the first boundary."""
    more: str
    """The words after that boundary."""

    @property
    def name(self) -> str:
        """The name that the subject is or ends with; empty if there is none."""
        match = re.search(rf"(?:^|(?<=\s)){NAME}$", self.subject)
        return match.group() if match else ""


def clause(sentence: str) -> Clause | None:
    """Return the clause at the start of a sentence; None if the sentence is not plain.

    >>> found = clause("Victor Salm, for years the treasurer, was charged on Tuesday, the court said.")
    >>> found.subject, found.aside, found.verb, found.rest
    ('Victor Salm', 'for years the treasurer', 'was', 'charged on Tuesday')
    >>> clause("In the end, nobody came.") is None
    True
    """
    words = sentence.strip().removesuffix(".").split(" ")
    comma = next((n for n, word in enumerate(words[:LONGEST_SUBJECT]) if word.endswith(",")), None)
    verb = next((n for n, word in enumerate(words[: LONGEST_SUBJECT + 1]) if n and is_finite(word)), None)
    subject, aside = words[:verb], ""
    if comma is not None and (verb is None or comma < verb):
        close = next(
            (n for n, w in enumerate(words) if comma < n <= comma + LONGEST_ASIDE and w.endswith(",")), None
        )
        if close is None:
            return None
        subject, aside = words[: comma + 1], " ".join(words[comma + 1 : close + 1]).strip(",")
        verb = close + 1 if close + 1 < len(words) and is_finite(words[close + 1]) else None
    if verb is None or verb + 1 >= len(words) or not _plain(subject):
        return None
    left = " ".join(words[verb + 1 :])
    end = BOUNDARY.search(left)
    rest, more = (left[: end.start()], left[end.start() :]) if end else (left, "")
    rest = re.sub(r" (?:and|or)$", "", rest)
    # A second verb shows that the first was a participle, as in "the man accused of theft fled".
    if any(word in AUXILIARIES or word in IRREGULAR for word in rest.split(" ")[1:]):
        return None
    return Clause(" ".join(subject).strip(","), aside, words[verb], rest, more) if rest else None


def _plain(words: Sequence[str]) -> bool:
    given = [word.strip(",") for word in words]
    return (
        0 < len(given) <= LONGEST_SUBJECT
        and given[0].lower() not in ("in", "of", "for")
        and not any(word.lower() in _SMALL for word in given)
        and all(re.fullmatch(r"[\w’'&.,$£€%-]+", word) for word in given)
    )


def is_finite(word: str) -> bool:
    """Return whether a lower-case word is a past-tense or auxiliary verb.

    >>> [word for word in "The hundred men walked fast and will speed on".split() if is_finite(word)]
    ['walked', 'will']
    """
    if not word.isalpha() or not word.islower():
        return False
    regular = word.endswith("ed") and len(word) > 4 and word not in _NO_PAST
    return word in AUXILIARIES or word in IRREGULAR or regular


def base(past: str, known: Collection[str]) -> str | None:
    """Return the base form of a past-tense verb; None if it is not known.

    For a regular verb, exactly one possible base form must be among the known words.

    >>> base("voted", {"vote", "plan"}), base("planned", {"plan"}), base("sold", ()), base("fled", ())
    ('vote', 'plan', 'sell', 'flee')
    >>> base("gored", {"car"}) is None
    True
    """
    if past in IRREGULAR:
        return IRREGULAR[past]
    stem = past.removesuffix("ed")
    forms = {stem, f"{stem}e"}
    if stem.endswith("i"):
        forms = {f"{stem[:-1]}y"}
    elif len(stem) > 3 and stem[-1] == stem[-2]:
        forms = {stem, stem[:-1]}
    found = [form for form in forms if form in known]
    return found[0] if len(found) == 1 else None
