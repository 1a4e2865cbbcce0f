"""Finds the numbers and names of a claim in whose place its source has another one.

The words around a fact say what it is about. A claim that moves a figure or a name from one place of its source to
another has it among the words of the fact that it replaced.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.article import Span
from assistant.evidence.support.days import named_days
from assistant.evidence.support.named import is_calendar
from assistant.evidence.support.quantities import Quantity, quantities
from assistant.text.letters import fold
from assistant.text.names import name_spans
from assistant.text.words import STOPWORDS, stems

REACH = 8
"""Words on either side of a fact that say what it is about."""

PLAIN = 0.3
"""Weight of a stop word beside a fact; other words have 1."""

LEAST_KNOWN = 0.45
"""Least share of the words around a claim's fact that are also around the fact which it may have replaced."""

WORSE = 0.75
"""A claim's fact is in the wrong place if the best of its own places has less than this share of the other's words."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PRONOUNS = frozenset("he she they it his her their its him them who i we".split())


@dataclass(frozen=True)
class Slot:
    """A place in a text, by the words around it."""

    context: Mapping[str, float]

    def shared(self, other: "Slot") -> float:
        """Return the weight of the words that are around both."""
        return sum(min(weight, other.context.get(word, 0.0)) for word, weight in self.context.items())

    @property
    def weight(self) -> float:
        """The weight of all its words."""
        return sum(self.context.values())


def exchanged_number(claimed: Quantity, claim: str, sentences: Sequence[str]) -> bool:
    """Whether the source has another number where the claim has this one.

    >>> [eight] = quantities("The company offered eight per cent.")
    >>> exchanged_number(eight, "The company offered eight per cent.",
    ...     ["The union demands eight per cent.", "The company offered four per cent."])
    True
    """
    here = {each.value for each in quantities(claim)}
    own, others = [], []
    for sentence in sentences:
        days = tuple(day.span for day in named_days(sentence))
        for each in quantities(sentence, days):
            if claimed.equals(each):
                own.append(_slot(sentence, each.span))
            elif each.value not in here:
                others.append(_slot(sentence, each.span))
    return _is_elsewhere(_slot(claim, claimed.span), own, others)


def exchanged_names(claim: str, sentences: Sequence[str]) -> list[str]:
    """Return the names of a claim in whose place the source has another name that the claim does not have.

    >>> exchanged_names("Ida Brandt leads the union.", ["Ida Brandt is the mayor.", "Nora Hale leads the union."])
    ['Ida Brandt']
    """
    here = Counter(stems(claim))
    found = []
    for span in name_spans(claim):
        last = _last_stem(claim[slice(*span)])
        if last is None:
            continue
        own, others = [], []
        for sentence in sentences:
            other = _other_names(sentence, here)
            own += [_slot(sentence, each) for each in _places(sentence, last, other)]
            others += [_slot(sentence, each) for each in other]
        if _is_elsewhere(_slot(claim, span), own, others):
            found.append(claim[slice(*span)])
    return found


def _other_names(sentence: str, here: Mapping[str, int]) -> list[Span]:
    """Return where a sentence has names more often than a claim, whose stems `here` counts."""
    counts = Counter(stems(sentence))
    return [
        span
        for span in name_spans(sentence)
        if (last := _last_stem(sentence[slice(*span)])) and here.get(last, 0) < counts[last]
    ]


def _is_elsewhere(place: Slot, own: Iterable[Slot], others: Iterable[Slot]) -> bool:
    other = max((place.shared(slot) for slot in others), default=0.0)
    return (
        other >= LEAST_KNOWN * place.weight > 0 and max(map(place.shared, own), default=0.0) < WORSE * other
    )


def _last_stem(name: str) -> str | None:
    """Return the stem of a name's last word that is no month, weekday or number."""
    words = [word for word in re.sub(r"['’]s\b", "", name).split() if not is_calendar(word)]
    found = stems(words[-1]) if words else []
    return found[0] if found and not re.search(r"\d", found[0]) else None


def _places(sentence: str, stem: str, others: Sequence[Span]) -> list[Span]:
    """Return where a sentence has a name, or a pronoun before all other names that may stand for it."""
    first = min((start for start, _ in others), default=len(sentence))
    return [
        match.span()
        for match in _WORD.finditer(sentence)
        if stem in stems(re.sub(r"['’]s\b", "", match[0]))
        or (match.start() < first and fold(match[0]) in _PRONOUNS)
    ]


@lru_cache(maxsize=4_000)
def _slot(text: str, span: Span) -> Slot:
    """Return the place of a span by its words: near ones count more."""
    context: dict[str, float] = {}
    before = [match[0] for match in _WORD.finditer(text, 0, span[0])][::-1]
    after = [match[0] for match in _WORD.finditer(text, span[1])]
    for words in (before, after):
        for distance, word in enumerate(words[:REACH]):
            near = 1 - distance / (REACH + 1)
            if fold(word) in STOPWORDS:
                context[fold(word)] = max(context.get(fold(word), 0.0), PLAIN * near)
            for stem in stems(word):
                context[stem] = max(context.get(stem, 0.0), near)
    return Slot(context)
