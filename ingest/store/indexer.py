"""Brings files into an archive: articles and passages first, then their vectors, then Chroma.

Each step is committed before the next begins, so an ingest that is killed at any moment loses nothing: the next
one finds in the catalog what is still to do. Articles can be found by their words as soon as they are read.

This process is the only one that writes. Where there is much to read, others parse it (`parsing.py`), and all they
do for an article is done while it embeds those before.
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
from assistant.models.encoder import PassageEncoder
from ingest.parsing import passages
from ingest.parsing.parser import Batch, Draft, Parser, Parsers, Part, parsed
from ingest.parsing.passages import PassageBuilder
from ingest.parsing.workers import Workers
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import PassedOver, Rejected
from ingest.store import families
from ingest.store.embedding import EMBEDDED, Embedding, EmbeddingProgress
from ingest.store.ledger import Ledger, Record, holds, is_as_it_was, reading
from ingest.store.removal import DUE, Removal, RemovalReport
from ingest.store.versions import Outcome, StoredVersions, Versions

ASIDE = 1_000
"""Records set aside that are held in memory, while a file is read and in a report: an export under wrong names
of fields has millions."""

LITTLE = 2_000_000
"""Bytes of files that this process parses itself. A worker takes a second of processor time to start; JSON Lines of
this size, 400 articles, take two to parse."""

ParsersFor = Callable[[Sequence[SourceFile]], AbstractContextManager[Parsers]]
"""Starts as many processes as files are worth."""


class Progress(EmbeddingProgress, Protocol):
    """What watches an ingest."""

    def file(self, file: SourceFile) -> None:
        """A file is being read."""

    def articles(self, count: int) -> None:
        """So many more records have been read."""

    def grouping(self, total: int) -> None:
        """So many articles are compared with each other, once, in an archive that did not group near copies."""

    def grouped(self, count: int) -> None:
        """So many more have been compared."""


@dataclass
class IngestReport:
    """What became of every record, and what an ingest cost."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    """The first of the records that were set aside; the archive keeps all."""
    rejections: int = 0
    """How many were set aside."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """How many records of what kind were read that are no articles by design; files not read again tell none."""
    passages: int = 0
    """Passages that got their vectors in this run."""
    seconds: float = 0.0

    def set_aside(self, some: Sequence[Rejected], count: int) -> None:
        """Count records that were set aside, and hold the first of them."""
        self.rejections += count
        self.rejected += some[: ASIDE - len(self.rejected)]

    def pass_over(self, some: Iterable[PassedOver]) -> None:
        """Count records that are no articles by design."""
        for each in some:
            self.passed_over[each.kind] += each.count

    def to_json(self) -> dict[str, float]:
        """The report as `python -m ingest --json` prints it."""
        counts = {outcome: self.outcomes[outcome] for outcome in ("added", "updated", "unchanged", "copies")}
        return {
            **counts,
            "rejected": self.rejections,
            "passages": self.passages,
            "seconds": round(self.seconds, 2),
            "passed_over": self.passed_over.total(),
        }


class Indexer:
    """Writes to one archive; use it inside `Indexer.opened`, which holds the archive's lock."""

    def __init__(
        self, folder: ArchiveFolder, catalog: Catalog, encoder: PassageEncoder, parsers: ParsersFor
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._ledger = Ledger(catalog)
        self._removal = Removal(folder, catalog)
        self._versions = Versions(catalog)
        self._encoder = encoder
        self._parsers = parsers
        self._settled = False

    @classmethod
    @contextmanager
    def opened(
        cls, folder: ArchiveFolder, encoder: PassageEncoder, parsers: ParsersFor = Workers.worth
    ) -> Iterator["Indexer"]:
        """Lock an archive, make it if there is none, and open it for writing.

        `parsers` gives the processes that parse where there is much to read.

        Raises:
            ArchiveError: the folder is not an archive, belongs to another encoder, or is being written to.
        """
        folder.prepare()
        with folder.write_lock():
            catalog = Catalog.create(folder.catalog)
            try:
                yield cls(folder, catalog, encoder, parsers)
            finally:
                catalog.close()

    def ingest(self, files: Iterable[SourceFile], options: ReadOptions, progress: Progress) -> IngestReport:
        """Read files into the archive, embed what has no vector, and bring Chroma up to date.

        Raises:
            ArchiveMismatch: the archive was made with another encoder or passage builder.
        """
        started = time.monotonic()
        report = IngestReport()
        identity.check_name(self._catalog, self._encoder)
        identity.check_builder(self._catalog, passages.VERSION)
        # Said at once: what is read is kept, but an hour's reading should not end in that.
        self._placed()
        if self._removal.due:
            self._purge()
        self._group(progress)
        unread = [file for file in files if not self._is_held(file, options, report, progress)]
        with self._embedding(progress) as embedding:
            accepted = 0
            with closing(self._batches(unread, options)) as batches:
                for batch in batches:
                    for part in batch:
                        accepted = self._take(part, 0 if part.begins else accepted, options, report, progress)
                    embedding.advance()
            embedding.finish()
        report.passages = embedding.done
        self._finish()
        report.seconds = time.monotonic() - started
        return report

    def remove(self, names: Sequence[str]) -> RemovalReport:
        """Take articles out of the archive with every trace of their words; see `Removal.withdraw` for `names`.

        Raises:
            SourceError: a name is not that of an article; then nothing is removed.
        """
        report = self._removal.withdraw(names)
        if self._removal.due:
            self._purge()
        return report

    def restore(self, names: Sequence[str]) -> int:
        """Let removed articles in again when their files are next ingested, and return how many these are.

        Raises:
            SourceError: a name is not that of a removed article.
        """
        return self._removal.restore(names)

    def rebuild(self) -> int:
        """Make Chroma and the matrix again from the stored vectors, and return how many there are.

        Chroma moves to the server that the archive's folder names, or from one into the folder.
        """
        self._discard()
        self._finish()
        return self._catalog.vector_state()[0]

    def reembed(self, progress: Progress) -> int:
        """Cut all articles into passages anew, embed them, and return how many passages there are."""
        made = identity.properties(self._encoder, passages.VERSION)
        self._placed()
        self._discard()
        Matrix.discard(self._folder.matrix)
        cut = PassageBuilder(self._encoder).build
        self._catalog.replace_passages(cut, {**made, "chroma_upto": "0", "matrix": ""})
        self._settled = True
        with self._embedding(progress) as embedding:
            embedding.finish()
        self._finish()
        return embedding.done

    def _purge(self) -> None:
        """Remove what deleted articles left behind; killed, it is done again from its beginning."""
        self._catalog.purge()
        Matrix.discard(self._folder.matrix)
        self._placed()
        self.rebuild()
        self._catalog.set_properties({DUE: ""})

    def _placed(self) -> Place:
        """Return where Chroma is; on a server that lacks the archive's collection, an empty one is made.

        Raises:
            ArchiveError: it is on a server that does not answer, or that nobody named.
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

    def _discard(self) -> None:
        """Delete Chroma in the folder and on the server, if one is named."""
        name = self._catalog.property(COLLECTION_PROPERTY)
        if self._folder.server and name:
            VectorStore.discard(ServerCollection(self._folder.server, name))
        VectorStore.discard(self._folder.chroma)
        self._catalog.set_properties({COLLECTION_PROPERTY: "", "chroma_upto": "0", "matrix": ""})

    def _group(self, progress: Progress) -> None:
        """Group the articles of an archive that was made before near copies were looked for."""
        if waiting := families.waiting(self._catalog):
            progress.grouping(waiting)
            for count in families.group_waiting(self._catalog):
                progress.grouped(count)

    def _is_held(
        self, file: SourceFile, options: ReadOptions, report: IngestReport, progress: Progress
    ) -> bool:
        """Whether the archive has what is in a file, which is then reported without being read."""
        known = self._ledger.entry(file)
        if known is None or not holds(known, file, options):
            return False
        progress.file(file)
        if known.mtime_ns != file.mtime_ns:
            self._ledger.touch(file)
        report.outcomes["unchanged"] += known.accepted
        report.set_aside(self._ledger.rejections(file, limit=ASIDE), known.rejected)
        progress.articles(known.accepted)
        return True

    def _batches(self, files: Sequence[SourceFile], options: ReadOptions) -> Generator[Batch, None, None]:
        """Yield what is in files, in their order."""
        if sum(file.size for file in files) <= LITTLE:
            yield from Parser(options, self._encoder, self._versions.known).parse(files)
            return
        with self._parsers(files) as parsers:
            parsers.prepare(options, self._encoder.tokenizer, StoredVersions(self._folder.catalog))
            yield from parsed(files, parsers)

    def _take(
        self, part: Part, accepted: int, options: ReadOptions, report: IngestReport, progress: Progress
    ) -> int:
        """Store what was read of a file; `accepted` records were stored of it before, returns how many now are."""
        if part.begins:
            progress.file(part.file)
            self._ledger.forget(part.file)
        accepted += self._add(part, report)
        progress.articles(len(part.drafts))
        self._set_aside(part.file, part.rejected, report)
        report.pass_over(part.passed_over)
        # A file that could not be read, or was not the same to its end, is tried again with each run.
        if part.ends and part.sha256 is not None and is_as_it_was(part.file):
            self._ledger.record(part.file, sha256=part.sha256, reading=reading(options), accepted=accepted)
        return accepted

    def _set_aside(self, file: SourceFile, some: Sequence[Rejected], report: IngestReport) -> None:
        self._ledger.set_aside(file, some)
        report.set_aside(some, len(some))

    def _add(self, part: Part, report: IngestReport) -> int:
        """Store what is new of a part; returns how many of its articles the archive now has."""
        articles = [draft.article for draft in part.drafts]
        versions = self._versions.known([article.id for article in articles])
        unknown = [article for article in articles if (article.id, article.digest) not in versions]
        refused = self._removal.refusals(unknown) if unknown else {}
        taken: list[Draft] = []
        aside: list[Rejected] = []
        for draft in part.drafts:
            if reason := refused.get((draft.article.id, draft.article.digest)):
                aside.append(Rejected(draft.article.source, reason))
            else:
                taken.append(draft)
        self._set_aside(part.file, aside, report)
        new = [draft for draft in taken if (draft.article.id, draft.article.digest) not in versions]
        report.outcomes["unchanged"] += len(taken) - len(new)
        self._versions.describe([article for article in articles if (article.id, article.digest) in versions])
        if new:
            self._settle()
            stored = self._versions.add([(d.article, d.passages, d.signature) for d in new])
            report.outcomes.update(each.outcome for each in stored)
            versions |= {
                (draft.article.id, draft.article.digest): each.version
                for draft, each in zip(new, stored, strict=True)
            }
        accepted = (draft.article for draft in taken)
        self._ledger.accept(
            part.file, [Record(each.source, each.id, versions[each.id, each.digest]) for each in accepted]
        )
        return len(taken)

    def _settle(self) -> None:
        """Before the first new article: make sure of the encoder, or write it down in a new archive."""
        if not self._settled:
            if self._catalog.property("encoder") is None:
                self._catalog.set_properties(identity.properties(self._encoder, passages.VERSION))
            else:
                identity.check_encoder(self._catalog, self._encoder)
            self._settled = True

    def _embedding(self, progress: Progress) -> AbstractContextManager[Embedding]:
        def begin() -> VectorStore:
            self._settle()
            self._reconcile()
            return VectorStore(self._placed())

        return Embedding.opened(self._catalog, self._encoder, begin, progress)

    def _reconcile(self) -> None:
        """Bring Chroma to what the catalog says: the rest of a run that was killed, or a lost folder."""
        store = VectorStore(self._placed())
        try:
            gone = self._catalog.withdrawn_names()
            store.remove(gone)
            self._catalog.forget_withdrawn(gone)
            covered = int(self._catalog.property("chroma_upto") or 0)
            self._catch_up(store, covered)
            if store.count() != self._catalog.vector_state()[0]:
                self._heal(store)
        finally:
            store.close()

    def _catch_up(self, store: VectorStore, covered: int) -> None:
        for keys, vectors in self._catalog.stored_vectors(after=covered, batch=EMBEDDED):
            store.add(self._catalog.names(keys.tolist()), vectors.astype(np.float32))
            self._catalog.set_properties({"chroma_upto": str(keys[-1])})

    def _heal(self, store: VectorStore) -> None:
        """Compare Chroma with the catalog name by name."""
        strangers = store.names()
        for keys, vectors in self._catalog.stored_vectors(batch=EMBEDDED):
            names = self._catalog.names(keys.tolist())
            missing = [place for place, name in enumerate(names) if name not in strangers]
            store.add([names[place] for place in missing], vectors[missing].astype(np.float32))
            strangers.difference_update(names)
        store.remove(sorted(strangers))

    def _finish(self) -> None:
        """Bring every derived store up to date and tell readers that they may open them anew."""
        self._reconcile()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changes = {"last_ingest": now}
        held = str(self._catalog.vector_state())
        if held != self._catalog.property("matrix") or not self._folder.matrix.is_dir():
            Matrix.write(self._folder.matrix, self._catalog)
            generation = int(self._catalog.property("generation") or 0) + 1
            changes |= {"matrix": held, "generation": str(generation)}
        self._catalog.set_properties(changes)
