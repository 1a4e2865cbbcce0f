"""The deep reader's network: MPNet with layers that score tokens for spans and sentences, and windows for yes or no.

Of each token it says how well an answer starts and how well it ends there, on the scale of `SpanModel`: normalised over
all windows of a question, with one fixed score of 0 for "no answer". The mean of the tokens' third score over a
sentence says how much the sentence belongs to the answer; 0 is even chance. From the first token comes whether the
window tells "yes", tells "no", or tells neither.

MPNet (Song et al., NeurIPS 2020) has the words of BERT's uncased vocabulary, four places later, no token types, and
adds to attention a bias by the distance of two tokens.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import MPNetConfig, MPNetModel

from assistant.reader import windows

START, PAD, END, WORDS = 0, 1, 2, 4
"""Ids of the vocabulary: before a window, after it, between and after its parts, and by how much a word's id is greater
than BERT's."""

POSITIONS = 2
"""Number of the first position."""

SPECIAL = {windows.CLS: START, windows.SEP: END}

VERDICTS = ("yes", "no", "not told")


class Scores(NamedTuple):
    """What the network says of windows; in nats."""

    spans: Tensor
    """Start and end of an answer, shape (windows, length, 2)."""
    sentences: Tensor
    """Of each token, shape (windows, length)."""
    verdicts: Tensor
    """In the order of VERDICTS, shape (windows, 3)."""


class DeepSpanModel(nn.Module):
    """Scores windows; see the module."""

    def __init__(self, config: MPNetConfig) -> None:
        super().__init__()
        self.encoder = MPNetModel(config, add_pooling_layer=False)
        self.tokens = nn.Linear(config.hidden_size, 3)
        self.verdicts = nn.Linear(config.hidden_size, len(VERDICTS))
        self.frozen = 0

    @classmethod
    def untrained(cls, folder: Path) -> "DeepSpanModel":
        """Return the encoder in `folder`, a model of transformers, with untrained layers on top."""
        model = cls(MPNetConfig.from_pretrained(folder))
        weights = {
            name: value
            for name, value in load_file(folder / "model.safetensors").items()
            if not name.startswith("pooler.") and name != "embeddings.position_ids"
        }
        model.encoder.load_state_dict(weights, strict=True)
        return model.eval()

    def freeze(self, count: int) -> None:
        """Train neither the embeddings nor the lower `count` layers, which from now on compute in bf16.

        The bias by distance is of all layers and therefore not trained either.
        """
        self.frozen = count
        layers = self.layers()
        for part in (self.encoder.embeddings, self.encoder.encoder.relative_attention_bias, *layers[:count]):
            part.requires_grad_(False)
        for layer in layers[:count]:
            for part in layer.modules():
                if isinstance(part, nn.Linear):
                    part.to(torch.bfloat16)

    def layers(self) -> list[Any]:
        """Return the encoder's layers, the lowest first."""
        found: Iterable[Any] = self.encoder.encoder.layer
        return list(found)

    def trained(self) -> dict[str, Tensor]:
        """Return the weights that are not frozen, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def forward(self, ids: Tensor, mask: Tensor) -> Scores:
        """Return the scores of windows; both arguments have the shape (windows, length).

        `ids` are of MPNet's vocabulary; `mask` is true for tokens and false for padding.
        """
        layers = self.layers()
        with torch.no_grad():
            hidden, bias = self.embedded(ids, mask)
            for layer in layers[: self.frozen]:
                hidden = transformed(layer, hidden, bias)
        for layer in layers[self.frozen :]:
            hidden = transformed(layer, hidden, bias)
        return self.scored(hidden)

    def embedded(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the first layer takes: hidden states, and what is added to attention before it is normalised.

        Shapes (windows, length, size) and (windows, heads, length, length).
        """
        count, length = ids.shape
        positions = torch.arange(POSITIONS, POSITIONS + length, device=ids.device).expand(count, length)
        hidden: Tensor = self.encoder.embeddings(input_ids=ids, position_ids=positions)
        bias = self.distances(length) + torch.where(mask, 0.0, -1e4)[:, None, None, :]
        return hidden, bias

    def distances(self, length: int) -> Tensor:
        """Return the bias of attention by distance, shape (1, heads, length, length)."""
        places = torch.zeros((1, length, 1), device=self.tokens.weight.device)
        found: Tensor = self.encoder.encoder.compute_position_bias(places)
        return found

    def scored(self, hidden: Tensor) -> Scores:
        """Return the scores of hidden states of the shape (windows, length, size)."""
        tokens = self.tokens(hidden).float()
        return Scores(tokens[..., :2], tokens[..., 2], self.verdicts(hidden[:, 0]).float())


def transformed(layer: Any, hidden: Tensor, bias: Tensor) -> Tensor:
    """Return what one of MPNet's layers makes of hidden states; `bias` as `embedded` returns it."""
    attention = layer.attention.attn
    count, length, _ = hidden.shape
    query, key, value = (
        part(hidden).view(count, length, attention.num_attention_heads, -1).transpose(1, 2)
        for part in (attention.q, attention.k, attention.v)
    )
    alike = query @ key.transpose(-1, -2) * attention.attention_head_size**-0.5
    taken = (alike + bias.to(alike.dtype)).softmax(-1) @ value.to(alike.dtype)
    mixed = layer.attention.LayerNorm(attention.o(taken.transpose(1, 2).flatten(2)) + hidden)
    found: Tensor = layer.output(layer.intermediate(mixed), mixed)
    return found


def padded(some: Iterable[windows.Window], length: int) -> tuple[Tensor, Tensor]:
    """Return windows as the network takes them, each of shape (windows, length): ids and mask."""
    rows = [vocabulary(window.ids) for window in some]
    ids = torch.tensor([row + [PAD] * (length - len(row)) for row in rows])
    return ids, ids != PAD


def vocabulary(ids: Iterable[int]) -> list[int]:
    """Return BERT's ids as MPNet's."""
    return [SPECIAL.get(token, token + WORDS) for token in ids]
