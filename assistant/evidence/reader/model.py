"""The reader's network: the installed sentence encoder's architecture with a layer that scores every token.

A token has two scores: how well an answer starts and how well it ends with it. They are comparable across windows,
because training normalises them over several windows together, with one fixed score of 0 for "no answer"
(Clark and Gardner, ACL 2018: shared normalisation).
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertSelfAttention

from assistant.evidence.reader.int8 import in_int8, multiplies_bytes
from assistant.evidence.reader.windows import PAD, Window
from assistant.models.encoder import computes_bf16, device, packaged_model

WORDS = "embeddings.word_embeddings.weight"
"""Taken from the installed encoder and never trained: half of all weights need not be in the repository."""


class SpanModel(nn.Module):
    """Scores every token of a batch of windows as start and as end of an answer."""

    def __init__(self, *, attention: str = "sdpa") -> None:
        super().__init__()
        config = BertConfig.from_pretrained(packaged_model(), attn_implementation=attention)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.scores = nn.Linear(config.hidden_size, 2)

    @classmethod
    def untrained(cls, *, attention: str = "sdpa") -> "SpanModel":
        """Return the installed encoder with an untrained layer on top."""
        model = cls(attention=attention)
        model.encoder.load_state_dict(_encoder(), strict=True)
        model.encoder.get_submodule("embeddings.word_embeddings").requires_grad_(False)
        return model

    @classmethod
    def load(cls, path: Path, *, attention: str = "sdpa") -> "SpanModel":
        """Return the trained model that `save` wrote to `path`.

        Raises:
            OSError: the file cannot be read.
            RuntimeError: it holds other weights.
        """
        model = cls(attention=attention)
        model.encoder.get_submodule("embeddings.word_embeddings").requires_grad_(False)
        weights = {name: value.float() for name, value in load_file(path).items()}
        words = {f"encoder.{WORDS}": _encoder()[WORDS]}
        model.load_state_dict({**weights, **words}, strict=True)
        return model.eval()

    def save(self, path: Path) -> None:
        """Write all weights but the word embeddings to `path`, in half precision."""
        weights = {
            name: value.half().contiguous()
            for name, value in self.state_dict().items()
            if name != f"encoder.{WORDS}"
        }
        save_file(weights, path)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return the scores of windows, shape (windows, length, 2): of a start, and of an end, in nats.

        Each argument has the shape (windows, length): token ids, 0 for the question and 1 for the rest, and 1
        for tokens and 0 for padding.
        """
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        scores: Tensor = self.scores(hidden)
        return scores.float()

    def for_reading(self) -> "SpanModel":
        """Return the model on the fastest processor, in the precision in which that reads fastest."""
        place = device()
        if place == "cpu" and not computes_bf16(place) and multiplies_bytes():
            in_int8(self.encoder)
            return self.eval()
        return self.to(place, torch.bfloat16 if computes_bf16(place) else torch.float32).eval()

    @torch.inference_mode()
    def read(self, some: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Return of each window what `forward` does, shape (tokens, 2).

        Here the tokens of all windows stand one after another, and only attention goes window by window. So nothing is
        padded, nor masked, and what attention compares stays in the processor's cache: on 7 of the gold set's questions
        that takes .72 of the processor time of batches of 8 windows padded to multiples of 32.
        """
        lengths = [len(window.ids) for window in some]
        types = [[0] * window.second + [1] * (len(window.ids) - window.second) for window in some]
        place = self.scores.weight.device
        ids, kinds, places = (
            torch.tensor([list(chain.from_iterable(each))], device=place)
            for each in ([window.ids for window in some], types, map(range, lengths))
        )
        hidden = self.encoder.embeddings(input_ids=ids, token_type_ids=kinds, position_ids=places)[0]
        layers: Iterable[Any] = self.encoder.encoder.layer
        for layer in layers:
            hidden = layer.attention.output(_attended(layer.attention.self, hidden, lengths), hidden)
            hidden = layer.output(layer.intermediate(hidden), hidden)
        scores: list[NDArray[np.float32]] = [
            each.numpy() for each in self.scores(hidden).float().cpu().split(lengths)
        ]
        return scores


def _attended(attention: BertSelfAttention, hidden: Tensor, lengths: list[int]) -> Tensor:
    """Return what each token takes from those of its window; the windows stand one after another."""
    heads, size = attention.num_attention_heads, attention.attention_head_size
    asked, offered, values = (
        part(hidden).view(-1, heads, size).split(lengths)
        for part in (attention.query, attention.key, attention.value)
    )
    taken = []
    for query, key, value in zip(asked, offered, values, strict=True):
        alike = (query * size**-0.5).transpose(0, 1) @ key.permute(1, 2, 0)
        taken.append((alike.softmax(-1) @ value.transpose(0, 1)).transpose(0, 1).flatten(1))
    return torch.cat(taken)


def padded(some: Sequence[Window], length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return windows as the model takes them, each of shape (windows, length): ids, types and mask."""
    ids = torch.full((len(some), length), PAD)
    types = torch.zeros((len(some), length), dtype=torch.long)
    for row, window in enumerate(some):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        types[row, window.second : len(window.ids)] = 1
    return ids, types, (ids != PAD).long()


def _encoder() -> dict[str, Tensor]:
    """The weights of the installed encoder that the reader shares."""
    weights = load_file(Path(packaged_model()) / "model.safetensors")
    return {
        name: value
        for name, value in weights.items()
        if not name.startswith("pooler.") and name != "embeddings.position_ids"
    }
