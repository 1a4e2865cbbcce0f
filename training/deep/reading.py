"""Opens the deep reader for measuring: a checkpoint or what ships, in one of several precisions."""

from pathlib import Path
from typing import Literal, get_args

import torch

from assistant.errors import BackfileError
from assistant.evidence.reader.deep import DeepSpanModel
from assistant.evidence.reader.int8 import in_int8
from training.deep.checkpoints import read

Precision = Literal["fp32", "bf16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def opened(weights: Path, base: Path | None, precision: Precision) -> DeepSpanModel:
    """Return the model of a folder of shards, or of a checkpoint that starts from `base`.

    Raises:
        BackfileError: a checkpoint has no base.
    """
    if weights.is_dir():
        model = DeepSpanModel.load(weights)
    elif base is None:
        raise BackfileError(f"{weights} holds only what was trained: say with --base what it starts from")
    else:
        model = DeepSpanModel.untrained(base)
        model.load_state_dict(read(weights).weights, strict=False)
        model.requires_grad_(False)
    if precision != "fp32":
        model.to(torch.bfloat16)
    if precision == "int8":
        in_int8(model.encoder)
    return model
