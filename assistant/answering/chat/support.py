"""Finds the sentence of a passage, or the two adjacent ones, that support a chat model's sentence best.

Support is counted, not judged: the words that both share, with numbers and names weighing more, since those are what
a reader checks. The same texts always give the same span.
"""

import re

from assistant.article import Span
from assistant.query import RetrievedPassage
from assistant.text.sentences import quotable_spans
from assistant.text.words import STOPWORDS, fold, stems

NUMBER = 3.0
NAME = 2.0
WORD = 1.0
"""Weights of a shared number, capitalised word and other word, set by hand: a number outweighs any name beside it."""

PAIR_GAIN = 0.25
"""Share of the claim's weight that a second sentence must add to be cited too, set by hand: short quotes first."""

_WORD = re.compile(r"\w+")


def supporting_span(claim: str, found: RetrievedPassage) -> Span:
    """Return where in the article the sentences lie that support a claim best, in code points.

    Among equals the earliest wins, and one sentence before two. If nothing is shared, it is the first sentence.
    """
    passage = found.passage
    spans = quotable_spans(passage.text)
    if not spans:
        return passage.start, passage.end
    weights = _weights(claim)
    held = [weights.keys() & set(stems(passage.text[start:end])) for start, end in spans]

    def support(sentences: slice) -> float:
        return sum(weights[stem] for stem in sorted(set().union(*held[sentences])))

    ones = [slice(i, i + 1) for i in range(len(spans))]
    twos = [slice(i, i + 2) for i in range(len(spans) - 1)]
    best = max(ones, key=support)
    pair = max(twos, key=support, default=best)
    if support(pair) - support(best) >= PAIR_GAIN * sum(weights.values()) > 0:
        best = pair
    start, end = spans[best.start][0], spans[best.stop - 1][1]
    return passage.start + start, passage.start + end


def _weights(claim: str) -> dict[str, float]:
    """Return the stems of a claim that say something, with their weights."""
    weights: dict[str, float] = {}
    for match in _WORD.finditer(claim):
        word = match.group()
        if any(letter.isdigit() for letter in word):
            weight = NUMBER
        elif fold(word) in STOPWORDS:
            continue
        else:
            # The first word has its capital from its place, whatever it is.
            weight = NAME if word[0].isupper() and match.start() > 0 else WORD
        for stem in stems(word):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights
