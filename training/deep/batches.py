"""Targets as tensors: batches of few shapes, because with a new shape at each step training is three times slower."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from assistant.evidence.reader.deep import padded
from training.deep.targets import Targets

LENGTHS = (64, 96, 128, 160, 192, 224, 256, 320)
"""Windows are padded to one of these."""

BATCH = 16
"""Windows of one step."""

IGNORED = -100


@dataclass(frozen=True)
class DeepBatch:
    """Windows of several groups, padded to one length; the windows of a group stand side by side."""

    ids: Tensor
    """Shape (windows, length)."""
    mask: Tensor
    """True for tokens; shape (windows, length)."""
    scored: Tensor
    """True for tokens that can be part of an answer; shape (windows, length)."""
    choices: Tensor
    """Shape (groups, group's windows * length + 1, 2): how starts and ends shall be distributed over the tokens of the
    group's windows, laid end to end, and "no answer"."""
    spans: Tensor
    """True for groups whose spans are trained; shape (groups,)."""
    sentence_of: Tensor
    """Shape (windows, length): of each token the number of its sentence in the batch, or one past the last."""
    sentences: Tensor
    """Whether each sentence of the batch belongs in its answer; shape (sentences,)."""
    verdicts: Tensor
    """Shape (windows,): place among the verdicts, or IGNORED."""


def batches(groups: Sequence[Targets], draw: random.Random, size: int = BATCH) -> Iterator[DeepBatch]:
    """Yield the groups in batches of `size` windows and one shape each, in random order.

    What fills no batch is left out.
    """
    by_shape: dict[tuple[int, int], list[Targets]] = {}
    for group in groups:
        longest = max(len(target.window.ids) for target in group.shown)
        length = next(length for length in LENGTHS if length >= longest)
        by_shape.setdefault((len(group.shown), length), []).append(group)
    found = []
    for (count, length), some in by_shape.items():
        step = size // count
        found += [(some[at : at + step], length) for at in range(0, len(some) - step + 1, step)]
    draw.shuffle(found)
    for some, length in found:
        yield batch(some, length)


def batch(groups: Sequence[Targets], length: int) -> DeepBatch:
    """Return groups of equally many windows as one batch."""
    rows = [target for group in groups for target in group.shown]
    count = len(groups[0].shown)
    ids, mask = padded([target.window for target in rows], length)
    scored = torch.zeros((len(rows), length), dtype=torch.bool)
    sentences: list[bool] = []
    sentence_of = torch.full((len(rows), length), -1)
    for row, target in enumerate(rows):
        scored[row, target.window.first : len(target.window.ids) - 1] = True
        for (first, last), right in target.sentences:
            sentence_of[row, first : last + 1] = len(sentences)
            sentences.append(right)
    sentence_of[sentence_of < 0] = len(sentences)
    choices = torch.zeros((len(groups), count * length + 1, 2))
    for number, group in enumerate(groups):
        answers = [
            (place * length + first, place * length + last, weight)
            for place, target in enumerate(group.shown)
            for (first, last), weight in target.answers
        ] or [(count * length, count * length, 1.0)]
        total = sum(weight for _, _, weight in answers)
        for first, last, weight in answers:
            choices[number, first, 0] += weight / total
            choices[number, last, 1] += weight / total
    return DeepBatch(
        ids,
        mask,
        scored,
        choices,
        torch.tensor([group.spans for group in groups]),
        sentence_of,
        torch.tensor(sentences, dtype=torch.float32),
        torch.tensor([IGNORED if target.verdict is None else target.verdict for target in rows]),
    )
