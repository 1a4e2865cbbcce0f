"""Embedding models on a server, reached through the clients of their providers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from langchain_ollama import OllamaEmbeddings

from assistant.assistant import Assistant
from assistant.errors import ModelError
from assistant.models.configured_encoder import open_encoder
from assistant.models.langchain_encoder import LangChainEncoder
from assistant.settings import Settings
from tests.fakes import ingest
from tests.ports import free_port
from tests.server.conftest import STORIES
from tests.server.scripted import KEY

pytestmark = pytest.mark.server

CLIENTS = [("openai", "/v1"), ("ollama", "")]


Open = Callable[[Settings], LangChainEncoder]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open encoders; at the end close the connection that Ollama's client leaves open."""
    made: list[LangChainEncoder] = []

    def open(settings: Settings) -> LangChainEncoder:
        encoder = open_encoder(settings)
        assert isinstance(encoder, LangChainEncoder)
        made.append(encoder)
        return encoder

    yield open
    for encoder in made:
        if isinstance(encoder._embeddings, OllamaEmbeddings):
            assert encoder._embeddings._client is not None
            encoder._embeddings._client.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("provider", "path"), CLIENTS)
def test_questions_and_passages_go_to_the_server_as_texts_with_their_prefixes(
    scripted_server: str, opened: Open, provider: str, path: str
) -> None:
    encoder = opened(
        Settings(
            encoder=f"{provider}:letters",
            encoder_url=scripted_server + path,
            query_prefix="b",
            passage_prefix="cc",
        )
    )
    [asked], told = encoder.encode_queries(["aa"]), encoder.encode_passages(["aa", "c"] * 50)
    assert (encoder.dimension, told.shape) == (27, (100, 27))
    assert asked[:3] == pytest.approx(np.array([2, 1, 0]) / 5**0.5)
    assert told[0, :3] == pytest.approx(np.array([2, 0, 2]) / 8**0.5)
    assert told[99, :3] == pytest.approx([0, 0, 1])


@pytest.mark.parametrize(("provider", "path"), CLIENTS)
@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("refusing", "refused the key (HTTP 401): check the provider's key variable."),
        ("failing", "has a failing server (HTTP 500): try again, and check the server if it happens again."),
    ],
)
def test_a_refusal_of_the_server_is_explained_in_plain_words(
    scripted_server: str, opened: Open, provider: str, path: str, model: str, why: str
) -> None:
    name = f"{provider}:{model}"
    encoder = opened(Settings(encoder=name, encoder_url=scripted_server + path))
    with pytest.raises(ModelError) as failed:
        encoder.encode_passages(["The storm broke the sea wall."])
    assert str(failed.value) == f"The encoder {name} {why}"
    assert KEY not in str(failed.value)


@pytest.mark.parametrize(("provider", "path"), CLIENTS)
def test_where_no_server_listens_the_address_is_to_be_checked(opened: Open, provider: str, path: str) -> None:
    url = f"http://127.0.0.1:{free_port()}{path}"
    encoder = opened(Settings(encoder=f"{provider}:letters", encoder_url=url))
    with pytest.raises(
        ModelError, match="cannot be reached: start its server, or check BACKFILE_ENCODER_URL and the network"
    ):
        encoder.encode_queries(["Who?"])


@pytest.mark.models
def test_an_archive_is_made_and_asked_with_it(scripted_server: str, tmp_path: Path) -> None:
    settings = Settings(
        archive=tmp_path / "archive", encoder="openai:letters", encoder_url=f"{scripted_server}/v1"
    )
    (tmp_path / "desk.json").write_text(json.dumps(STORIES))
    ingest(settings.archive, tmp_path / "desk.json", encoder=open_encoder(settings))
    assistant = Assistant.open(settings)
    answer = assistant.ask("How many sailings were cancelled, as the union claimed?").answer
    assistant.close()
    assert answer.citations[0].quote == "The union claimed that 40 sailings were cancelled."
