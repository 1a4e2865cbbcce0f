"""Reads passages for a question: of every sentence the words that answer it best, and how surely they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from assistant.article import Span
from assistant.embedding import computes_bf16, device
from assistant.reader.model import SpanModel, padded
from assistant.reader.windows import Window, tokens, windows
from assistant.sentences import quotable_spans

WEIGHTS = Path(__file__).with_name("weights.safetensors")

LONGEST_ANSWER = 24
"""Tokens; of the answers in the training data 97 % are no longer."""

AT_ONCE = 8
"""Windows of one forward pass, of about one length: what is padded costs as much as what is read. All 24 of a question
at once take 1.35 times the time; 4, 6 and 12 take 1.03, 1.02 and 1.04 times (14 of the gold set's questions)."""

PADDED_TO = 32
"""Tokens whose multiples window lengths are rounded up to."""


@dataclass(frozen=True)
class Reading:
    """The best answer within one sentence of one passage."""

    passage: int
    """Number of the passage among those given."""
    sentence: Span
    """Where the sentence lies in the passage, in code points."""
    answer: Span
    """Where the answer lies in the passage."""
    score: float
    """Sum of its start's and its end's score, in nats; 0 is "no answer" in training, higher is surer."""


class Reader:
    """Finds answers in passages."""

    def __init__(self, model: nn.Module) -> None:
        """Read with a model that gives scores as `SpanModel` does."""
        self._device = device()
        dtype = torch.bfloat16 if computes_bf16(self._device) else torch.float32
        self._model = model.to(self._device, dtype).eval()

    @classmethod
    def open(cls, path: Path = WEIGHTS) -> "Reader | None":
        """Load the reader; None where the weights are not there.

        Raises:
            RuntimeError: the file holds other weights.
        """
        return cls(SpanModel.load(path)) if path.is_file() else None

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Return for each sentence of each passage its best answer; passages are (header, text).

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
        best: dict[tuple[int, Span], Reading] = {}
        cut.sort(key=lambda numbered: len(numbered[1].ids))
        for at in range(0, len(cut), AT_ONCE):
            some = cut[at : at + AT_ONCE]
            scores = self._scores([window for _, window in some])
            for (number, window), each in zip(some, scores, strict=True):
                for reading in _readings(number, window, each, sentences[number]):
                    key = (number, reading.sentence)
                    if key not in best or reading.score > best[key].score:
                        best[key] = reading
        return sorted(best.values(), key=lambda reading: (reading.passage, reading.sentence))

    @torch.inference_mode()
    def _scores(self, some: Sequence[Window]) -> NDArray[np.float32]:
        """Return scores of starts and ends, shape (windows, length, 2)."""
        length = -(-max(len(window.ids) for window in some) // PADDED_TO) * PADDED_TO
        placed = (each.to(self._device) for each in padded(some, length))
        found: NDArray[np.float32] = self._model(*placed).cpu().numpy()
        return found


def _readings(
    number: int, window: Window, scores: NDArray[np.float32], sentences: Sequence[Span]
) -> list[Reading]:
    """Return the best answer of each sentence that a window holds tokens of; no answer crosses sentences."""
    count = len(window.spans)
    if not count or not sentences:
        return []
    starts, ends = scores[window.first : window.first + count].T
    at = np.array([first for first, _ in window.spans])
    within = np.searchsorted([first for first, _ in sentences], at, side="right") - 1
    best_score = np.full(count, -np.inf, dtype=np.float32)
    best_end = np.zeros(count, dtype=np.int64)
    for length in range(min(LONGEST_ANSWER, count)):
        reach = count - length
        sums = starts[:reach] + ends[length:]
        better = (sums > best_score[:reach]) & (within[:reach] == within[length:])
        best_score[:reach] = np.where(better, sums, best_score[:reach])
        best_end[:reach] = np.where(better, np.arange(length, count), best_end[:reach])
    found = []
    for sentence in np.unique(within[within >= 0]):
        places = np.flatnonzero(within == sentence)
        start = places[np.argmax(best_score[places])]
        answer = (window.spans[start][0], window.spans[best_end[start]][1])
        found.append(Reading(number, sentences[sentence], answer, float(best_score[start])))
    return found
