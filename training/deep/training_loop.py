"""Trains the deep reader for as long as it is let: the rate rises once and stays; any checkpoint can be cooled down.

Nobody need know beforehand how long training will be (Hu et al. 2024, MiniCPM: warm-up, stable, decay). What is kept is
enough to go on as if nothing had happened, so the command may be killed and started again at any time.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from assistant.errors import BackfileError
from assistant.evidence.reader.deep import DeepSpanModel
from training.deep.batches import DeepBatch, batches
from training.deep.checkpoints import Checkpoint, Checkpoints, Progress, remembered, remind
from training.deep.mixture import SEED
from training.deep.objective import loss
from training.deep.precision import fastest, freeze
from training.deep.targets import Targets

WARM_UP = 200
"""Steps of a stage in which the rate rises: at its beginning the optimizer knows nothing of the weights' gradients."""

WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 1.0
BETAS = (0.9, 0.98)
"""Of AdamW; with batches this small and a rate that stays, .999 would remember a thousand steps."""

EVERY = 240.0
"""Seconds between checkpoints."""

SAID = 50
"""Steps between lines of the log."""


@dataclass(frozen=True)
class DeepStage:
    """A stretch of training."""

    until: int | None
    """Windows seen in all at which it ends; None for one that goes on."""
    frozen: int
    """Lower layers that are not trained."""
    longest: int
    """Tokens of a window."""
    rate: float
    """Learning rate once it has risen."""


STAGES = (
    DeepStage(until=14_000, frozen=6, longest=160, rate=8e-5),
    DeepStage(until=None, frozen=4, longest=192, rate=6e-5),
)
"""First what an answer is, cheaply; then more of the layers, on longer windows."""


class Questions(Protocol):
    """Where a training's questions come from."""

    def pool(self, number: int, longest: int) -> list[Targets]:
        """Return the groups of a pool in windows of at most `longest` tokens; the same for the same number."""
        ...


@dataclass(frozen=True)
class CoolDown:
    """The end of a training: the rate falls to nothing over so many windows from where it began."""

    begun: int
    """Windows seen before it."""
    windows: int


def rate(stage: DeepStage, steps: int, seen: int, cool_down: CoolDown | None) -> float:
    """Return the learning rate after so many steps of the stage and so many windows in all."""
    risen = stage.rate * min(1.0, (steps + 1) / WARM_UP)
    if cool_down is None:
        return risen
    return stage.rate * max(0.0, 1 - (seen - cool_down.begun) / cool_down.windows)


def fit(
    base: Path,
    questions: Questions,
    checkpoints: Checkpoints,
    say: Callable[[str], None],
    *,
    stages: Sequence[DeepStage] = STAGES,
    cool_down: CoolDown | None = None,
    every: float = EVERY,
) -> None:
    """Train from the latest checkpoint on, through all stages that end, or to the end of the cool-down."""
    while True:
        found = checkpoints.latest() or Checkpoint(Progress(), {}, {})
        progress = found.progress
        if cool_down:
            # It ends in the stage in which it began.
            if progress.windows >= cool_down.begun + cool_down.windows:
                return
        elif _ended(stages[progress.stage], progress):
            if progress.stage + 1 == len(stages):
                return
            progress = replace(progress, stage=progress.stage + 1, steps=0)
        session = _Session(base, replace(found, progress=progress), stages[progress.stage], cool_down)
        session.run(questions, checkpoints, say, every)


def begin_cool_down(checkpoints: Checkpoints, folder: Path, windows: int) -> tuple[Checkpoints, CoolDown]:
    """Return where a cool-down from the latest checkpoint keeps its own, and how long it is.

    The folder within `folder` is named after the windows seen before and those to come. So a cool-down that was cut off
    goes on when the same is asked for again, as long as nothing was trained in between.

    Raises:
        BackfileError: nothing was trained yet.
    """
    found = checkpoints.latest()
    if found is None:
        raise BackfileError(f"{folder} holds no checkpoint to cool down from: train first")
    begun = found.progress.windows
    cooled = Checkpoints(folder / f"cooled-{begun:08}-{windows}")
    if cooled.latest() is None:
        cooled.save(found.progress, found.weights, found.memory)
    return cooled, CoolDown(begun, windows)


def _ended(stage: DeepStage, progress: Progress) -> bool:
    return stage.until is not None and progress.windows >= stage.until


class _Session:
    """One stage of training, or what is left of it."""

    def __init__(self, base: Path, found: Checkpoint, stage: DeepStage, cool_down: CoolDown | None) -> None:
        self._stage, self._cool_down = stage, cool_down
        self._progress = found.progress
        torch.manual_seed(SEED)
        # No dropout: it costs a third of the speed, and nothing is seen often enough to be learnt by heart.
        self._model = DeepSpanModel.untrained(base).eval()
        self._model.load_state_dict(found.weights, strict=False)
        freeze(self._model, stage.frozen)
        self._precision = fastest()
        self._weights = self._model.trained()
        self._names = {weight: name for name, weight in self._weights.items()}
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [w for w in self._names if w.ndim > 1], "weight_decay": WEIGHT_DECAY},
                {"params": [w for w in self._names if w.ndim == 1], "weight_decay": 0.0},
            ],
            lr=stage.rate,
            betas=BETAS,
            fused=True,
        )
        remind(self._optimizer, self._names, found.memory, found.progress.steps)

    def run(
        self, questions: Questions, checkpoints: Checkpoints, say: Callable[[str], None], every: float
    ) -> None:
        """Train until the stage or the cool-down ends."""
        say(f"from window {self._progress.windows:,}: {self._stage}, {self._cool_down}, {self._precision}")
        begun = saved = time.monotonic()
        windows, steps, losses = 0, 0, torch.zeros(3)
        for batch in self._batches(questions):
            losses += self._step(batch)
            windows += len(batch.ids)
            steps += 1
            now = time.monotonic()
            if self._progress.steps % SAID == 0:
                spans, sentences, verdicts = (losses / steps).tolist()
                say(
                    f"windows {self._progress.windows:,}: loss {spans:.3f}, sentences {sentences:.3f}, "
                    f"verdicts {verdicts:.3f}, {windows / (now - begun):.2f} windows a second"
                )
                losses.zero_()
                begun, windows, steps = now, 0, 0
            ended = self._ended()
            if ended or now - saved >= every:
                self._save(checkpoints)
                saved = time.monotonic()
            if ended:
                return

    def _batches(self, questions: Questions) -> Iterator[DeepBatch]:
        """Yield what is left of the pool at hand, and then pool after pool."""
        while True:
            number, done = self._progress.pool, self._progress.place
            groups = questions.pool(number, self._stage.longest)
            for place, batch in enumerate(batches(groups, random.Random(f"{SEED} {number}"))):
                if place >= done:
                    yield batch
            self._progress = replace(self._progress, pool=number + 1, place=0)

    def _step(self, batch: DeepBatch) -> torch.Tensor:
        """Train on one batch; returns the losses as `objective.loss` does."""
        at = self._progress
        for part in self._optimizer.param_groups:
            part["lr"] = rate(self._stage, at.steps, at.windows, self._cool_down)
        with torch.autocast("cpu", torch.bfloat16, enabled=self._precision is torch.bfloat16):
            scores = self._model(batch.ids, batch.mask)
        value, each = loss(scores, batch)
        self._optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(self._names), LARGEST_GRADIENT)
        self._optimizer.step()
        self._progress = replace(
            at, windows=at.windows + len(batch.ids), steps=at.steps + 1, place=at.place + 1
        )
        return each

    def _ended(self) -> bool:
        if self._cool_down:
            return self._progress.windows >= self._cool_down.begun + self._cool_down.windows
        return _ended(self._stage, self._progress)

    def _save(self, checkpoints: Checkpoints) -> None:
        checkpoints.save(self._progress, self._weights, remembered(self._optimizer, self._names))
