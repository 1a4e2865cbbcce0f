"""Finds the sentence of a passage, or the two adjacent sentences, that support a chat model's sentence best.

Support is the weight of the words that both share. Numbers and names weigh more, because those are what people check.
The same texts always give the same span.
"""

import re

from assistant.article import Span
from assistant.query import RetrievedPassage
from assistant.text.letters import fold
from assistant.text.sentences import quotable_spans
from assistant.text.words import STOPWORDS, stems

NUMBER = 3.0
NAME = 2.0
WORD = 1.0
"""Weights of a shared number, capitalised word and other word. They are set by hand: a number outweighs a name."""

PAIR_GAIN = 0.25
"""Share of the claim's weight that a second sentence must add to be cited too, set by hand to keep quotes short."""

_WORD = re.compile(r"\w+")


def supporting_span(claim: str, found: RetrievedPassage) -> Span:
    """Return the span, in code points of the article, of the sentences that support a claim best.

    Among equals the earliest wins, and one sentence wins over two. If no word is shared, it is the first sentence.
    """
    passage = found.passage
    spans = quotable_spans(passage.text)
    if not spans:
        return passage.start, passage.end
    weights = _weights(claim)
    shared = [weights.keys() & set(stems(passage.text[start:end])) for start, end in spans]

    def support(sentences: slice) -> float:
        return sum(weights[stem] for stem in sorted(set().union(*shared[sentences])))

    ones = [slice(i, i + 1) for i in range(len(spans))]
    twos = [slice(i, i + 2) for i in range(len(spans) - 1)]
    best = max(ones, key=support)
    pair = max(twos, key=support, default=best)
    if support(pair) - support(best) >= PAIR_GAIN * sum(weights.values()) > 0:
        best = pair
    start, end = spans[best.start][0], spans[best.stop - 1][1]
    return passage.start + start, passage.start + end


def _weights(claim: str) -> dict[str, float]:
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
