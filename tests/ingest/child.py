"""An ingest in small steps, a removal and a watch, run in processes of their own to be stopped."""

import signal
import time
from collections.abc import Sequence
from pathlib import Path

import ingest.__main__ as command
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


def remove(archive: Path, name: str) -> None:
    """Take an article out of an archive."""
    ArchiveFolder(archive).require()
    with indexing.Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        indexer.remove([name])


def watch(desk: str, archive: str) -> int:
    """Watch a folder with the command, its encoder replaced; what was started in the background hears Ctrl-C too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    setattr(command, "LazyEncoder", lambda name: WordEncoder())  # noqa: B010
    return command.main(["--watch", desk, "--archive", archive, "--json"])
