from dataclasses import fields
from pathlib import Path

import pytest

from assistant.archive.folder import ArchiveFolder, ChromaServer, archive_folder
from assistant.errors import SettingsError
from assistant.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [PREFIX + field.name.upper() for field in fields(Settings)])
def test_every_setting_is_described(name: str) -> None:
    assert f"\n## {name}\n" in (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert f"\n#{name}=" in (ROOT / ".env.example").read_text("utf-8")


def test_vectors_are_in_the_folder_unless_a_server_is_set() -> None:
    assert archive_folder(Settings.from_env({})) == ArchiveFolder(Path("archive"))
    environ = {
        "BACKFILE_CHROMA_URL": "https://chroma.example:8443/vectors",
        "BACKFILE_CHROMA_TOKEN": "sesame",
    }
    settings = Settings.from_env(environ)
    server = ChromaServer("https://chroma.example:8443/vectors", "sesame")
    assert archive_folder(settings) == ArchiveFolder(Path("archive"), server)
    assert "sesame" not in repr(settings) + repr(archive_folder(settings))


def test_only_prefixes_keep_the_blank_at_their_end() -> None:
    environ = {
        "BACKFILE_ENCODER": " openai:small ",
        "BACKFILE_ENCODER_URL": " http://localhost:8000/v1 ",
        "BACKFILE_QUERY_PREFIX": "query: ",
        "BACKFILE_PASSAGE_PREFIX": "passage: ",
    }
    settings = Settings.from_env(environ)
    assert (settings.encoder, settings.encoder_url) == ("openai:small", "http://localhost:8000/v1")
    assert (settings.query_prefix, settings.passage_prefix) == ("query: ", "passage: ")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "chroma",
        "ftp://localhost:8000",
        "http://",
        "http://:8000",
        "http://localhost:80000",
        "http://[::1",
        "http://localhost:8000?tenant=desk",
    ],
)
def test_an_invalid_server_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="is not the address of a Chroma server: give http://HOST:PORT"):
        _ = archive_folder(Settings(chroma_url=url))


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="BACKFILE_CHROMA_TOKEN") as refused:
        _ = archive_folder(Settings(chroma_url="http://desk:sesame@localhost:8000"))
    assert "sesame" not in str(refused.value)
