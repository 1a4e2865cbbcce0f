"""Reads passages for a question: of every sentence the words that may answer it, and how surely they do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.article import Span
from assistant.evidence.reader.model import SpanModel
from assistant.evidence.reader.windows import Window, tokens, windows
from assistant.text.sentences import quotable_spans

WEIGHTS = Path(__file__).with_name("weights.safetensors")

LONGEST_ANSWER = 24
"""Tokens; of the answers in the training data 97 % are no longer."""

ANSWERS = 2
"""Answers of one sentence, none of which overlaps another: a sentence often has a second name, and what else speaks for
it may decide. With 1, 2 and 3, exact match is .411, .432 and .432 on 280 questions of RealTimeQA's 2022 and 2023."""

TOGETHER = 1_000
"""Tokens of one forward pass, about: with 500, and with all of a question, it takes 1.04 and 1.09 times as long."""


@dataclass(frozen=True)
class Reading:
    """An answer within one sentence of one passage."""

    passage: int
    """Number of the passage among those given."""
    sentence: Span
    """Where the sentence lies in the passage, in code points."""
    answer: Span
    """Where the answer lies in the passage."""
    score: float
    """Sum of its start's and its end's score, in nats; 0 is "no answer" in training, higher is surer."""


class WindowModel(Protocol):
    """What the reader needs of a network."""

    def read(self, some: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Return the scores of each window's tokens as start and as end of an answer, shape (tokens, 2)."""
        ...


class Reader:
    """Finds answers in passages."""

    def __init__(self, model: WindowModel) -> None:
        """Read with a model that gives scores as `SpanModel` does."""
        self._model = model

    @classmethod
    def open(cls, path: Path = WEIGHTS) -> "Reader | None":
        """Load the reader; None where the weights are not there.

        Raises:
            RuntimeError: the file holds other weights.
        """
        return cls(SpanModel.load(path).for_reading()) if path.is_file() else None

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return for each sentence of each passage its best answers; passages are (header, text).

        The header says what the text is of: title and date. A question may have others and their answers before
        it, which tell what it is about.
        """
        if not passages:
            return []
        [asked] = tokens([question])
        headers = tokens([header for header, _ in passages])
        texts = tokens([text for _, text in passages])
        cut = [
            (number, window)
            for number, (header, text) in enumerate(zip(headers, texts, strict=True))
            for window in windows(asked.ids, header.ids, text)
        ]
        sentences = [quotable_spans(text) for _, text in passages]
        best: dict[tuple[int, Span, Span], Reading] = {}
        for some in _together(cut):
            scores = self._model.read([window for _, window in some])
            for (number, window), each in zip(some, scores, strict=True):
                for reading in answers_in(number, window, each, sentences[number]):
                    key = (number, reading.sentence, reading.answer)
                    if key not in best or reading.score > best[key].score:
                        best[key] = reading
        return sorted(best.values(), key=lambda each: (each.passage, each.sentence, -each.score))


def _together(cut: Sequence[tuple[int, Window]]) -> Iterator[list[tuple[int, Window]]]:
    """Yield the windows that are read in one pass."""
    some: list[tuple[int, Window]] = []
    count = 0
    for each in cut:
        if some and count + len(each[1].ids) > TOGETHER:
            yield some
            some, count = [], 0
        some.append(each)
        count += len(each[1].ids)
    if some:
        yield some


def answers_in(
    number: int, window: Window, scores: NDArray[np.float32], sentences: Sequence[Span]
) -> list[Reading]:
    """Return the best answers of each sentence that a window holds tokens of; no answer crosses sentences."""
    count = len(window.spans)
    if not count or not sentences:
        return []
    starts, ends = scores[window.first : window.first + count].T
    at = np.array([first for first, _ in window.spans])
    within = np.searchsorted([first for first, _ in sentences], at, side="right") - 1
    lengths, firsts = np.ogrid[: min(LONGEST_ANSWER, count), :count]
    lasts = np.minimum(firsts + lengths, count - 1)
    whole = (firsts + lengths < count) & (within[firsts] == within[lasts])
    sums = np.where(whole, starts + ends[lasts], -np.inf)
    found = []
    for sentence in np.unique(within[within >= 0]):
        here = slice(*np.searchsorted(within, [sentence, sentence + 1]))
        left = sums[:, here]
        for _ in range(ANSWERS):
            length, place = np.unravel_index(left.argmax(), left.shape)
            if left[length, place] == -np.inf:
                break
            first = here.start + place
            last = first + length
            answer = (window.spans[first][0], window.spans[last][1])
            found.append(Reading(number, sentences[sentence], answer, float(left[length, place])))
            overlapping = (firsts[:, here] <= last) & (firsts[:, here] + lengths >= first)
            left = np.where(overlapping, -np.inf, left)
    return found
