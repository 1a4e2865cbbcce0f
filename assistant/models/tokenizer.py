"""The encoder's tokenizer without its model: all that cutting articles needs, in processes that never load torch."""

from collections.abc import Sequence
from typing import Protocol

from tokenizers import Tokenizer

from assistant.article import Span
from assistant.errors import SettingsError

COUNTED = 1_000
"""Texts whose tokens are held in memory at once while they are counted."""

PREFIX_SHARE = 0.5
"""Of the limit, at most: the rest is for title, date and passage."""


class TextTokenizer(Protocol):
    """What cutting articles needs of an encoder."""

    @property
    def limit(self) -> int:
        """Tokens of one text that the encoder reads, special ones included, its prefix not; the rest is cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens not counted."""
        ...

    def token_spans(self, text: str) -> list[Span]:
        """Return where each token of `text` lies."""
        ...


class ModelTokenizer:
    """The tokenizer of a sentence-transformers model; it can be sent to other processes."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int, prefix: str = "") -> None:
        """Of the `limit` of the model, leave to texts what the `prefix` before each of them does not take.

        Raises:
            SettingsError: the prefix leaves too little.
        """
        # A copy: encoding switches truncation on in the model's own, for the next caller too.
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        [taken] = self.count_tokens([prefix])
        if taken > PREFIX_SHARE * limit:
            raise SettingsError(
                f"the prefix before each passage has {taken} tokens, and the encoder reads {limit} in all: set "
                "BACKFILE_PASSAGE_PREFIX to a shorter one"
            )
        self.limit = limit - taken

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See TextTokenizer."""
        return [
            len(found)
            for first in range(0, len(texts), COUNTED)
            for found in self._tokenizer.encode_batch_fast(
                list(texts[first : first + COUNTED]), add_special_tokens=False
            )
        ]

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        spans: list[Span] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return spans
