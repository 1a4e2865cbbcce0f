"""The encoder's tokenizer without its model. Processes that only cut articles use it and never load torch."""

from collections.abc import Sequence
from typing import Protocol

from tokenizers import Tokenizer

from assistant.article import Span
from assistant.errors import SettingsError

BATCH = 1_000
"""Texts whose tokens are in memory at once while they are counted."""

PREFIX_SHARE = 0.5
"""Largest share of the limit that a prefix may take. The rest is for title, date and passage."""


class TextTokenizer(Protocol):
    """What cutting articles needs of an encoder."""

    @property
    def limit(self) -> int:
        """Tokens of one text that the encoder reads, with special tokens, without the prefix. It ignores the rest."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""
        ...

    def token_spans(self, text: str) -> list[Span]:
        """Return the span of each token of `text`."""
        ...


class ModelTokenizer:
    """The tokenizer of a sentence-transformers model. It can be pickled and sent to other processes."""

    def __init__(self, tokenizer: Tokenizer, *, limit: int, prefix: str = "") -> None:
        """Use a copy of `tokenizer`. Texts get the model's `limit` less the tokens of `prefix`.

        Raises:
            SettingsError: the prefix takes more than PREFIX_SHARE of the limit.
        """
        # A copy, because encoding with the model switches truncation on in its own tokenizer.
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
            for first in range(0, len(texts), BATCH)
            for found in self._tokenizer.encode_batch_fast(
                list(texts[first : first + BATCH]), add_special_tokens=False
            )
        ]

    def token_spans(self, text: str) -> list[Span]:
        """See TextTokenizer."""
        spans: list[Span] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return spans
