"""The tokenizer of `WordEncoder`, in its own module so that worker processes import nothing else of the tests."""

import re
from collections.abc import Sequence

from assistant.article import Span

_TOKEN = re.compile(r"\w+|[^\w\s]")


class WordTokenizer:
    """Tokens are words and single punctuation marks."""

    def __init__(self, limit: int = 60) -> None:
        self.limit = limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_TOKEN.findall(text)) for text in texts]

    def token_spans(self, text: str) -> list[Span]:
        return [match.span() for match in _TOKEN.finditer(text)]
