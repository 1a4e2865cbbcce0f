"""The encoder's tokenizer without its model: all that cutting articles needs, in processes that never load torch."""

from collections.abc import Sequence
from typing import Protocol

from tokenizers import Tokenizer

from assistant.article import Span

COUNTED = 1_000
"""Texts whose tokens are held in memory at once while they are counted."""


class TextTokenizer(Protocol):
    """What cutting articles needs of an encoder."""

    @property
    def limit(self) -> int:
        """Tokens of one text that the encoder reads, special tokens included; the rest is cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens not counted."""
        ...

    def token_spans(self, text: str) -> list[Span]:
        """Return where each token of `text` lies."""
        ...


class ModelTokenizer:
    """The tokenizer of a sentence-transformers model; it can be sent to other processes."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int) -> None:
        self.limit = limit
        # A copy: encoding switches truncation on in the model's own, for the next caller too.
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

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
