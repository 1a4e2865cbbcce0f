"""What runs in processes of its own: an ingest in small steps, a removal and a watch, to be stopped; and encoders."""

import signal
import time
from collections.abc import Sequence
from pathlib import Path

import ingest.__main__ as command
import ingest.parsing.parser as parsing
import ingest.store.embedding as embedding
import ingest.store.indexer as indexing
from assistant.archive.folder import ArchiveFolder
from assistant.models.configured_encoder import LazyEncoder
from assistant.models.encoder import PassageEncoder, Vectors
from assistant.settings import Settings
from ingest.parsing.workers import WorkerPool
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from tests.fakes import WordEncoder
from tests.ingest.crashing_tokenizers import CrashingTokenizer, FailingTokenizer
from tests.word_tokenizer import WordTokenizer


class SlowWordEncoder(WordEncoder):
    """Takes its time, so that there is time to be killed in."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.02)
        return super().encode(texts)


def run(desk: Path, archive: Path, *, real: bool, beside: bool = False) -> None:
    """Ingest with commits after every few articles and passages, or with two workers for which each file is a share."""
    parsing.BATCH_RECORDS, embedding.EMBEDDING_BATCH = 5, 20
    if beside:
        indexing.SINGLE_PROCESS_BYTES, parsing.SHARE_BYTES = 0, 1
    encoder: PassageEncoder = LazyEncoder(Settings()) if real else SlowWordEncoder()
    with indexing.Indexer.opened(ArchiveFolder(archive), encoder, lambda files: WorkerPool(2)) as indexer:
        indexer.ingest(list(walk([desk])), ReadOptions(), Quiet())


def remove(archive: Path, name: str) -> None:
    """Take an article out of an archive."""
    ArchiveFolder(archive).require()
    with indexing.Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        indexer.remove([name])


def watch(desk: str, archive: str) -> int:
    """Watch a folder with the command, its encoder replaced; what was started in the background hears Ctrl-C too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    setattr(command, "LazyEncoder", lambda settings: WordEncoder())  # noqa: B010
    return command.main(["--watch", desk, "--archive", archive, "--json"])


def words_anywhere(settings: Settings) -> WordEncoder:
    """Open an encoder by words in another process, in place of `open_encoder`."""
    return WordEncoder()


def crashing_encoder() -> WordEncoder:
    return with_tokenizer(CrashingTokenizer())


def failing_encoder() -> WordEncoder:
    return with_tokenizer(FailingTokenizer())


def with_tokenizer(tokenizer: WordTokenizer) -> WordEncoder:
    encoder = WordEncoder()
    encoder.tokenizer = tokenizer
    return encoder
