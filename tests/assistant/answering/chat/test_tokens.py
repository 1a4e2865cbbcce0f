import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answering.chat import tokens
from assistant.answering.chat.tokens import VOCABULARY_URL, count_tokens, estimate_tokens

TEXTS = [
    "The Democratic Front for the Liberation of Palestine claimed the barrage, it said on Thursday.",
    "Council approves $41.7 million budget (2024-25), 7-2.",
    "Überraschung: Straßenbahnen fahren wieder",
    "停電が続く",
]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    tokens._encoding.cache_clear()
    yield
    tokens._encoding.cache_clear()


@pytest.mark.parametrize("folder", ["", "empty"])
def test_without_a_vocabulary_tokens_are_estimated_and_nothing_is_downloaded(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", folder and str(tmp_path / folder))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert [count_tokens(text) for text in TEXTS] == [estimate_tokens(text) for text in TEXTS]


def test_a_damaged_vocabulary_does_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / hashlib.sha1(VOCABULARY_URL.encode()).hexdigest()
    place.write_bytes(b"damaged")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("tiktoken.load.read_file", refuse)
    assert count_tokens(TEXTS[0]) == estimate_tokens(TEXTS[0])


@pytest.mark.parametrize("text", TEXTS)
def test_every_word_and_punctuation_mark_has_a_token(text: str) -> None:
    assert estimate_tokens(text) >= len(text.split())
    assert estimate_tokens(text + "!") == estimate_tokens(text) + 1


def test_long_words_have_several() -> None:
    assert estimate_tokens("a" * 400) == 100
    assert estimate_tokens("停" * 4) == 3
