"""Weights as a repository holds them: a byte each, in files that no forge refuses.

Each row of a matrix is stored as whole numbers from -127 to 127 and one scale, so that the largest weight of the row is
exact (symmetric quantisation per output channel; Wu et al. 2020, "Integer Quantization for Deep Learning Inference").
Vectors, which are few, stay in single precision.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

LARGEST = 48_000_000
"""Bytes of a file, at most."""

STEPS = 127
SCALE = ".scale"


def write(weights: Mapping[str, Tensor], folder: Path) -> list[Path]:
    """Write weights to as few files in `folder` as their size allows, and return these; older ones are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("shard-*.safetensors"):
        path.unlink()
    shards: list[dict[str, Tensor]] = [{}]
    held = 0
    for name, value in weights.items():
        stored = _stored(name, value.detach().float())
        size = sum(each.nbytes for each in stored.values())
        if held and held + size > LARGEST:
            shards.append({})
            held = 0
        shards[-1] |= stored
        held += size
    paths = [folder / f"shard-{number}.safetensors" for number in range(1, len(shards) + 1)]
    for path, shard in zip(paths, shards, strict=True):
        save_file(shard, path)
    return paths


def read(folder: Path, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Return the weights that `write` wrote to `folder`.

    Raises:
        OSError: a file cannot be read, or there is none.
    """
    paths = sorted(folder.glob("shard-*.safetensors"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no shard-*.safetensors")
    stored = {name: value for path in paths for name, value in load_file(path).items()}
    return {
        name: (
            value.float().mul_(stored[name + SCALE].unsqueeze(1)).to(dtype)
            if name + SCALE in stored
            else value.to(dtype)
        )
        for name, value in stored.items()
        if not name.endswith(SCALE)
    }


def quantised(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return a matrix as bytes, and the scale of each row; shapes (rows, columns) and (rows,).

    >>> numbers, scale = quantised(torch.tensor([[1.0, -2.0], [0.0, 0.0]]))
    >>> numbers.tolist(), [round(each, 4) for each in scale.tolist()]
    ([[64, -127], [0, 0]], [0.0157, 0.0])
    """
    scale = matrix.abs().amax(dim=1) / STEPS
    numbers = (matrix / scale.clamp(min=torch.finfo(scale.dtype).tiny).unsqueeze(1)).round()
    return numbers.to(torch.int8), scale


def _stored(name: str, value: Tensor) -> dict[str, Tensor]:
    if value.ndim != 2:
        return {name: value.contiguous()}
    numbers, scale = quantised(value)
    return {name: numbers.contiguous(), name + SCALE: scale}
