"""Trains the span model: one normalisation over all windows of a question, "no answer" being one of the choices."""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from assistant.evidence.reader.model import SpanModel
from training.examples import WIKIPEDIA, Example
from training.groups import Batch, Company, Grouper, batches
from training.negatives import Negative

SEED = 20230202
WARM_UP = 0.06
"""Share of the steps in which the learning rate rises."""

WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0
POOL = 8_000
"""Groups that are sorted into shapes at once."""


@dataclass(frozen=True)
class Stage:
    """A stretch of training with a learning rate that rises and falls once."""

    passes: float
    """Over the data."""
    rate: float
    """Highest learning rate."""
    company: Company


STAGES = (
    Stage(passes=1.3, rate=2e-4, company=Company(negatives=1, share=0.6)),
    Stage(passes=1.0, rate=1e-4, company=Company(negatives=3, altered=True)),
)
"""First what an answer is, then which of several passages holds it. docs/evaluation.md has what else was tried."""


def loss(scores: Tensor, batch: Batch) -> Tensor:
    """Return the mean negative log-likelihood of starts and ends, in nats.

    `scores` has the shape (windows, length, 2). Over the tokens of all windows of a group and one score of 0 for
    "no answer", starts and ends are normalised each.
    """
    scores = scores.masked_fill(~batch.scored.unsqueeze(-1), -1e4)
    groups, length = len(batch.answers), scores.shape[1]
    scores = scores.reshape(groups, batch.size * length, 2)
    choices = torch.cat([scores, scores.new_zeros(groups, 1, 2)], dim=1)
    return functional.cross_entropy(choices, batch.answers)


def schedule(step: int, steps: int) -> float:
    """Return the share of the full learning rate at a step: up in a line, down along a cosine."""
    rising = max(1, int(WARM_UP * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def plan(examples: Sequence[Example], passes: float, draw: random.Random) -> list[int]:
    """Return the numbers of the examples in the order of training.

    Of two passes, questions on Wikipedia are in both, those on posts and reviews in one: they are further from news
    and their answers are agreed upon less (human F1 .92, but models' 8 to 10 points lower).
    """
    wikipedia = [n for n, example in enumerate(examples) if example.source in WIKIPEDIA]
    others = [n for n, example in enumerate(examples) if example.source not in WIKIPEDIA]
    draw.shuffle(others)
    order: list[int] = []
    half = len(others) // 2
    for part in (others[:half], others[half:]):
        some = wikipedia + part
        draw.shuffle(some)
        order += some
    return (order * math.ceil(passes / 2))[: int(len(order) * passes / 2)]


def fit(
    model: SpanModel,
    stage: Stage,
    examples: Sequence[Example],
    negatives: Sequence[Sequence[Negative]],
    *,
    every: int,
    checkpoint: Callable[[SpanModel, int], None],
    say: Callable[[str], None],
) -> None:
    """Train a model through one stage; `checkpoint` is called after each `every` steps and at the end."""
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    # Dropout costs a third of the speed on a processor and one or two passes do not overfit.
    model.eval()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    decayed = [weight for weight in trained if weight.ndim > 1]
    plain = [weight for weight in trained if weight.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}],
        lr=stage.rate,
        fused=True,
    )
    grouper = Grouper(examples, negatives)
    order = plan(examples, stage.passes, draw)
    pools = [
        batches(list(grouper.groups(order[at : at + POOL], stage.company, draw)), draw)
        for at in range(0, len(order), POOL)
    ]
    steps = sum(map(len, pools))
    say(f"{len(order):,} questions, {steps:,} steps")
    step, recent, started = 0, 0.0, time.monotonic()
    windows = 0
    for pool in pools:
        for batch in pool:
            for part in optimizer.param_groups:
                part["lr"] = stage.rate * schedule(step, steps)
            with torch.autocast("cpu", torch.bfloat16):
                scores = model(batch.ids, batch.types, batch.mask)
            value = loss(scores, batch)
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, LARGEST_GRADIENT)
            optimizer.step()
            step += 1
            windows += len(batch.ids)
            recent += value.item()
            if step % 100 == 0:
                rate = windows / (time.monotonic() - started)
                say(f"step {step:,} of {steps:,}: loss {recent / 100:.3f}, {rate:.1f} windows a second")
                recent = 0.0
            if step % every == 0 or step == steps:
                checkpoint(model, step)
