"""Reads a few excerpts closely, with the deep reader: words that answer, sentences that belong to it, yes or no."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import Encoding

from assistant.article import Span
from assistant.evidence.reader.deep import DeepSpanModel, Scored
from assistant.evidence.reader.reader import Reading, answers_in
from assistant.evidence.reader.windows import CLS, LONGEST_HEADER, LONGEST_QUESTION, SEP, Window, tokens
from assistant.text.sentences import quotable_spans

WEIGHTS = Path(__file__).parent / "deep_weights"
"""Folder of the weights; an installation can do without it."""

LONGEST = 160
"""Tokens of an excerpt with its question and header."""


@dataclass(frozen=True)
class Excerpt:
    """A sentence of a text, to be read with as much of its surroundings as fits."""

    header: str
    """Title and date of the article."""
    text: str
    sentence: Span
    """In code points of the text."""


@dataclass(frozen=True)
class DeepReading:
    """What the deep reader says of an excerpt. All scores are in nats."""

    spans: list[Reading]
    """The best answers of each sentence; a score of 0 is as good as "no answer"."""
    sentences: dict[Span, float]
    """How much each sentence belongs to the answer: log-odds, by place in the text."""
    verdict: tuple[float, float, float]
    """Log-probabilities that the excerpt says yes, says no, and says neither."""


class DeepModel(Protocol):
    """What the deep reader needs of a network."""

    def score(self, some: Sequence[Window]) -> list[Scored]:
        """Return the scores of windows."""
        ...


class DeepReader:
    """Reads excerpts closely."""

    def __init__(self, model: DeepModel) -> None:
        """Read with a model that gives scores as `DeepSpanModel` does."""
        self._model = model

    @classmethod
    def open(cls, folder: Path = WEIGHTS) -> "DeepReader | None":
        """Load the reader; None where the weights are not there.

        Raises:
            RuntimeError: the files hold other weights.
        """
        return cls(DeepSpanModel.load(folder).for_reading()) if folder.is_dir() else None

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[DeepReading]:
        """Return what is found in each excerpt; `Reading.passage` is its number among them."""
        if not excerpts:
            return []
        [asked] = tokens([question])
        headers = tokens([each.header for each in excerpts])
        texts = tokens([each.text for each in excerpts])
        sentences = [quotable_spans(each.text) for each in excerpts]
        cut = [
            window_around(each.sentence, asked.ids, header.ids, text, spans)
            for each, header, text, spans in zip(excerpts, headers, texts, sentences, strict=True)
        ]
        return [
            DeepReading(
                answers_in(number, window, scored.spans, spans),
                _sentence_scores(window, scored, spans),
                _log_softmax(scored.verdicts),
            )
            for number, (window, scored, spans) in enumerate(
                zip(cut, self._model.score(cut), sentences, strict=True)
            )
        ]


def window_around(
    sentence: Span,
    question: Sequence[int],
    header: Sequence[int],
    text: Encoding,
    sentences: Sequence[Span],
    *,
    longest: int = LONGEST,
) -> Window:
    """Return a window of whole sentences around one of them, as many before it as after it where there is room.

    What does not fit of a sentence that is too long by itself is left out at its end.
    """
    asked = list(question[-LONGEST_QUESTION:])
    front = [CLS, *asked, SEP, *header[:LONGEST_HEADER]]
    room = longest - len(front) - 1
    starts = [start for start, _ in text.offsets]
    # Tokens between two sentences belong to the one before.
    firsts = [int(np.searchsorted(starts, start)) for start, _ in sentences]
    bounds = [*firsts, len(starts)]
    number = next((n for n, span in enumerate(sentences) if span == sentence), 0)
    first, last = number, number + 1
    grown = True
    while grown:
        grown = False
        for before, after in ((1, 0), (0, 1)):
            wider = first - before, last + after
            if wider[0] >= 0 and wider[1] < len(bounds) and bounds[wider[1]] - bounds[wider[0]] <= room:
                (first, last), grown = wider, True
    start = bounds[first] if sentences else 0
    end = min(bounds[last] if sentences else len(starts), start + room)
    return Window([*front, *text.ids[start:end], SEP], len(asked) + 2, len(front), text.offsets[start:end])


def _sentence_scores(window: Window, scored: Scored, sentences: Sequence[Span]) -> dict[Span, float]:
    """Return the mean of each sentence's tokens, of sentences that the window holds tokens of."""
    at = [start for start, _ in window.spans]
    within = np.searchsorted([first for first, _ in sentences], at, side="right") - 1
    values = scored.sentences[window.first : window.first + len(window.spans)]
    return {
        sentences[number]: float(values[within == number].mean())
        for number in np.unique(within[within >= 0]).tolist()
    }


def _log_softmax(scores: np.ndarray) -> tuple[float, float, float]:
    yes, no, neither = (scores - np.logaddexp.reduce(scores)).tolist()
    return yes, no, neither
