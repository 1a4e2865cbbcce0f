"""Sets the precisions that training computes in: what is frozen in the one it ships in, the rest in the fastest."""

import torch
from torch import nn

from assistant.evidence.reader.deep import DeepSpanModel
from assistant.evidence.reader.int8 import in_int8, multiplies_bytes
from assistant.models.encoder import computes_bf16


def fastest() -> torch.dtype:
    """Return the precision, fp32 or bf16, in which this machine's processor multiplies faster."""
    return torch.bfloat16 if computes_bf16("cpu") else torch.float32


def freeze(model: DeepSpanModel, count: int) -> None:
    """Train neither the embeddings nor the lower `count` layers, which from now on compute in int8 as they will ship.

    The bias by distance is of all layers and therefore not trained either.
    """
    model.frozen = count
    layers = model.layers()
    for part in (model.encoder.embeddings, model.encoder.encoder.relative_attention_bias, *layers[:count]):
        part.requires_grad_(False)
    for layer in layers[:count]:
        if multiplies_bytes():
            in_int8(layer)
            continue
        for part in layer.modules():
            if isinstance(part, nn.Linear):
                part.to(fastest())
