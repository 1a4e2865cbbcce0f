"""Tokenizers that end their process, or fail, at the word FATAL."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import SourceError
from tests.word_tokenizer import WordTokenizer


class CrashingTokenizer(WordTokenizer):
    """Takes its process with it, like a file that needs more memory than there is."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if any("FATAL" in text for text in texts):
            self.die()
        return super().count_tokens(texts)

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class CrashingOnceTokenizer(CrashingTokenizer):
    """Does so once only."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self._mark = mark

    def die(self) -> None:
        if not self._mark.exists():
            self._mark.touch()
            super().die()


class FailingTokenizer(CrashingTokenizer):
    """Says what is wrong, instead."""

    def die(self) -> None:
        raise SourceError("no room to unpack the week")
