"""Functions that tests run in their own processes, to stop or kill them: ingest, removal, watch; and encoders."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
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


def start(function: Callable[..., None], *arguments: object, **options: object) -> BaseProcess:
    """Start a function of this module in its own process.

    Where the system allows it, the process is forked from one that has already imported everything.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload(["tests.ingest.child", "sentence_transformers"])
    process: BaseProcess = context.Process(target=function, args=arguments, kwargs=options)  # type: ignore[attr-defined]
    process.start()
    return process


class SlowWordEncoder(WordEncoder):
    """Waits before encoding, so that a test can kill the process meanwhile."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        time.sleep(0.02)
        return super().encode(texts)


def run(desk: Path, archive: Path, *, real: bool, workers: bool = False) -> None:
    """Ingest with commits after every few articles and passages; with `workers`, two parse a file each at a time."""
    parsing.BATCH_RECORDS, embedding.EMBEDDING_BATCH = 5, 20
    if workers:
        indexing.SINGLE_PROCESS_BYTES, parsing.SHARE_BYTES = 0, 1
    encoder: PassageEncoder = LazyEncoder(Settings()) if real else SlowWordEncoder()
    with indexing.Indexer.opened(ArchiveFolder(archive), encoder, lambda files: WorkerPool(2)) as indexer:
        indexer.ingest(list(walk([desk])), ReadOptions(), Quiet())


def remove(archive: Path, name: str) -> None:
    """Remove an article from an archive."""
    ArchiveFolder(archive).require()
    with indexing.Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        indexer.remove([name])


def watch(desk: str, archive: str) -> int:
    """Watch a folder with the command and a fake encoder; make Ctrl-C work in a background process too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    setattr(command, "LazyEncoder", lambda settings: WordEncoder())  # noqa: B010
    return command.main(["--watch", desk, "--archive", archive, "--json"])


def words_anywhere(settings: Settings) -> WordEncoder:
    """Return a fake encoder in another process, in place of `open_encoder`."""
    return WordEncoder()


def crashing_encoder() -> WordEncoder:
    return with_tokenizer(CrashingTokenizer())


def failing_encoder() -> WordEncoder:
    return with_tokenizer(FailingTokenizer())


def with_tokenizer(tokenizer: WordTokenizer) -> WordEncoder:
    encoder = WordEncoder()
    encoder.tokenizer = tokenizer
    return encoder
