"""Checkpoints of a training that may be cut off at any moment: what was trained, and what the optimizer remembers."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

KEPT = 2
"""Latest checkpoints that are kept with the optimizer's memory."""

MILESTONE = 10_000
"""Windows after which a checkpoint is kept for good, without that memory."""

_NAME = re.compile(r"windows-(\d{8})\.safetensors")


@dataclass(frozen=True)
class Progress:
    """How far a training has come."""

    windows: int = 0
    """Seen in all."""
    stage: int = 0
    """Number of the stage, counted from 0."""
    steps: int = 0
    """Of this stage."""
    pool: int = 0
    """Number of the pool of questions at hand, counted from 0."""
    place: int = 0
    """Batches of the pool that are done."""


@dataclass(frozen=True)
class Checkpoint:
    """What a training goes on from."""

    progress: Progress
    weights: dict[str, Tensor]
    """Of what was trained, by name."""
    memory: dict[str, Tensor]
    """Of the optimizer; empty where it is not kept."""


class Checkpoints:
    """The checkpoints in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def latest(self) -> Checkpoint | None:
        """Return the latest checkpoint; None before the first."""
        paths = self._paths()
        return read(paths[-1]) if paths else None

    def save(self, progress: Progress, weights: Mapping[str, Tensor], memory: Mapping[str, Tensor]) -> Path:
        """Write a checkpoint, and remove older ones.

        The weights are written in bf16 for use, 14 MB a layer; the memory has them in full precision too. A checkpoint
        counts from when its weights have their name, which is last.
        """
        path = self._folder / f"windows-{progress.windows:08}.safetensors"
        numbers = {name: str(value) for name, value in asdict(progress).items()}
        _write(_memory(path), {**{f"weight.{name}": value for name, value in weights.items()}, **memory}, {})
        _write(path, {name: value.bfloat16() for name, value in weights.items()}, numbers)
        self._tidy()
        return path

    def _paths(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def _tidy(self) -> None:
        paths = self._paths()
        reached = 0
        for path in paths[:-KEPT]:
            _memory(path).unlink(missing_ok=True)
            milestone = windows(path) // MILESTONE
            if milestone > reached:
                reached = milestone
            else:
                path.unlink()


def windows(path: Path) -> int:
    """Return how many windows a checkpoint's model has seen, from the file's name."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


def read(path: Path) -> Checkpoint:
    """Return the checkpoint whose weights are at `path`, in full precision if its memory is there."""
    with safe_open(path, framework="pt") as file:
        numbers = {name: int(value) for name, value in file.metadata().items()}
    memory = load_file(_memory(path)) if _memory(path).is_file() else {}
    weights = {name: value.float() for name, value in load_file(path).items()}
    weights |= {
        name.removeprefix("weight."): value for name, value in memory.items() if name.startswith("weight.")
    }
    return Checkpoint(
        Progress(**numbers),
        weights,
        {name: value for name, value in memory.items() if not name.startswith("weight.")},
    )


def remembered(optimizer: torch.optim.Optimizer, names: Mapping[Tensor, str]) -> dict[str, Tensor]:
    """Return what an optimizer of Adam's kind remembers, in bf16: means of gradients and of their squares.

    bf16 has the range of single precision; its error of .4 % is small beside the noise of these means.
    """
    return {
        f"{kind}.{names[weight]}": state[kind].bfloat16()
        for weight, state in optimizer.state.items()
        for kind in ("exp_avg", "exp_avg_sq")
    }


def remind(
    optimizer: torch.optim.Optimizer, names: Mapping[Tensor, str], memory: Mapping[str, Tensor], steps: int
) -> None:
    """Give an optimizer back what `remembered` returned, after so many steps; weights without memory start anew."""
    for weight, name in names.items():
        if f"exp_avg.{name}" in memory:
            optimizer.state[weight] = {
                "step": torch.tensor(float(steps)),
                "exp_avg": memory[f"exp_avg.{name}"].float(),
                "exp_avg_sq": memory[f"exp_avg_sq.{name}"].float(),
            }


def _memory(path: Path) -> Path:
    return path.with_name(path.name.replace("windows-", "memory-"))


def _write(path: Path, tensors: Mapping[str, Tensor], numbers: dict[str, str]) -> None:
    part = path.with_suffix(".part")
    save_file({name: value.detach().contiguous() for name, value in tensors.items()}, part, metadata=numbers)
    part.replace(path)
