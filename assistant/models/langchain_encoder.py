"""An encoder that is somebody else's: a provider's model, or a class of one's own, as LangChain Embeddings.

It has no tokenizer here, so passages are cut by that of the default model.
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

REQUEST = 64
"""Passages sent at once: providers take 96 and more, and a server on a slow processor needs seconds for so many."""


class LangChainEncoder:
    """Turns texts into unit vectors by LangChain Embeddings."""

    def __init__(
        self, embeddings: Embeddings, *, name: str, query_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        """Put the prefixes before texts.

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
        """See PassageEncoder. Only a vector tells."""
        if self._dimension is None:
            self.encode_passages(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See TextEncoder.

        Raises:
            ModelError: the model failed, or gave no usable vectors.
        """
        with self._told():
            rows = [self._embeddings.embed_query(self._query_prefix + text) for text in texts]
        return self._vectors(rows, len(texts))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See PassageEncoder.

        Raises:
            ModelError: the model failed, or gave no usable vectors.
        """
        rows: list[list[float]] = []
        for first in range(0, len(texts), REQUEST):
            some = [self.passage_prefix + text for text in texts[first : first + REQUEST]]
            with self._told():
                rows += self._embeddings.embed_documents(some)
        return self._vectors(rows, len(texts))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self.tokenizer.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self.tokenizer.token_spans(text)

    def _vectors(self, rows: Sequence[Sequence[float]], count: int) -> Vectors:
        if not count:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._told():
            lengths = {len(row) for row in rows}
            found = np.array([list(row) for row in rows] if len(lengths) == 1 else [], dtype=np.float32)
        if len(found) != count or (self._dimension or found.shape[1]) != found.shape[1]:
            expected = f"{count} of {self._dimension}" if self._dimension else f"{count} of one length"
            raise ModelError(
                f"The encoder {self.name} gave {len(rows)} vectors of {sorted(lengths)} numbers where {expected} were "
                "due: check that BACKFILE_ENCODER names an embedding model, and that it runs as its makers say."
            )
        self._dimension = found.shape[1]
        return unit_vectors(found, self.name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell in plain words what went wrong."""
        try:
            yield
        except Exception as error:
            # The one seam to code of others, which raises what it likes.
            raise model_error(error, self.name, ENCODER) from error


def provided_embeddings(chosen: ProviderModel) -> Embeddings:
    """Return the embedding model of a provider; nothing is sent to it yet.

    Raises:
        SettingsError: the provider is unknown, its package is not installed, or its key is not set.
    """
    # Here, not above: the default encoder should not wait for it.
    from langchain.embeddings import init_embeddings

    options: dict[str, dict[str, Any]] = {
        "ollama": {"client_kwargs": {"timeout": TIMEOUT_SECONDS}},
        # As text: tokens, which else are sent, are known by OpenAI's own servers only, and by a vocabulary to download.
        "openai": {"timeout": TIMEOUT_SECONDS, "check_embedding_ctx_length": False},
    }
    opened: Embeddings = chosen.opened(
        partial(init_embeddings, chosen.model, provider=chosen.provider), **options.get(chosen.provider, {})
    )
    return opened


def own_embeddings(name: str) -> Embeddings:
    """Return an instance of the class called `name`, `package.module:ClassName`; it is given nothing.

    Raises:
        SettingsError: there is no such class, it fails, or is something else.
    """
    module, _, kind = name.partition(":")
    try:
        made = getattr(importlib.import_module(module), kind)()
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, but there is no such class ({error}): give package.module:ClassName, and "
            "see that Python finds the package (PYTHONPATH)"
        ) from error
    except Exception as error:
        # Whose text may hold a key.
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, which cannot be opened ({type(error).__name__}): the class is called "
            "without arguments; see what it needs"
        ) from error
    if not isinstance(made, Embeddings):
        raise SettingsError(
            f"BACKFILE_ENCODER is {name!r}, which is no embedding model: derive it from "
            "langchain_core.embeddings.Embeddings"
        )
    return made
