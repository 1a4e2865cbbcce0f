"""Splits text into words as the full-text index does: folded, stemmed, weighted by their rarity in the archive."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import snowballstemmer

from assistant.text.languages import ENGLISH, language_of
from assistant.text.letters import fold

_WORD = re.compile(r"\w+")
_stemmer = snowballstemmer.stemmer("porter")

STOPWORDS = ENGLISH
"""Words that are not searched. A search over 100,000 passages takes 129 ms with them and 2 ms without."""


def terms(text: str) -> list[str]:
    """Return the words of a text without stop words of its language, folded, each once. If all are, return all.

    >>> terms("Who claimed the Sderot barrage?"), terms("Wer eröffnete die Brücke über den Fluss?")
    (['claimed', 'sderot', 'barrage'], ['eroffnete', 'brucke', 'fluss'])
    """
    words = list(dict.fromkeys(_WORD.findall(fold(text))))
    language = language_of(text)
    stopwords = STOPWORDS if language is None else language.stopwords
    return [word for word in words if word not in stopwords] or words


def words_of(text: str) -> list[str]:
    """Return all words of a text, folded, in order.

    >>> words_of("The Skerra Line's")
    ['the', 'skerra', 'line', 's']
    """
    return _WORD.findall(fold(text))


def by_stem(question: str) -> dict[str, str]:
    """Map the stems of a question's search terms to the terms; of several with one stem, to the first.

    >>> by_stem("Which rocket, of the rockets fired?")
    {'rocket': 'rocket', 'fire': 'fired'}
    """
    found: dict[str, str] = {}
    for word in terms(question):
        found.setdefault(_stem(word), word)
    return found


def stems(text: str) -> list[str]:
    """Return the stems of all words of a text, in order.

    >>> stems("Israeli rockets killed nobody")
    ['isra', 'rocket', 'kill', 'nobodi']
    """
    return [_stem(word) for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


Frequencies = Callable[[Sequence[str]], tuple[Mapping[str, int], int]]
"""Returns for stems the number of passages with each, and the number of all passages."""

NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|"
    r"billions?|half|none|nobody|once|twice|(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ieth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|"
    r"tenth|eleventh|twelfth)\b",
    re.IGNORECASE,
)
"""A number in a text, in digits or words."""

BACKGROUND = 1_000
"""Imaginary passages without any of the words, which are added to the archive's. In an archive of five passages, where
a word occurs in one or in all, rarity would otherwise say nothing about the language."""


def rarity(frequencies: Mapping[str, int], wanted: Sequence[str], total: int) -> dict[str, float]:
    """Return the inverse document frequency of each wanted stem as BM25 defines it, at least 0.

    `frequencies` holds the number of passages with each stem, out of `total`.
    """
    return {
        stem: math.log(
            1 + (BACKGROUND + total - frequencies.get(stem, 0) + 0.5) / (frequencies.get(stem, 0) + 0.5)
        )
        for stem in wanted
    }


def question_weights(question: str, frequencies: Frequencies) -> dict[str, float]:
    """Return the stems of a question's search terms with their rarity."""
    asked = list(by_stem(question))
    counts, total = frequencies(asked)
    return rarity(counts, asked, total)


def share(weights: Mapping[str, float], text: str) -> float:
    """Return the share of the stems' weight that occurs in a text, from 0 to 1.

    >>> share({"ferri": 3.0, "strike": 1.0}, "The strike began.")
    0.25
    """
    held = set(stems(text))
    return sum(weight for stem, weight in weights.items() if stem in held) / (sum(weights.values()) or 1.0)
