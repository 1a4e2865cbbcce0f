"""Opens the encoder that BACKFILE_ENCODER names, at once or when it is first needed."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from assistant.article import Span
from assistant.errors import SettingsError
from assistant.models.encoder import DEFAULT_ENCODER, Encoder, TextEncoder, Vectors
from assistant.models.langchain_encoder import LangChainEncoder, class_embeddings, provider_embeddings
from assistant.models.provider import ENCODER, ProviderModel
from assistant.models.tokenizer import TextTokenizer
from assistant.settings import Settings

_PROVIDER_MODEL = re.compile(r"[a-z][\w-]+:[^\\/].*", re.IGNORECASE)
"""`provider:model`. A path such as `C:\\models\\small` has one letter before the colon."""

_CLASS = re.compile(r"[a-z_]\w*(\.\w+)+:\w+", re.IGNORECASE)
"""`package.module:ClassName`. No provider has a dot in its name."""


def encoder_name(settings: Settings) -> str:
    """Return the encoder's name, which an archive stores."""
    return settings.encoder or DEFAULT_ENCODER


def open_encoder(settings: Settings) -> TextEncoder:
    """Open the encoder that the settings name.

    Raises:
        SettingsError: the encoder cannot be opened, or BACKFILE_ENCODER_URL is set for one without a server.
    """
    name = settings.encoder
    prefixes = {"query_prefix": settings.query_prefix, "passage_prefix": settings.passage_prefix}
    # The name of a folder may also contain a colon.
    if _PROVIDER_MODEL.fullmatch(name) and not Path(name).exists():
        embeddings = provider_embeddings(ProviderModel(ENCODER, name, settings.encoder_url))
    elif settings.encoder_url:
        raise SettingsError(
            f"BACKFILE_ENCODER_URL is set, but the encoder {encoder_name(settings)} has no server: set "
            "BACKFILE_ENCODER to provider:model, as in ollama:nomic-embed-text, or unset BACKFILE_ENCODER_URL"
        )
    elif _CLASS.fullmatch(name) and not Path(name).exists():
        embeddings = class_embeddings(name)
    else:
        return Encoder.open(name, **prefixes)
    return LangChainEncoder(embeddings, name=name, **prefixes)


class LazyEncoder:
    """An encoder that is opened when it is first needed, so an ingest that finds nothing new does not wait for it."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is opened yet."""
        self.name = encoder_name(settings)
        self._settings = settings

    @cached_property
    def _encoder(self) -> TextEncoder:
        return open_encoder(self._settings)

    @property
    def tokenizer(self) -> TextTokenizer:
        """See PassageEncoder."""
        return self._encoder.tokenizer

    @property
    def limit(self) -> int:
        """See TextTokenizer."""
        return self._encoder.limit

    @property
    def dimension(self) -> int:
        """See PassageEncoder."""
        return self._encoder.dimension

    @property
    def passage_prefix(self) -> str:
        """See PassageEncoder."""
        return self._encoder.passage_prefix

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See PassageEncoder."""
        return self._encoder.encode_passages(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return self._encoder.count_tokens(texts)

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        return self._encoder.token_spans(text)
