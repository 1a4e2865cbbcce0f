"""Names in news: which words form one, whether it is a person's, and what its full form is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assistant.text.words import STOPWORDS
from eval.drafting.clauses import NAME

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_BODIES = frozenset(
    """Union Council Trust Group Bank University United City Town Party Airlines Police Office Court Committee Agency
    Association Federation Ministry Department Company Corp Corporation Inc Ltd Motor Motors FC House Board Radio News
    Times Post Wire Street Road Park Square Cup League Open County State States Kingdom Republic Islands Islamic Army
    Force Forces Commission Parliament Congress Senate Academy School College Hospital Church Festival Awards Award
    Championship Championships Games Club Society Institute Centre Center Museum Gallery Theatre Foundation Fund Harbour
    Storm Hurricane Avenue Airport Station River Bay Sea Ocean North South East West New""".split()
)
"""Words in names that are not a person's."""
HONORIFICS = frozenset("Mr Mrs Ms Miss Dr Sir Dame Lord Lady".split())
_OFFICES = frozenset(
    """President Prime Minister Secretary Chancellor Judge Justice Captain Professor Inspector Superintendent Sergeant
    Detective Constable Senator Mayor Governor Chief Councillor Father Bishop""".split()
)
_TITLED = re.compile(rf"(?:{'|'.join(sorted(HONORIFICS))}) \S+$")


class Vocabulary:
    """What an archive shows about its words: their case, and which names are places."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Collect the words of the texts."""
        self.small: set[str] = set()
        """Words that occur in lower case."""
        self.capital: set[str] = set()
        """Words that are capitalised within a sentence, too."""
        places: Counter[str] = Counter()
        for text in texts:
            self.small.update(re.findall(r"\b[a-z]+\b", text))
            self.capital.update(re.findall(r"(?<=[a-z,;] )[A-Z][\w-]*", text))
            places.update(re.findall(rf"\b[Ii]n ({NAME})", text))
        self.places = {name for name, count in places.items() if count > 1 and name not in MONTHS.split("|")}
        """Names that follow "in" more than once."""

    def mid_sentence(self, words: str) -> str | None:
        """Return the first words of a sentence as they are written within one; None if that is unknown."""
        first, _, others = words.partition(" ")
        lowered = f"{first.lower()} {others}".strip()
        if first.lower() in STOPWORDS:
            return lowered
        if others[:1].isupper() or not first[:1].isupper() or first[1:].isupper():
            return words
        if first.lower() in self.small and others:
            return lowered
        return words if first in self.capital or re.search(r"[’']s?$", first) else None

    def without_titles(self, name: str) -> str:
        """Return a name without the titles, roles and owners before it.

        >>> words = Vocabulary(["the striker"])
        >>> [words.without_titles(name) for name in ("Prime Minister Tony Blair", "Striker Robbie Keane")]
        ['Tony Blair', 'Robbie Keane']
        >>> words = Vocabulary([])
        >>> [words.without_titles(name) for name in ("Amazon's Robin Terrell", "Mr Blair", "Port Ellery Athletic")]
        ['Robin Terrell', 'Mr Blair', 'Port Ellery Athletic']
        """
        words = re.sub(r"^.*(?:[’']s?|-based) (?=[A-Z])", "", name).split()
        while len(words) > 1 and (
            words[0].lower() in STOPWORDS or words[0] in _OFFICES or self._role(words[0], len(words))
        ):
            words = words[1:]
        return " ".join(words[1:] if len(words) > 2 and words[0] in HONORIFICS else words)

    def _role(self, word: str, words: int) -> bool:
        return words > 2 and word.lower() in self.small and word not in self.capital


@dataclass(frozen=True)
class SentenceContext:
    """What is known about the article around a sentence."""

    text: str
    """The text of its article."""
    words: Vocabulary
    full: Mapping[str, str] = field(default_factory=dict)
    """Names of two or three words, by their last word, where that word also occurs alone in the article."""

    @classmethod
    def of(cls, text: str, words: Vocabulary) -> "SentenceContext":
        """Return the context of an article's sentences."""
        names = [words.without_titles(match.group()) for match in re.finditer(rf"\b{NAME}", text)]
        alone = {name for name in names if " " not in name} | {
            name.split()[1] for name in names if _TITLED.match(name)
        }
        full: dict[str, str] = {}
        for name in sorted(names, key=len, reverse=True):
            parts = name.split()
            named = parts[0] not in HONORIFICS and parts[0].lower() not in words.small
            if len(parts) in (2, 3) and parts[-1] in alone and named and not _BODIES.intersection(parts):
                full[parts[-1]] = name
        return cls(text, words, full)


def is_person(name: str, text: str) -> bool:
    """Return whether a text treats a name as a person's: gives an age or a title, or says he or she.

    >>> is_person("Victor Salm", "Victor Salm, 54, was charged."), is_person("Brack Point", "The rocks of Brack Point.")
    (True, False)
    """
    if not _may_be_person(name):
        return False
    return _is_surely_person(name, text) or bool(
        " " in name
        and re.search(rf"{re.escape(name)}[^.]{{0,120}}\b(?:he|she|his|her|himself|herself)\b", text)
    )


def person_names(text: str) -> list[str]:
    """Return the two-word names that can only be a person's, in order.

    >>> person_names("Victor Salm, 54, was charged in Port Ellery. Sir Alban Creed said that Ida Brandt, 30, had left.")
    ['Victor Salm', 'Ida Brandt']
    """
    names = dict.fromkeys(match.group() for match in re.finditer(rf"\b{NAME}", text))
    return [
        name
        for name in names
        if re.fullmatch(r"[\w-]+ [\w-]+", name)
        and _may_be_person(name)
        and not _TITLED.match(name)
        and _is_surely_person(name, text)
    ]


def _may_be_person(name: str) -> bool:
    words = name.split()
    capitals = any(word.isupper() and len(word) > 1 for word in words)
    return not capitals and not _BODIES.intersection(words) and words[0].lower() not in STOPWORDS


def _is_surely_person(name: str, text: str) -> bool:
    whole, last = re.escape(name), re.escape(name.split()[-1])
    titles = "|".join(sorted(HONORIFICS | _OFFICES))
    return name.split()[0] in HONORIFICS or bool(
        re.search(
            rf"\b{last},? (?:\(?\d\d\b(?! (?:{MONTHS}))|aged \d|who said\b)|\b(?:{titles}) {last}\b|"
            rf"\b(?:said|says) {whole}(?= who\b| of\b| on\b|[,.])|"
            rf"\b{last} (?:said|says|told)\b[^.]{{0,200}}\b(?:he|she|his|her|I)\b",
            text,
        )
    )
