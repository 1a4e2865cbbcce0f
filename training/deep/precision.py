"""Chooses what training computes in: processors differ in which precision they multiply fastest."""

import time
from functools import cache

import torch
from torch import Tensor, nn

from assistant.evidence.reader.deep import DeepSpanModel
from assistant.evidence.reader.int8 import in_int8

REPEATS = 5
"""Times that each precision is tried; the fastest counts, since other programs only ever slow one down."""


@cache
def fastest() -> torch.dtype:
    """Return the precision, of fp32 and bf16, in which this processor multiplies faster.

    An Intel server without AMX multiplies fp32 at twice the speed of bf16, other processors bf16 at twice that of fp32.
    """
    return min((torch.float32, torch.bfloat16), key=_seconds)


def freeze(model: DeepSpanModel, count: int) -> None:
    """Train neither the embeddings nor the lower `count` layers, which from now on compute in int8 as they will ship.

    The bias by distance is of all layers and therefore not trained either.
    """
    model.frozen = count
    layers = model.layers()
    for part in (model.encoder.embeddings, model.encoder.encoder.relative_attention_bias, *layers[:count]):
        part.requires_grad_(False)
    for layer in layers[:count]:
        if _has_int8():
            in_int8(layer)
        else:
            for part in layer.modules():
                if isinstance(part, nn.Linear):
                    part.to(fastest())


def _has_int8() -> bool:
    return "onednn" in torch.backends.quantized.supported_engines


def _seconds(precision: torch.dtype) -> float:
    one, other = (torch.ones(shape, dtype=precision) for shape in ((1024, 768), (768, 3072)))
    return min(_time(one, other) for _ in range(REPEATS))


def _time(one: Tensor, other: Tensor) -> float:
    begun = time.perf_counter()
    one @ other
    return time.perf_counter() - begun
