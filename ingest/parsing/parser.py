"""Parses files into articles, cuts them into passages, and computes the signatures by which copies are found.

Parsing needs only the encoder's tokenizer, so it runs beside the encoder: in worker processes of this machine
(`workers.py`) or on a cluster (`ray_cluster.py`). Results arrive in the order of the files, one batch at a time. A
process waits with its next batch until it is requested. So memory does not grow, and the archive is the same as one
made by a single process.
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
"""Maximum records, or code points of text, of a batch. A batch is committed in one transaction."""

SHARE_BYTES = 1_000_000
"""Bytes of files given to a process together; a larger file is given alone. JSON Lines of this size hold
about 200 articles, one batch."""

SHARED_FILES = 200
"""Maximum files of a share."""

CRASHED_TWICE = "not read completely: the process that parsed it crashed twice"

Known = Callable[[Sequence[str]], Container[tuple[str, str]]]
"""Returns, for ids of articles, the versions that the archive has, by id and digest, as `Versions.known` does. An
ingest never removes a version, so a known version stays known."""


@dataclass
class ParsedArticle:
    """A parsed article; passages and signature are computed only if the archive does not have it yet."""

    article: Article
    passages: Sequence[Passage] = ()
    signature: Signature | None = None


@dataclass
class FileChunk:
    """Consecutive records of one file, at most a batch."""

    file: SourceFile
    sha256: str | None
    """The file's digest before it was read; None if it could not be computed."""
    begins: bool = False
    ends: bool = False
    parsed: list[ParsedArticle] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    lacks: frozenset[str] = frozenset()
    """In the last chunk, the optional parts of Backfile that could have read more of the file."""

    @property
    def records(self) -> int:
        """Number of records in the chunk."""
        return len(self.parsed) + len(self.rejected) + len(self.skipped)


Batch = list[FileChunk]
"""Consecutive chunks of files."""


class Parser:
    """Parses files, and prepares those of their articles that are new."""

    def __init__(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        self._options = options
        self._builder = PassageBuilder(tokenizer)
        self._known = known

    def parse(self, files: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """Yield the content of files in batches; `skip` leaves out the first records of the first file."""
        batch: Batch = []
        records = characters = 0
        for file in files:
            # The digest is computed first. If the file changes while it is read, the next ingest reads it again.
            chunk = FileChunk(file, digest(file), begins=not skip)
            batch.append(chunk)
            lacks: set[str] = set()
            for record in islice(registry.parse(file, self._options), skip, None):
                if isinstance(record, Rejected):
                    chunk.rejected.append(record)
                    lacks.update(filter(None, [record.extra]))
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
            chunk.ends, chunk.lacks = True, frozenset(lacks)
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
    """The process that parsed a share has crashed; the message says how."""


class ParserPool(Protocol):
    """A pool of processes that parse."""

    @property
    def count(self) -> int:
        """Number of shares parsed at the same time."""
        ...

    def prepare(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
        """Set the options, the tokenizer and the lookup of known versions before the first share. `known` must be
        picklable."""
        ...

    def start(self, share: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
        """Start parsing a share now. The returned iterator yields like `Parser.parse`, or raises ParserDied."""
        ...


def shares(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    """Split files into shares, in their order; a share is the work given to one process.

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
    """Yield the content of files in their order, while several processes parse them."""
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
    """Yield the content of a share. If its process crashes, each remaining file is parsed alone in another process.

    A file whose process crashes again is rejected, because it most likely caused both crashes.
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
        has_begun = taken > 0
        try:
            for batch in parsers.start([file], skip=taken):
                has_begun = True
                yield batch
        except ParserDied as error:
            # Without a digest the file does not count as read, so the next ingest tries it again.
            crashed = Rejected(
                file.source, f"{CRASHED_TWICE} ({error}), perhaps because memory ran out; ingest it again"
            )
            yield [FileChunk(file, None, begins=not has_begun, ends=True, rejected=[crashed])]
        taken = 0
