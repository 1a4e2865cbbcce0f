"""The tokenizer of `WordEncoder`, alone: processes that parse import nothing else of the tests."""

import re
from collections.abc import Sequence

from assistant.article import Span

_TOKEN = re.compile(r"\w+|[^\w\s]")


class WordTokenizer:
    """Takes words, and what stands between them, for tokens."""

    def __init__(self, limit: int = 60) -> None:
        self.limit = limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_TOKEN.findall(text)) for text in texts]

    def token_spans(self, text: str) -> list[Span]:
        return [match.span() for match in _TOKEN.finditer(text)]
