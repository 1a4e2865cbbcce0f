"""The deep reader's network: MPNet with layers that score tokens for spans and sentences, and windows for yes or no.

Of each token it says how well an answer starts and how well it ends there, on the scale of `SpanModel`: normalised over
all windows of a question, with one fixed score of 0 for "no answer". The mean of the tokens' third score over a
sentence says how much the sentence belongs to the answer; 0 is even chance. From the first token comes whether the
window tells "yes", tells "no", or tells neither.

MPNet (Song et al., NeurIPS 2020) has the words of BERT's uncased vocabulary, four places later, no token types, and
adds to attention a bias by the distance of two tokens.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import MPNetConfig, MPNetModel

from assistant.evidence.reader import shards, windows
from assistant.evidence.reader.int8 import in_int8, multiplies_bytes
from assistant.models.encoder import computes_bf16, device

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


class Scored(NamedTuple):
    """What the network says of one window; in nats."""

    spans: NDArray[np.float32]
    """Start and end of an answer, shape (tokens, 2)."""
    sentences: NDArray[np.float32]
    """Of each token, shape (tokens,)."""
    verdicts: NDArray[np.float32]
    """In the order of VERDICTS, shape (3,)."""


Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From queries, keys and values, each (…, heads * size), to what each token takes from others, of the same shape."""


class DeepSpanModel(nn.Module):
    """Scores windows; see the module."""

    def __init__(self, config: MPNetConfig) -> None:
        super().__init__()
        self.encoder = MPNetModel(config, add_pooling_layer=False)
        # No file has it and nothing uses it: positions are always given. On "meta" it could not be moved.
        self.encoder.embeddings.register_buffer("position_ids", None, persistent=False)
        self.tokens = nn.Linear(config.hidden_size, 3)
        self.verdicts = nn.Linear(config.hidden_size, len(VERDICTS))
        self.frozen = 0
        """Lower layers that are computed without gradients."""

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

    @classmethod
    def load(cls, folder: Path, *, dtype: torch.dtype = torch.float32) -> "DeepSpanModel":
        """Return the trained model that `save` wrote to `folder`.

        Raises:
            OSError: a file cannot be read.
            RuntimeError: they hold other weights.
        """
        weights = shards.read(folder, dtype)
        # Nothing is computed for weights that are replaced at once.
        with torch.device("meta"):
            model = cls(_config(weights))
        model.load_state_dict(weights, strict=True, assign=True)
        return model.requires_grad_(False).eval()

    def save(self, folder: Path) -> None:
        """Write all weights to `folder`, a number of 8 bits each."""
        shards.write(self.state_dict(), folder)

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
        count, length = ids.shape
        layers = self.layers()
        with torch.no_grad():
            hidden = self.embedded(ids, torch.arange(length, device=ids.device).expand(count, length))
            bias = self.distances(length) + torch.where(mask, 0.0, -1e4)[:, None, None, :]

        def attend(*parts: Tensor) -> Tensor:
            query, key, value = (
                part.view(count, length, bias.shape[1], -1).transpose(1, 2) for part in parts
            )
            alike = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
            # What is added is in the precision of attention, or all of it would be computed in that of the bias.
            taken: Tensor = (alike + bias.to(alike.dtype)).softmax(-1) @ value.to(alike.dtype)
            return taken.transpose(1, 2).flatten(2)

        with torch.no_grad():
            for layer in layers[: self.frozen]:
                hidden = transformed(layer, hidden, attend)
        for layer in layers[self.frozen :]:
            hidden = transformed(layer, hidden, attend)
        return self.scored(hidden)

    def for_reading(self) -> "DeepSpanModel":
        """Return the model on the fastest processor, in the precision in which that reads fastest."""
        place = device()
        if place == "cpu" and multiplies_bytes():
            in_int8(self.encoder)
            return self.eval()
        return self.to(place, torch.bfloat16 if computes_bf16(place) else torch.float32).eval()

    def read(self, some: Sequence[windows.Window]) -> list[NDArray[np.float32]]:
        """Return of each window how well an answer starts and ends at its tokens, shape (tokens, 2)."""
        return [scored.spans for scored in self.score(some)]

    @torch.inference_mode()
    def score(self, some: Sequence[windows.Window]) -> list[Scored]:
        """Return of each window what `forward` does.

        Nothing is padded: the tokens of all windows stand one after another, and only attention goes window by window.
        """
        lengths = [len(window.ids) for window in some]
        place = self.verdicts.weight.device
        ids = torch.tensor([vocabulary(chain.from_iterable(window.ids for window in some))], device=place)
        places = torch.tensor([list(chain.from_iterable(map(range, lengths)))], device=place)
        hidden = self.embedded(ids, places)
        bias = self.distances(max(lengths))[0].to(hidden.dtype)

        def attend(*parts: Tensor) -> Tensor:
            taken = []
            for query, key, value in zip(
                *(
                    _apart(part.view(-1, bias.shape[0], part.shape[-1] // bias.shape[0]), lengths)
                    for part in parts
                ),
                strict=True,
            ):
                alike = (query * query.shape[-1] ** -0.5).transpose(0, 1) @ key.permute(1, 2, 0)
                near = bias[:, : len(query), : len(query)]
                taken.append(((alike + near).softmax(-1) @ value.transpose(0, 1)).transpose(0, 1).flatten(1))
            return torch.cat(taken).unsqueeze(0)

        for layer in self.layers():
            hidden = transformed(layer, hidden, attend)
        scores = self.scored(hidden)
        firsts = hidden[0, [0, *np.cumsum(lengths)[:-1].tolist()]]
        verdicts = self.verdicts(firsts).float()
        return [
            Scored(spans.numpy(), sentences.numpy(), verdict.numpy())
            for spans, sentences, verdict in zip(
                _apart(scores.spans[0].cpu(), lengths),
                _apart(scores.sentences[0].cpu(), lengths),
                verdicts.cpu(),
                strict=True,
            )
        ]

    def embedded(self, ids: Tensor, places: Tensor) -> Tensor:
        """Return the hidden states of tokens, by their ids and their places in their windows, counted from 0."""
        hidden: Tensor = self.encoder.embeddings(input_ids=ids, position_ids=places + POSITIONS)
        return hidden

    def distances(self, length: int) -> Tensor:
        """Return the bias of attention by distance, shape (1, heads, length, length)."""
        places = torch.zeros((1, length, 1), device=self.verdicts.weight.device)
        encoder: Any = self.encoder.encoder
        found: Tensor = encoder.compute_position_bias(places)
        return found

    def scored(self, hidden: Tensor) -> Scores:
        """Return the scores of hidden states of the shape (windows, length, size)."""
        tokens = self.tokens(hidden).float()
        return Scores(tokens[..., :2], tokens[..., 2], self.verdicts(hidden[:, 0]).float())


def transformed(layer: Any, hidden: Tensor, attend: Attend) -> Tensor:
    """Return what one of MPNet's layers makes of hidden states."""
    attention = layer.attention.attn
    taken = attend(attention.q(hidden), attention.k(hidden), attention.v(hidden))
    mixed = layer.attention.LayerNorm(attention.o(taken) + hidden)
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


def _apart(tokens: Tensor, lengths: list[int]) -> tuple[Tensor, ...]:
    """Return what belongs to each window, of tokens that stand one after another."""
    found: tuple[Tensor, ...] = tokens.split(lengths)  # type: ignore[no-untyped-call]
    return found


def _config(weights: dict[str, Tensor]) -> MPNetConfig:
    """Return the architecture that weights are of: MPNet's sizes, or those of a smaller one."""
    layers = {name.split(".")[3] for name in weights if name.startswith("encoder.encoder.layer.")}
    words, size = weights["encoder.embeddings.word_embeddings.weight"].shape
    positions = len(weights["encoder.embeddings.position_embeddings.weight"])
    buckets, heads = weights["encoder.encoder.relative_attention_bias.weight"].shape
    inner = len(weights["encoder.encoder.layer.0.intermediate.dense.weight"])
    return MPNetConfig(
        vocab_size=words,
        hidden_size=size,
        num_hidden_layers=len(layers),
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        relative_attention_num_buckets=buckets,
        layer_norm_eps=1e-5,
    )
