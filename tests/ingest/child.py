"""An ingest in small steps, run in a process of its own to be killed."""

import time
from collections.abc import Sequence
from pathlib import Path

import ingest.indexing as indexing
from assistant.archive import ArchiveFolder
from assistant.embedding import LazyEncoder, TextEncoder, Vectors
from ingest.progress import Quiet
from ingest.sources import ReadOptions, walk
from tests.fakes import WordEncoder


class SlowWordEncoder(WordEncoder):
    """Takes its time, so that there is time to be killed in."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.02)
        return super().encode(texts)


def run(stories: Path, archive: Path, *, real: bool) -> None:
    """Ingest with commits after every few articles and passages."""
    indexing.ARTICLES, indexing.EMBEDDED = 5, 20
    encoder: TextEncoder = LazyEncoder() if real else SlowWordEncoder()
    with indexing.Indexer.opened(ArchiveFolder(archive), encoder) as indexer:
        indexer.ingest(list(walk([stories])), ReadOptions(), Quiet())
