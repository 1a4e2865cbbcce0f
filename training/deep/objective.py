"""What the deep reader's training makes small: surprise at the right span, the right sentences, the right verdict."""

import torch
from torch import Tensor
from torch.nn import functional

from assistant.evidence.reader.deep import Scores
from training.deep.batches import IGNORED, DeepBatch

SENTENCES, VERDICTS = 0.3, 0.5
"""Weights of these losses beside that of spans. Spans are what most questions ask for."""


def loss(scores: Scores, batch: DeepBatch) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of the three losses, and each of them, shape (3,), in nats; 0 where none is asked for."""
    each = torch.stack(
        [span_loss(scores.spans, batch), sentence_loss(scores, batch), verdict_loss(scores, batch)]
    )
    return each @ each.new_tensor([1.0, SENTENCES, VERDICTS]), each.detach()


def span_loss(scores: Tensor, batch: DeepBatch) -> Tensor:
    """Return the mean cross-entropy of starts and ends, as `training.fit.loss` does for single answers."""
    scores = scores.masked_fill(~batch.scored.unsqueeze(-1), -1e4)
    groups = len(batch.choices)
    scores = torch.cat([scores.reshape(groups, -1, 2), scores.new_zeros(groups, 1, 2)], dim=1)
    surprise = -(batch.choices * scores.log_softmax(dim=1)).sum(dim=1).mean(dim=1)
    return (surprise * batch.spans).sum() / batch.spans.sum().clamp(min=1)


def sentence_loss(scores: Scores, batch: DeepBatch) -> Tensor:
    """Return the mean binary cross-entropy of sentences, each scored by the mean of its tokens."""
    count = len(batch.sentences)
    places = batch.sentence_of.flatten()
    sums = scores.sentences.new_zeros(count + 1).index_add(0, places, scores.sentences.flatten())
    tokens = torch.bincount(places, minlength=count + 1).clamp(min=1)
    means = (sums / tokens)[:count]
    return functional.binary_cross_entropy_with_logits(means, batch.sentences) if count else sums.sum() * 0


def verdict_loss(scores: Scores, batch: DeepBatch) -> Tensor:
    """Return the mean cross-entropy of the verdicts on questions of yes or no."""
    asked = batch.verdicts != IGNORED
    if not asked.any():
        return scores.verdicts.sum() * 0
    return functional.cross_entropy(scores.verdicts[asked], batch.verdicts[asked])
