"""Layers that multiply bytes: weights quantised per row, what they are multiplied with per pass.

Processors with VNNI, Intel's since 2019 and AMD's since 2022, multiply bytes at twice the speed of bf16. Others do so
too, but they add two products in 16 bits, where 255 * 127 * 2 does not fit.
"""

import torch
from torch import Tensor, nn

from assistant.evidence.reader.shards import STEPS, quantised

MIDDLE = 128
"""What stands for 0 in an activation; the kernel wants bytes without sign."""


class Int8Linear(nn.Module):
    """Computes what a linear layer does, nearly."""

    scale: Tensor
    zeros: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        weight, scale = quantised(layer.weight.detach().float())
        self.packed = torch.ops.onednn.qlinear_prepack(weight, None)
        self.register_buffer("scale", scale)
        self.register_buffer("zeros", torch.zeros(len(scale), dtype=torch.int32))
        self.register_buffer("bias", layer.bias.detach().float())

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the layer's output in the precision of `hidden`, shape (…, out); takes the shape (…, in)."""
        # Each token has its own scale: a few have values a hundred times those of the others.
        step = hidden.abs().amax(dim=-1, keepdim=True).float().clamp_(min=1e-6) / STEPS
        numbers = (hidden / step).round_().add_(MIDDLE).to(torch.uint8)
        found: Tensor = torch.ops.onednn.qlinear_pointwise(
            numbers,
            1.0,
            MIDDLE,
            self.packed,
            self.scale,
            self.zeros,
            None,
            1.0,
            0,
            torch.float32,
            "none",
            [],
            "",
        )
        return (found.mul_(step).add_(self.bias)).to(hidden.dtype)


def multiplies_bytes() -> bool:
    """Whether this processor has VNNI, and torch the kernels for it."""
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_vnni") or has.get("avx_vnni")) and (
        "onednn" in torch.backends.quantized.supported_engines
    )


def in_int8(model: nn.Module) -> None:
    """Replace the linear layers within `model` by those that multiply bytes."""
    for name, layer in list(model.named_children()):
        if isinstance(layer, nn.Linear):
            setattr(model, name, Int8Linear(layer))
        else:
            in_int8(layer)
