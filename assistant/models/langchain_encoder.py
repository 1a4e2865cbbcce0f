"""An encoder behind LangChain's Embeddings: a provider's model, or a class that the user wrote.

Its tokenizer is not available here, so passages are cut with the default model's tokenizer.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from tokenizers import Tokenizer

from assistant.article import Span
from assistant.errors import ModelError, SettingsError
from assistant.models.encoder import LIMIT, Vectors, packaged_model, unit_vectors
from assistant.models.provider import ENCODER, TIMEOUT_SECONDS, ProviderModel, model_error
from assistant.models.tokenizer import ModelTokenizer

PASSAGES_PER_REQUEST = 64
"""Providers accept 96 and more. A server on a slow processor takes seconds for this many."""


class LangChainEncoder:
    """Turns texts into unit vectors with LangChain Embeddings."""

    def __init__(
        self, embeddings: Embeddings, *, name: str, query_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        """Use `embeddings` under this name; put the prefixes before questions and passages.

        Raises:
            SettingsError: the prefix of passages is too long.
        """
        self.name = name
        self.passage_prefix = passage_prefix
        tokenizer = Tokenizer.from_file(str(Path(packaged_model()) / "tokenizer.json"))
        self.tokenizer = ModelTokenizer(tokenizer, limit=LIMIT, prefix=passage_prefix)
        self.limit = self.tokenizer.limit
        self._query_prefix = query_prefix
        self._embeddings = embeddings
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """See PassageEncoder. Known only from a vector, so one may be requested."""
        if self._dimension is None:
            self.encode_passages(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See TextEncoder.

        Raises:
            ModelError: the model failed, or returned unusable vectors.
        """
        with self._as_model_errors():
            rows = [self._embeddings.embed_query(self._query_prefix + text) for text in texts]
        return self._vectors(rows, len(texts))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See PassageEncoder.

        Raises:
            ModelError: the model failed, or returned unusable vectors.
        """
        rows: list[list[float]] = []
        for first in range(0, len(texts), PASSAGES_PER_REQUEST):
            batch = [self.passage_prefix + text for text in texts[first : first + PASSAGES_PER_REQUEST]]
            with self._as_model_errors():
                rows += self._embeddings.embed_documents(batch)
        return self._vectors(rows, len(texts))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self.tokenizer.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self.tokenizer.token_spans(text)

    def _vectors(self, rows: Sequence[Sequence[float]], count: int) -> Vectors:
        """Check the rows that a model returned for `count` texts, and return them as unit vectors."""
        if not count:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._as_model_errors():
            lengths = {len(row) for row in rows}
            found = np.array([list(row) for row in rows] if len(lengths) == 1 else [], dtype=np.float32)
        if len(found) != count or (self._dimension or found.shape[1]) != found.shape[1]:
            expected = f"{count} of {self._dimension}" if self._dimension else f"{count} of one length"
            raise ModelError(
                f"The encoder {self.name} returned {len(rows)} vectors of {sorted(lengths)} numbers instead of "
                f"{expected}: check that BACKFILE_ENCODER names an embedding model, and that its server is set up as "
                "its documentation says."
            )
        self._dimension = found.shape[1]
        return unit_vectors(found, self.name)

    @contextmanager
    def _as_model_errors(self) -> Iterator[None]:
        """Raise the model's errors as ModelErrors in plain words."""
        try:
            yield
        except Exception as error:
            # Any provider's code runs here, and it may raise anything.
            raise model_error(error, self.name, ENCODER) from error


def provider_embeddings(chosen: ProviderModel) -> Embeddings:
    """Return the embedding model of a provider. Sends no request yet.

    Raises:
        SettingsError: the provider is unknown, its package is not installed, or its key is not set.
    """
    # Imported here so that the default encoder does not wait for it.
    from langchain.embeddings import init_embeddings

    options: dict[str, dict[str, Any]] = {
        "ollama": {"client_kwargs": {"timeout": TIMEOUT_SECONDS}},
        # Sends text. Otherwise it sends tokens, which needs a download and only works with OpenAI's own servers.
        "openai": {"timeout": TIMEOUT_SECONDS, "check_embedding_ctx_length": False},
    }
    opened: Embeddings = chosen.open(
        partial(init_embeddings, chosen.model, provider=chosen.provider), **options.get(chosen.provider, {})
    )
    return opened


def class_embeddings(name: str) -> Embeddings:
    """Return an instance of the class `name`, written as `package.module:ClassName`. It gets no arguments.

    Raises:
        SettingsError: there is no such class, it raises an error, or it is not a subclass of Embeddings.
    """
    module, _, kind = name.partition(":")
    try:
        embeddings = getattr(importlib.import_module(module), kind)()
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, but there is no such class ({error}): give package.module:ClassName, and "
            "check that Python finds the package (PYTHONPATH)"
        ) from error
    except Exception as error:
        # The text of the error may contain a key, so it is not repeated.
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, which cannot be opened ({type(error).__name__}): make sure that the class "
            "can be called without arguments"
        ) from error
    if not isinstance(embeddings, Embeddings):
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, which is not an embedding model: make it a subclass of "
            "langchain_core.embeddings.Embeddings"
        )
    return embeddings
