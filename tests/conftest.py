"""Fixtures shared by all tests: a small archive of invented articles, and an assistant that asks it."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# PyTorch reads this when it is imported, here and in the processes that tests start. Its threads wait for each other in
# busy loops: with other work on both cores, a question took 6.9 s of processor time with two threads, 0.7 s with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from filelock import FileLock

from assistant.answering.quote import QuoteAnswerer
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.evidence.sentence_picker import SentencePicker
from assistant.retrieval.retriever import Retriever
from assistant.settings import Settings
from eval.gold.sample import with_sample
from tests.fakes import MADE_WITH, WordEncoder, ingest

STORIES = [
    {
        "title": "Ferry strike begins in Port Ellery",
        "text": "Ferry crews in Port Ellery stopped work on Monday. The union, led by Nora Hale, claimed that 40 "
        "sailings were cancelled. The company said 12 sailings were cancelled.\n\nThe strike is about pay.",
        "outlet": "Harbour Ledger",
        "published": "2024-03-04",
        "url": "https://ledger.example/ferry",
    },
    {
        "title": "Council passes budget",
        "text": "The council passed a budget of 61 million crowns on Tuesday by nine votes to six. Mayor Ida Brandt "
        "called it prudent. The opposition wanted more for schools.",
        "outlet": "Ellery Beacon",
        "published": "2024-02-20",
        "url": "https://beacon.example/budget",
    },
    {
        "title": "Storm breaks sea wall",
        "text": "The storm broke the sea wall in three places. Two people were hurt.",
        "outlet": "Tidewater Wire",
        "published": "2023-11-05",
        "url": "https://wire.example/storm",
    },
    {
        "title": "Storm breaks sea wall",
        "text": "The storm broke the sea wall in three places. Two people were hurt.",
        "outlet": "Ellery Beacon",
        "published": "2023-11-06",
        "url": "https://beacon.example/storm",
    },
    {
        "title": "An old recipe for fish soup",
        "text": "Take two herrings and an onion. Simmer them for an hour.",
        "outlet": "Harbour Ledger",
        "url": "https://ledger.example/soup",
    },
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own settings out of the tests."""
    for name in [name for name in os.environ if name.startswith("BACKFILE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sample_archive() -> Path:
    """The sample's archive as `python -m eval gold` makes and keeps it; copy it before writing to it."""
    # Only one of the processes that run tests at the same time may make it.
    with FileLock(Path(tempfile.gettempdir()) / "backfile-tests-sample.lock"):
        return with_sample(Settings()).archive


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveFolder:
    """An archive of `STORIES` on disk, catalog, Chroma and all, embedded by their words."""
    (tmp_path / "desk.json").write_text(json.dumps(STORIES))
    report = ingest(tmp_path / "archive", tmp_path / "desk.json")
    assert dict(+report.outcomes) == {"added": 4, "copies": 1}
    return ArchiveFolder(tmp_path / "archive")


@pytest.fixture
def assistant(archive: ArchiveFolder) -> Iterator[Assistant]:
    """An assistant in quote mode over `STORIES`."""
    encoder = WordEncoder()
    catalog = Catalog.open(archive.catalog)
    dense = DenseIndex(archive, catalog, encoder.dimension)
    made = Assistant(
        folder=archive,
        catalog=catalog,
        retriever=Retriever(catalog, dense, encoder),
        dense=dense,
        quoting=QuoteAnswerer(SentencePicker(encoder, catalog.frequencies)),
        made_with=MADE_WITH,
    )
    yield made
    made.close()
