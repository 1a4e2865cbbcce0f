"""Ingests files into an archive: first articles and passages, then vectors, then Chroma.

Each step is committed before the next begins, so an ingest that is killed at any moment loses nothing. The next
ingest finds in the catalog what is still to do. Articles can be found by their words as soon as they are read.

Only this process writes. Large inputs are parsed by other processes (`ingest.parsing`), while this one embeds.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from assistant.archive import identity
from assistant.archive.catalog import Catalog
from assistant.archive.chroma import COLLECTION_PROPERTY, Place, ServerCollection, VectorStore, chroma_place
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import Matrix
from assistant.article import Article
from assistant.errors import SourceError
from assistant.models.encoder import PassageEncoder
from ingest.parsing import passages
from ingest.parsing.parser import Batch, FileChunk, ParsedArticle, Parser, ParserPool, parse_shares
from ingest.parsing.passages import PassageBuilder
from ingest.parsing.workers import WorkerPool
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected, Skipped
from ingest.store import families
from ingest.store.corrections import link_corrections
from ingest.store.embedding import EMBEDDING_BATCH, Embedding, EmbeddingProgress
from ingest.store.languages import detect_languages
from ingest.store.ledger import AcceptedRecord, Ledger, is_unchanged, is_unmodified, options_digest
from ingest.store.removal import PURGE_DUE, Removal, RemovalReport, find_article
from ingest.store.standing import REASONS, without_article
from ingest.store.versions import New, StoredVersions, StoreOutcome, Versions

KEPT_REJECTIONS = 1_000
"""Rejected records kept in memory and in a report; an export with unknown field names has millions."""

SINGLE_PROCESS_BYTES = 2_000_000
"""Up to this many bytes of files are parsed in this process. Starting a worker takes a second of processor time;
parsing JSON Lines of this size, 400 articles, takes two."""

StartParsers = Callable[[Sequence[SourceFile]], AbstractContextManager[ParserPool]]
"""Starts a pool that suits the given files."""


class Progress(EmbeddingProgress, Protocol):
    """Receives the progress of an ingest."""

    def file(self, file: SourceFile) -> None:
        """Note that reading of a file begins."""

    def articles(self, count: int) -> None:
        """Note that `count` more records were read."""

    def grouping(self, total: int) -> None:
        """Note that `total` articles will be compared with each other, once, in an archive that did not group near
        copies."""

    def grouped(self, count: int) -> None:
        """Note that `count` more articles were compared."""


@dataclass
class IngestReport:
    """What became of every record, and the cost of the ingest."""

    outcomes: Counter[StoreOutcome] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    """The first rejected records; the archive stores all of them."""
    rejections: int = 0
    """Number of rejected records."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Number of records that are never articles, by kind; files that were not read again are not counted."""
    set_aside: int = 0
    """Versions that are not current, because another version of the article is better."""
    passages: int = 0
    """Passages embedded by this ingest."""
    seconds: float = 0.0

    def add_rejected(self, some: Sequence[Rejected], count: int) -> None:
        """Count rejected records, and keep the first of them."""
        self.rejections += count
        self.rejected += some[: KEPT_REJECTIONS - len(self.rejected)]

    def add_skipped(self, some: Iterable[Skipped]) -> None:
        """Count records that are never articles."""
        for each in some:
            self.skipped[each.kind] += each.count

    def to_json(self) -> dict[str, float]:
        """Return the report as `python -m ingest --json` prints it."""
        counts = {outcome: self.outcomes[outcome] for outcome in ("added", "updated", "unchanged", "copies")}
        return {
            **counts,
            "rejected": self.rejections,
            "passages": self.passages,
            "seconds": round(self.seconds, 2),
            "passed_over": self.skipped.total(),
            "set_aside": self.set_aside,
        }


class Indexer:
    """Writes to one archive; use it inside `Indexer.opened`, which holds the archive's lock."""

    def __init__(
        self, folder: ArchiveFolder, catalog: Catalog, encoder: PassageEncoder, parsers: StartParsers
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._ledger = Ledger(catalog)
        self._removal = Removal(folder, catalog)
        self._versions = Versions(catalog, PassageBuilder(encoder).build)
        self._encoder = encoder
        self._parsers = parsers
        self._encoder_is_checked = False

    @classmethod
    @contextmanager
    def opened(
        cls, folder: ArchiveFolder, encoder: PassageEncoder, parsers: StartParsers = WorkerPool.for_files
    ) -> Iterator["Indexer"]:
        """Lock an archive, create it if it does not exist, and open it for writing.

        `parsers` starts the processes that parse large inputs.

        Raises:
            ArchiveError: the folder is not an archive, belongs to another encoder, or another process writes to it.
        """
        folder.prepare()
        with folder.write_lock():
            catalog = Catalog.create(folder.catalog)
            try:
                yield cls(folder, catalog, encoder, parsers)
            finally:
                catalog.close()

    def ingest(self, files: Iterable[SourceFile], options: ReadOptions, progress: Progress) -> IngestReport:
        """Read files into the archive, embed passages without a vector, and update Chroma.

        Raises:
            ArchiveMismatch: the archive was made with another encoder or passage builder.
        """
        started = time.monotonic()
        report = IngestReport()
        identity.check_name(self._catalog, self._encoder)
        identity.check_builder(self._catalog, passages.VERSION)
        # Raises before reading: everything read would be kept, but an hour's reading should not end in this error.
        self._chroma_place()
        if self._removal.due:
            self._purge()
        self._group_old_articles(progress)
        unread = [file for file in files if not self._skip_if_unchanged(file, options, report, progress)]
        with self._embedding(progress) as embedding:
            accepted = 0
            with closing(self._batches(unread, options)) as batches:
                for batch in batches:
                    for chunk in batch:
                        accepted = self._store_chunk(
                            chunk, 0 if chunk.begins else accepted, options, report, progress
                        )
                    embedding.advance()
            embedding.finish()
        report.passages = embedding.done
        if report.outcomes.total() > report.outcomes["unchanged"]:
            link_corrections(self._catalog)
            detect_languages(self._catalog)
        self._finish()
        report.seconds = time.monotonic() - started
        return report

    def remove(self, names: Sequence[str]) -> RemovalReport:
        """Remove articles with every trace of their text; see `Removal.withdraw` for `names`.

        Raises:
            SourceError: a name does not belong to an article; then nothing is removed.
        """
        report = self._removal.withdraw(names)
        if self._removal.due:
            self._purge()
        return report

    def restore(self, names: Sequence[str]) -> int:
        """Allow removed articles to be ingested again, and return their number.

        Raises:
            SourceError: a name does not belong to a removed article.
        """
        return self._removal.restore(names)

    def make_current(self, name: str, version: int, progress: Progress) -> str:
        """Make a stored version of an article the current one, and return the article's id.

        See `Removal.withdraw` for `name`.

        Raises:
            SourceError: the name does not belong to one article, or the article has no such version.
        """
        self._group_old_articles(progress)
        id = find_article(self._catalog, name)
        if not self._versions.make_current(id, version):
            raise SourceError(
                f"article {id} has no version {version}: `python -m ingest --versions {id}` lists its versions"
            )
        with self._embedding(progress) as embedding:
            embedding.finish()
        self._finish()
        return id

    def rebuild(self) -> int:
        """Make Chroma and the matrix again from the stored vectors, and return the number of vectors.

        Chroma moves to the server that the archive folder names, or from a server into the folder.
        """
        self._delete_chroma()
        self._finish()
        return self._catalog.vector_state()[0]

    def reembed(self, progress: Progress) -> int:
        """Cut all articles into passages again, embed them, and return the number of passages."""
        made = identity.properties(self._encoder, passages.VERSION)
        self._chroma_place()
        self._delete_chroma()
        Matrix.discard(self._folder.matrix)
        cut = PassageBuilder(self._encoder).build
        self._catalog.replace_passages(cut, {**made, "chroma_upto": "0", "matrix": ""})
        self._encoder_is_checked = True
        with self._embedding(progress) as embedding:
            embedding.finish()
        self._finish()
        return embedding.done

    def _purge(self) -> None:
        """Purge what deleted articles left behind; after an interruption it starts again from the beginning."""
        self._catalog.purge()
        Matrix.discard(self._folder.matrix)
        self._chroma_place()
        self.rebuild()
        self._catalog.set_properties({PURGE_DUE: ""})

    def _chroma_place(self) -> Place:
        """Return where Chroma is; if a server lacks the archive's collection, an empty one is created.

        Raises:
            ArchiveError: Chroma is on a server that does not answer, or that was not given.
        """
        place = chroma_place(self._folder, self._catalog.property(COLLECTION_PROPERTY))
        if self._folder.server is None:
            return self._folder.chroma
        if place is None or not VectorStore.exists(place):
            VectorStore.discard(self._folder.chroma)
            made = VectorStore.create_on_server(self._folder.server)
            self._catalog.set_properties({COLLECTION_PROPERTY: made.name, "chroma_upto": "0"})
            return made
        return place

    def _delete_chroma(self) -> None:
        """Delete Chroma in the folder, and on the server if one is given."""
        name = self._catalog.property(COLLECTION_PROPERTY)
        if self._folder.server and name:
            VectorStore.discard(ServerCollection(self._folder.server, name))
        VectorStore.discard(self._folder.chroma)
        self._catalog.set_properties({COLLECTION_PROPERTY: "", "chroma_upto": "0", "matrix": ""})

    def _group_old_articles(self, progress: Progress) -> None:
        """Group the articles of an archive made by a version that did not look for near copies."""
        if waiting := families.count_unsketched(self._catalog):
            progress.grouping(waiting)
            for count in families.group_unsketched(self._catalog):
                progress.grouped(count)

    def _skip_if_unchanged(
        self, file: SourceFile, options: ReadOptions, report: IngestReport, progress: Progress
    ) -> bool:
        """Report a file without reading it if the archive already has its content; returns whether that is so."""
        known = self._ledger.known_file(file)
        if known is None or not is_unchanged(known, file, options):
            return False
        progress.file(file)
        if known.mtime_ns != file.mtime_ns:
            self._ledger.touch(file)
        report.outcomes["unchanged"] += known.accepted
        report.add_rejected(self._ledger.rejections(file, limit=KEPT_REJECTIONS), known.rejected)
        progress.articles(known.accepted)
        return True

    def _batches(self, files: Sequence[SourceFile], options: ReadOptions) -> Generator[Batch, None, None]:
        """Yield the content of files, in their order."""
        if sum(file.size for file in files) <= SINGLE_PROCESS_BYTES:
            yield from Parser(options, self._encoder, self._versions.known).parse(files)
            return
        with self._parsers(files) as parsers:
            parsers.prepare(options, self._encoder.tokenizer, StoredVersions(self._folder.catalog))
            yield from parse_shares(files, parsers)

    def _store_chunk(
        self, chunk: FileChunk, accepted: int, options: ReadOptions, report: IngestReport, progress: Progress
    ) -> int:
        """Store a chunk of a file. `accepted` counts the file's records stored before; returns the new count."""
        if chunk.begins:
            progress.file(chunk.file)
            self._ledger.forget(chunk.file)
        accepted += self._add(chunk, report)
        progress.articles(len(chunk.parsed))
        self._reject(chunk.file, chunk.rejected, report)
        report.add_skipped(chunk.skipped)
        # A file that could not be read, or that changed while it was read, is tried again by the next ingest.
        if chunk.ends and chunk.sha256 is not None and is_unmodified(chunk.file):
            read = options_digest(options, chunk.lacks)
            self._ledger.record(chunk.file, sha256=chunk.sha256, options_digest=read, accepted=accepted)
        return accepted

    def _reject(self, file: SourceFile, some: Sequence[Rejected], report: IngestReport) -> None:
        self._ledger.reject(file, some)
        report.add_rejected(some, len(some))

    def _add(self, chunk: FileChunk, report: IngestReport) -> int:
        """Store the new articles of a chunk; returns how many of its articles the archive now has."""
        articles = [item.article for item in chunk.parsed]
        versions = self._versions.known([article.id for article in articles])
        unknown = [article for article in articles if (article.id, article.digest) not in versions]
        refused: dict[tuple[str, str], str] = {}
        if unknown:
            refused |= without_article(articles, {id for id, _ in versions}) | self._removal.refusals(unknown)
        taken: list[ParsedArticle] = []
        removed: list[Rejected] = []
        for item in chunk.parsed:
            if reason := refused.get((item.article.id, item.article.digest)):
                removed.append(Rejected(item.article.source, reason))
            else:
                taken.append(item)
        self._reject(chunk.file, removed, report)
        new = [item for item in taken if (item.article.id, item.article.digest) not in versions]
        report.outcomes["unchanged"] += len(taken) - len(new)
        self._versions.describe([article for article in articles if (article.id, article.digest) in versions])
        if new:
            self._ensure_encoder()
            stored = self._versions.add(
                [
                    New(each.article, each.passages, each.signature, _origin(chunk, each.article))
                    for each in new
                ]
            )
            report.outcomes.update(each.outcome for each in stored)
            report.set_aside += sum(each.standing in REASONS for each in stored)
            versions |= {
                (item.article.id, item.article.digest): each.version
                for item, each in zip(new, stored, strict=True)
            }
        accepted = (item.article for item in taken)
        self._ledger.accept(
            chunk.file,
            [AcceptedRecord(each.source, each.id, versions[each.id, each.digest]) for each in accepted],
        )
        return len(taken)

    def _ensure_encoder(self) -> None:
        """Check the encoder before the first new article; in a new archive, store its identity."""
        if not self._encoder_is_checked:
            if self._catalog.property("encoder") is None:
                self._catalog.set_properties(identity.properties(self._encoder, passages.VERSION))
            else:
                identity.check_encoder(self._catalog, self._encoder)
            self._encoder_is_checked = True

    def _embedding(self, progress: Progress) -> AbstractContextManager[Embedding]:
        def begin() -> VectorStore:
            self._ensure_encoder()
            self._reconcile()
            return VectorStore(self._chroma_place())

        return Embedding.opened(self._catalog, self._encoder, begin, progress)

    def _reconcile(self) -> None:
        """Make Chroma match the catalog, after an ingest that was killed or if its folder was lost."""
        store = VectorStore(self._chroma_place())
        try:
            gone = self._catalog.withdrawn_names()
            store.remove(gone)
            self._catalog.forget_withdrawn(gone)
            covered = int(self._catalog.property("chroma_upto") or 0)
            self._catch_up(store, covered)
            if store.count() != self._catalog.vector_state()[0]:
                self._compare_names(store)
        finally:
            store.close()

    def _catch_up(self, store: VectorStore, covered: int) -> None:
        for keys, vectors in self._catalog.stored_vectors(after=covered, batch=EMBEDDING_BATCH):
            store.add(self._catalog.names(keys.tolist()), vectors.astype(np.float32))
            self._catalog.set_properties({"chroma_upto": str(keys[-1])})

    def _compare_names(self, store: VectorStore) -> None:
        """Compare Chroma with the catalog name by name, and correct it."""
        unknown = store.names()
        for keys, vectors in self._catalog.stored_vectors(batch=EMBEDDING_BATCH):
            names = self._catalog.names(keys.tolist())
            missing = [place for place, name in enumerate(names) if name not in unknown]
            store.add([names[place] for place in missing], vectors[missing].astype(np.float32))
            unknown.difference_update(names)
        store.remove(sorted(unknown))

    def _finish(self) -> None:
        """Update every derived store, and tell the processes that answer questions to reopen them."""
        self._reconcile()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changes = {"last_ingest": now}
        held = str(self._catalog.vector_state())
        if held != self._catalog.property("matrix") or not self._folder.matrix.is_dir():
            Matrix.write(self._folder.matrix, self._catalog)
            generation = int(self._catalog.property("generation") or 0) + 1
            changes |= {"matrix": held, "generation": str(generation)}
        self._catalog.set_properties(changes)


def _origin(chunk: FileChunk, article: Article) -> str | None:
    """Return the digest of an article's file, followed by its place in the file."""
    return chunk.sha256 and chunk.sha256 + article.source.removeprefix(chunk.file.source)
