"""Cuts of news articles as the deep reader sees them: whole sentences around those that matter, as many as fit."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.article import Span
from assistant.evidence.reader.windows import tokens
from assistant.text.sentences import quotable_spans
from training.news.news_data import NewsArticle, Place

MARGIN = 2
"""Tokens by which a cut may be longer than its sentences one by one, for the space between them."""


@dataclass(frozen=True)
class Cut:
    """A text made of stretches of articles."""

    header: str
    """What stands before it."""
    text: str
    stretches: tuple[tuple[str, Span, int], ...]
    """Of each the article, where it lies there, and where it begins in the text."""

    def span(self, article: str, span: Span) -> Span | None:
        """Return where words of an article lie in the text; None where they do not."""
        for name, (start, end), offset in self.stretches:
            if name == article and start <= span[0] and span[1] <= end:
                return span[0] - start + offset, span[1] - start + offset
        return None

    def holds(self, place: Place) -> bool:
        """Whether the words of a place are in the text."""
        return self.span(place.article, place.words) is not None


class Cutter:
    """Cuts articles."""

    def __init__(self, articles: Mapping[str, NewsArticle]) -> None:
        self.articles = articles
        self.header = max(
            (len(found.ids) for found in tokens([a.header for a in articles.values()])), default=0
        )
        """Tokens of the longest header."""
        self._sentences: dict[str, list[Span]] = {}
        self._tokens: dict[str, list[int]] = {}
        for id, article in articles.items():
            spans = quotable_spans(article.text)
            # What stands before a sentence, as a dateline does, comes with it.
            ends = [end for _, end in spans]
            self._sentences[id] = list(zip([0, *ends[:-1]], ends, strict=True))
            pieces = [article.text[start:end] for start, end in self._sentences[id]]
            self._tokens[id] = [len(piece.ids) for piece in tokens(pieces)]

    def around(self, article: str, spans: Sequence[Span], room: int, draw: random.Random) -> Cut | None:
        """Return a cut of at most `room` tokens that holds the spans; None where they are too far apart.

        How much stands before them and how much after is drawn.
        """
        chosen = self._grown(article, spans, room, draw)
        if chosen is None:
            return None
        found = self.articles[article]
        return Cut(found.header, found.text[slice(*chosen)], ((article, chosen, 0),))

    def joined(self, places: Sequence[Place], room: int, draw: random.Random) -> Cut | None:
        """Return a cut that holds the sentences of places in two articles or more, one after the other."""
        ids = list(dict.fromkeys(place.article for place in places))
        headers = {id: f"{self.articles[id].header}\n\n" for id in ids[1:]}
        left = room - sum(len(piece.ids) for piece in tokens(list(headers.values())))
        text, stretches = "", []
        for id in ids:
            spans = [place.sentence for place in places if place.article == id]
            chosen = self._grown(id, spans, left // len(ids), draw)
            if chosen is None:
                return None
            text += ("\n\n" if text else "") + headers.get(id, "")
            stretches.append((id, chosen, len(text)))
            text += self.articles[id].text[slice(*chosen)]
        return Cut(self.articles[ids[0]].header, text, tuple(stretches))

    def anywhere(self, article: str, room: int, draw: random.Random) -> Cut | None:
        """Return a cut from anywhere in an article."""
        return self.around(article, [draw.choice(self._sentences[article])], room, draw)

    def _grown(self, article: str, spans: Iterable[Span], room: int, draw: random.Random) -> Span | None:
        """Return the stretch of sentences around spans that fits into `room` tokens."""
        sentences, counts = self._sentences[article], self._tokens[article]
        touched = [
            number
            for number, (start, end) in enumerate(sentences)
            if any(start < last and first < end for first, last in spans)
        ]
        if not touched:
            return None
        first, last = min(touched), max(touched)
        left = room - MARGIN - sum(counts[first : last + 1])
        if left < 0:
            return None
        while True:
            before = first > 0 and counts[first - 1] <= left
            after = last + 1 < len(counts) and counts[last + 1] <= left
            if not (before or after):
                break
            if before and (not after or draw.random() < 0.5):
                first -= 1
                left -= counts[first]
            else:
                last += 1
                left -= counts[last]
        text = self.articles[article].text
        start = sentences[first][0]
        start += len(text[start:]) - len(text[start:].lstrip())
        return start, sentences[last][1]
