"""Parsing: files become articles, cut into passages, each with the signature by which its copies are found.

That takes the encoder's tokenizer and nothing of its model, so it goes on beside the encoder: in processes of this
machine (`workers.py`) or of a cluster (`cluster.py`). What comes of it, in whichever process, comes in the order of
the files, a batch at a time, and a process waits with the next batch until it is wanted: so memory does not grow,
and the archive is the same as if one process had done everything.
"""

from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from assistant.article import Article, Passage
from assistant.models.tokenizer import TextTokenizer
from ingest.formats import registry
from ingest.parsing.passages import PassageBuilder
from ingest.parsing.sketch import Signature, Sketch
from ingest.sources.files import ReadOptions, SourceFile, digest
from ingest.sources.rejections import Rejected, Skipped

BATCH_RECORDS = 200
BATCH_CHARACTERS = 4_000_000
"""Records, or code points of text, of a batch: they are committed together."""

SHARE_BYTES = 1_000_000
"""Bytes of files that are given to a process together; a larger file is a share of its own. JSON Lines of that size
are about 200 articles, one batch."""

SHARED_FILES = 200
"""Files of a share at most."""

CRASHED_TWICE = "not read to its end: its process ended twice"

Known = Callable[[Sequence[str]], Container[tuple[str, str]]]
"""Tells, given ids of articles, which versions of them the archive has, by id and digest, as `Versions.known` does.
During an ingest none is ever taken out, so what is known stays known."""


@dataclass
class ParsedArticle:
    """An article that was read, and of a new one what takes long to make; one that the archive has keeps that."""

    article: Article
    passages: Sequence[Passage] = ()
    signature: Signature | None = None


@dataclass
class FileChunk:
    """What was read of a file since the chunk before."""

    file: SourceFile
    sha256: str | None
    """The file's digest before it was read; None where it cannot be had."""
    begins: bool = False
    ends: bool = False
    parsed: list[ParsedArticle] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How much was read for it."""
        return len(self.parsed) + len(self.rejected) + len(self.skipped)


Batch = list[FileChunk]
"""Parts of files that follow each other."""


class Parser:
    """Reads files, and prepares those of their articles that are new."""

    def __init__(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        self._options = options
        self._builder = PassageBuilder(tokenizer)
        self._known = known

    def parse(self, files: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """Yield what is in files; the first records of the first file can be skipped."""
        batch: Batch = []
        records = characters = 0
        for file in files:
            # The digest is taken first: should the file change while it is read, the next run reads it again.
            chunk = FileChunk(file, digest(file), begins=not skip)
            batch.append(chunk)
            for record in islice(registry.parse(file, self._options), skip, None):
                if isinstance(record, Rejected):
                    chunk.rejected.append(record)
                elif isinstance(record, Skipped):
                    chunk.skipped.append(record)
                else:
                    chunk.parsed.append(ParsedArticle(record))
                    characters += len(record.text)
                records += 1
                if records >= BATCH_RECORDS or characters >= BATCH_CHARACTERS:
                    yield self._prepare_new(batch)
                    chunk = FileChunk(file, chunk.sha256)
                    batch, records, characters = [chunk], 0, 0
            chunk.ends = True
            skip = 0
        yield self._prepare_new(batch)

    def _prepare_new(self, batch: Batch) -> Batch:
        parsed = [item for chunk in batch for item in chunk.parsed]
        known = self._known([item.article.id for item in parsed])
        for item in parsed:
            if (item.article.id, item.article.digest) not in known:
                item.passages = self._builder.build(item.article)
                item.signature = Sketch(item.article).signature
        return batch


class ParserDied(Exception):
    """The process that parsed a share has ended; the message says how."""


class ParserPool(Protocol):
    """Processes that parse."""

    @property
    def count(self) -> int:
        """How many shares they parse at once."""
        ...

    def prepare(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        """Set how to parse, and how to tell what the archive has, before the first share; `known` can be pickled."""
        ...

    def start(self, share: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """Begin with a share now; what is returned yields as `Parser.parse`, or raises ParserDied."""
        ...


def shares(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Yield files in groups, in their order, each worth giving to a process.

    >>> from pathlib import Path
    >>> sizes = [SourceFile(f"desk/{n}", Path(), size, 0) for n, size in enumerate((400_000, 500_000, 9_000_000, 1))]
    >>> [[file.size for file in share] for share in shares(sizes)]
    [[400000, 500000], [9000000], [1]]
    """
    share: list[SourceFile] = []
    size = 0
    for file in files:
        if share and (size + file.size > SHARE_BYTES or len(share) == SHARED_FILES):
            yield share
            share, size = [], 0
        share.append(file)
        size += file.size
    if share:
        yield share


def parse_shares(files: Sequence[SourceFile], parsers: ParserPool) -> Iterator[Batch]:
    """Yield what is in files, in their order, while several processes parse them."""
    running: deque[Iterator[Batch]] = deque()
    for share in shares(files):
        running.append(_retry_crashed(share, parsers.start(share), parsers))
        if len(running) == parsers.count:
            yield from running.popleft()
    while running:
        yield from running.popleft()


def _retry_crashed(
    share: Sequence[SourceFile], batches: Iterator[Batch], parsers: ParserPool
) -> Iterator[Batch]:
    """Yield what is in a share. Should its process die, each file that is left is parsed alone, in another process.

    A file whose process dies then, too, is set aside: it has most likely caused it.
    """
    left, taken = deque(share), 0
    try:
        for batch in batches:
            yield batch
            for chunk in batch:
                taken += chunk.records
                if chunk.ends:
                    left.popleft()
                    taken = 0
        return
    except ParserDied:
        pass
    for file in left:
        begun = taken > 0
        try:
            for batch in parsers.start([file], skip=taken):
                begun = True
                yield batch
        except ParserDied as death:
            # Without a digest the file is not taken for read: the next ingest tries it again.
            aside = Rejected(
                file.source, f"{CRASHED_TWICE} ({death}), as where memory is short; ingest it again"
            )
            yield [FileChunk(file, None, begins=not begun, ends=True, rejected=[aside])]
        taken = 0
