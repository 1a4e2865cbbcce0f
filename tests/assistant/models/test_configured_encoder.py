"""The encoder that the setting names, and an archive made and searched with a class that the user wrote."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import __main__ as asking
from assistant.archive.catalog import Catalog
from assistant.errors import SettingsError
from assistant.models.configured_encoder import open_encoder
from assistant.settings import Settings
from ingest import __main__ as ingesting
from ingest.parsing import parser as parsing
from ingest.store import embedding
from ingest.store import indexer as indexing
from tests.conftest import STORIES
from tests.fakes import WordEmbeddings
from tests.ingest.store.test_indexer import state

OWN = "tests.fakes:WordEmbeddings"
QUESTION = "How many sailings were cancelled, as the union claimed?"


class NoEmbeddings:
    """A class that is not an embedding model."""


class Keyless(WordEmbeddings):
    """Fails when it is opened, as clients without a key do."""

    def __init__(self) -> None:
        raise ValueError("the key sk-secret is none")


@pytest.fixture(autouse=True)
def _clear_recorded_texts() -> Iterator[None]:
    WordEmbeddings.questions.clear()
    WordEmbeddings.passages.clear()
    yield


@pytest.fixture
def desk(tmp_path: Path) -> str:
    (tmp_path / "desk.json").write_text(json.dumps(STORIES))
    return str(tmp_path / "desk.json")


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return str(tmp_path / "archive")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a user with an encoder class."""
    monkeypatch.setenv("BACKFILE_ENCODER", OWN)
    monkeypatch.setenv("BACKFILE_QUERY_PREFIX", "query: ")
    monkeypatch.setenv("BACKFILE_PASSAGE_PREFIX", "passage: ")


def cited(archive: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Ask the question, and return the titles of the cited articles."""
    assert asking.main(["ask", QUESTION, "--archive", archive, "--json"]) == 0
    return [
        citation["title"] for citation in json.loads(capsys.readouterr().out.splitlines()[-1])["citations"]
    ]


# From the ingested file to the answer


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("beside", [False, True], ids=["here", "by workers"])
def test_a_users_class_embeds_questions_and_passages_with_their_prefixes(
    archive: str, desk: str, beside: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if beside:
        monkeypatch.setattr(indexing, "SINGLE_PROCESS_BYTES", 0)
        monkeypatch.setattr(parsing, "SHARE_BYTES", 1)
    assert ingesting.main([desk, "--archive", archive]) == 0
    probe, *passages = WordEmbeddings.passages
    assert WordEmbeddings.questions == [] and probe.startswith("passage: The council voted")
    assert "passage: Council passes budget. 20 February 2024.\nThe council passed" in "".join(passages)
    assert all(text.startswith("passage: ") and text.count("passage: ") == 1 for text in passages)
    assert len(state(Path(archive))) == len(passages) >= 4
    assert cited(archive, capsys)[0] == "Ferry strike begins in Port Ellery"
    assert WordEmbeddings.questions == [f"query: {QUESTION}"]


@pytest.mark.usefixtures("own")
def test_an_archive_refuses_another_passage_prefix_but_accepts_another_query_prefix(
    archive: str, desk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingesting.main([desk, "--archive", archive]) == 0
    monkeypatch.setenv("BACKFILE_QUERY_PREFIX", "question: ")
    assert cited(archive, capsys)
    monkeypatch.setenv("BACKFILE_PASSAGE_PREFIX", "text: ")
    mismatch = (
        "embedded with the prefix 'passage: ', not 'text: ': set BACKFILE_PASSAGE_PREFIX to 'passage: '"
    )
    assert asking.main(["ask", QUESTION, "--archive", archive]) == 2
    assert mismatch in capsys.readouterr().err
    Path(desk).write_text(json.dumps([*STORIES, {"title": "Rain", "text": "It rained."}]))
    assert ingesting.main([desk, "--archive", archive]) == 2
    assert mismatch in capsys.readouterr().err
    assert ingesting.main(["--reembed", "--archive", archive]) == 0
    assert cited(archive, capsys)


def test_an_archive_without_a_stored_prefix_has_none(
    archive: str, desk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKFILE_ENCODER", OWN)
    assert ingesting.main([desk, "--archive", archive]) == 0
    catalog = Catalog.create(Path(archive) / "catalog.sqlite")
    with catalog.writing() as connection:
        connection.exec_driver_sql("DELETE FROM properties WHERE name = 'passage_prefix'")
    catalog.close()
    assert cited(archive, capsys)
    monkeypatch.setenv("BACKFILE_PASSAGE_PREFIX", "passage: ")
    assert asking.main(["ask", QUESTION, "--archive", archive]) == 2
    assert (
        "embedded with the prefix '', not 'passage: ': unset BACKFILE_PASSAGE_PREFIX, or run"
        in capsys.readouterr().err
    )


@pytest.mark.usefixtures("own")
def test_an_empty_archive_accepts_any_prefix(
    archive: str, desk: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(desk).write_text("[]")
    assert ingesting.main([desk, "--archive", archive]) == 1
    assert asking.main(["ask", QUESTION, "--archive", archive, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["reason_code"] == "archive_empty"


@pytest.mark.usefixtures("own")
def test_the_same_command_completes_an_ingest_during_which_the_server_failed(
    archive: str, desk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embedding, "EMBEDDING_BATCH", 2)

    class Failing(WordEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            if len(self.passages) > 2:
                raise ConnectionRefusedError("sk-secret")
            return super().embed_documents(texts)

    with monkeypatch.context() as patch:
        patch.setattr("tests.fakes.WordEmbeddings", Failing)
        assert ingesting.main([desk, "--archive", archive]) == 2
    said = capsys.readouterr().err
    assert f"The encoder {OWN} cannot be reached: start its server, or check BACKFILE_ENCODER_URL" in said
    assert "sk-secret" not in said
    assert ingesting.main(["--check", "--archive", archive]) == 1
    assert "without a vector: run the ingest again, it continues" in capsys.readouterr().out
    assert ingesting.main([desk, "--archive", archive]) == 0
    assert len(state(Path(archive))) >= 4
    assert cited(archive, capsys)


# Values of the setting


@pytest.mark.parametrize(
    ("name", "missing", "remedy"),
    [
        ("openai:text-embedding-3-small", None, "OPENAI_API_KEY is not set: set it to your key"),
        ("ollama:nomic-embed-text", "langchain_ollama", "pip install 'backfile[ollama]'"),
        ("mistralai:mistral-embed", "langchain_mistralai", "pip install langchain-mistralai"),
        (
            "anthropic:any",
            None,
            "check the provider (ollama, openai or another of LangChain's init_embeddings",
        ),
        (
            "nosuch:model",
            None,
            "check the provider (ollama, openai or another of LangChain's init_embeddings",
        ),
        ("tests.nosuch:Embedder", None, "No module named 'tests.nosuch'"),
        ("tests.fakes:Embedder", None, "has no attribute 'Embedder'"),
        (
            "tests.assistant.models.test_configured_encoder:NoEmbeddings",
            None,
            "make it a subclass of langchain_core.embeddings.Embeddings",
        ),
        ("tests.assistant.models.test_configured_encoder:Keyless", None, "cannot be opened (ValueError)"),
    ],
)
def test_an_encoder_that_cannot_be_opened_is_reported_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, missing: str | None, remedy: str
) -> None:
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(key, "sk-secret" if name.startswith("anthropic") else "")
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SettingsError) as refused:
        open_encoder(Settings(encoder=name))
    assert f"BACKFILE_ENCODER is {name!r}" in str(refused.value) and remedy in str(refused.value)
    assert "sk-secret" not in str(refused.value)


@pytest.mark.models
@pytest.mark.parametrize(
    "path",
    [
        r"C:\models\small",
        "C:/models/small",
        "/models/small:2",
        "models/small:2",
        "./small:2",
        "https://hub.example/small",
    ],
)
def test_a_path_with_a_colon_is_not_taken_for_a_provider(path: str) -> None:
    with pytest.raises(SettingsError, match="is not on this machine: give the path"):
        open_encoder(Settings(encoder=path))


@pytest.mark.models
def test_a_folder_with_a_colon_in_its_name_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests import tiny_model

    monkeypatch.chdir(tmp_path)
    tiny_model.make_static(Path("small:latest"))
    assert open_encoder(Settings(encoder="small:latest")).name == "small:latest"


@pytest.mark.parametrize("encoder", ["", "models/small", OWN])
def test_an_address_for_an_encoder_without_a_server_is_refused(encoder: str) -> None:
    with pytest.raises(SettingsError, match=r"BACKFILE_ENCODER_URL is set, but the encoder .* has no server"):
        open_encoder(Settings(encoder=encoder, encoder_url="http://localhost:11434"))
