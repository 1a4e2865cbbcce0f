"""The reader's network: the installed sentence encoder's architecture with a layer that scores every token.

A token has two scores: how well an answer starts and how well it ends with it. They are comparable across windows,
because training normalises them over several windows together, with one fixed score of 0 for "no answer"
(Clark and Gardner, ACL 2018: shared normalisation).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from assistant.embedding import packaged_model
from assistant.reader.windows import PAD, Window

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
