"""Finds the sentences of a source that have most of a claim's words.

A shared number or name weighs more than another word, because those are what people check.
"""

import re
from collections.abc import Mapping, Sequence

from assistant.text.letters import fold
from assistant.text.words import STOPWORDS, stems

NUMBER = 3.0
NAME = 2.0
WORD = 1.0
"""Weights of a shared number, capitalised word and other word. They are set by hand: a number outweighs a name."""

PAIR_GAIN = 0.25
"""Share of the claim's weight that a second sentence must add to be cited too, set by hand to keep quotes short."""

_WORD = re.compile(r"\w+")


def supporting_sentences(claim: str, sentences: Sequence[str]) -> slice:
    """Return the sentence, or the two adjacent ones, that have most of a claim's words.

    Among equals the earliest wins, and one sentence wins over two. If no word is shared, it is the first sentence.
    """
    weights = claim_weights(claim)
    shared = shared_stems(weights, sentences)

    def support(some: slice) -> float:
        return sum(weights[stem] for stem in sorted(set().union(*shared[some])))

    ones = [slice(i, i + 1) for i in range(len(sentences))]
    twos = [slice(i, i + 2) for i in range(len(sentences) - 1)]
    best = max(ones, key=support)
    pair = max(twos, key=support, default=best)
    if support(pair) - support(best) >= PAIR_GAIN * sum(weights.values()) > 0:
        return pair
    return best


def shared_stems(weights: Mapping[str, float], sentences: Sequence[str]) -> list[set[str]]:
    """Return of each sentence the stems that it shares with a claim."""
    return [set(weights) & set(stems(sentence)) for sentence in sentences]


def claim_weights(claim: str) -> dict[str, float]:
    """Return the stems of a claim, without stop words, with their weights."""
    weights: dict[str, float] = {}
    for match in _WORD.finditer(claim):
        word = match.group()
        if any(letter.isdigit() for letter in word):
            weight = NUMBER
        elif fold(word) in STOPWORDS:
            continue
        else:
            # The first word has a capital even if it is not a name.
            weight = NAME if word[0].isupper() and match.start() > 0 else WORD
        for stem in stems(word):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights
