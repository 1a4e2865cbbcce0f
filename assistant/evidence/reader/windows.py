"""What the reader sees of a passage: question, header and as much of the text as fits, token by token.

A window is `[CLS] question [SEP] header text [SEP]`. Only tokens of the text can be part of an answer; the header
(title and date of the article) is there to be understood.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from assistant.article import Span
from assistant.models.encoder import packaged_model

LONGEST_WINDOW = 320
"""Tokens. A passage has 254 at most with its header; with a question of 60 it still fits whole."""

LONGEST_QUESTION = 64
"""Tokens of question and conversation together; of a longer one its end is kept."""

LONGEST_HEADER = 48
"""Tokens: a title as long as the passage builder lets it be, and a date."""

OVERLAP = 64
"""Tokens that two windows of one text share, so that no answer is cut by the border."""

CLS, SEP, PAD = 101, 102, 0
"""Ids of the encoder's vocabulary, that of BERT uncased."""


@dataclass(frozen=True)
class Window:
    """A stretch of one text beside the question."""

    ids: list[int]
    """Token ids, special tokens included."""
    second: int
    """Place of the first token that belongs to header or text."""
    first: int
    """Place of the first token of the text."""
    spans: list[Span]
    """Where the tokens of the text lie in it, in code points."""


@cache
def tokenizer() -> Tokenizer:
    """Return the tokenizer of the encoder that the reader was trained from."""
    found = Tokenizer.from_file(str(Path(packaged_model()) / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def tokens(texts: Sequence[str]) -> list[Encoding]:
    """Return the tokens of texts, without special ones."""
    found: list[Encoding] = tokenizer().encode_batch(list(texts), add_special_tokens=False)
    return found


def windows(
    question: Sequence[int],
    header: Sequence[int],
    text: Encoding,
    *,
    longest: int = LONGEST_WINDOW,
    overlap: int = OVERLAP,
) -> Iterator[Window]:
    """Yield the windows of a text, given as tokens; one where it fits."""
    asked = list(question[-LONGEST_QUESTION:])
    front = [CLS, *asked, SEP, *header[:LONGEST_HEADER]]
    room = longest - len(front) - 1
    ids, offsets = text.ids, text.offsets
    start = 0
    while True:
        end = min(start + room, len(ids))
        yield Window([*front, *ids[start:end], SEP], len(asked) + 2, len(front), offsets[start:end])
        if end == len(ids):
            return
        start = end - overlap
