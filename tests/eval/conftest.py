"""Fixtures shared by the tests of eval: an archive that tests only read, made once per module."""

import json

import pytest

from assistant.archive.folder import ArchiveFolder
from tests.conftest import STORIES
from tests.fakes import ingest


@pytest.fixture(scope="module")
def shared_archive(tmp_path_factory: pytest.TempPathFactory) -> ArchiveFolder:
    """An archive of `STORIES` that no test changes; its sources are `<folder>/desk.json#1` and so on."""
    folder = tmp_path_factory.mktemp("newsroom")
    (folder / "desk.json").write_text(json.dumps(STORIES))
    ingest(folder / "archive", folder / "desk.json")
    return ArchiveFolder(folder / "archive")
