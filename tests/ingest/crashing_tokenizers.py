"""Tokenizers that crash their process, or raise an error, at the word FATAL."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import SourceError
from tests.word_tokenizer import WordTokenizer


class CrashingTokenizer(WordTokenizer):
    """Kills its process, like a file that needs more memory than there is."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if any("FATAL" in text for text in texts):
            self.die()
        return super().count_tokens(texts)

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class CrashingOnceTokenizer(CrashingTokenizer):
    """Kills its process only once."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self._mark = mark

    def die(self) -> None:
        if not self._mark.exists():
            self._mark.touch()
            super().die()


class FailingTokenizer(CrashingTokenizer):
    """Raises an error instead."""

    def die(self) -> None:
        raise SourceError("no room to unpack the week")
