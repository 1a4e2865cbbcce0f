"""Brings files into an archive: articles and passages first, then their vectors, then Chroma.

Each step is committed before the next begins, so an ingest that is killed at any moment loses nothing: the next
one finds in the catalog what is still to do. Articles can be found by their words as soon as they are read.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant import identity
from assistant.archive import ArchiveFolder
from assistant.article import Article
from assistant.catalog import Catalog
from assistant.dense import Matrix
from assistant.embedding import TextEncoder
from assistant.vectors import VectorStore
from ingest import families, passages, readers
from ingest.ledger import Ledger, Record, digest, holds, is_as_it_was, reading
from ingest.passages import PassageBuilder
from ingest.records import Rejected
from ingest.removal import DUE, Removal, RemovalReport
from ingest.sources import ReadOptions, SourceFile
from ingest.versions import Outcome, Versions

ARTICLES = 200
CHARACTERS = 4_000_000
"""Articles, or code points of text, read before they are committed together."""

ASIDE = 1_000
"""Records set aside that are held in memory, while a file is read and in a report: an export under wrong names
of fields has millions."""

EMBEDDED = 1_000
"""Passages embedded before their vectors are committed. Sorted by length in a batch, they need little padding;
at 14 passages a second, the slowest processor measured, a killed ingest repeats a minute's work at most."""


class Progress(Protocol):
    """What watches an ingest."""

    def file(self, file: SourceFile) -> None:
        """A file is being read."""

    def articles(self, count: int) -> None:
        """So many more records have been read."""

    def grouping(self, total: int) -> None:
        """So many articles are compared with each other, once, in an archive that did not group near copies."""

    def grouped(self, count: int) -> None:
        """So many more have been compared."""

    def embedding(self, total: int) -> None:
        """So many passages are to be embedded."""

    def embedded(self, count: int) -> None:
        """So many more passages have their vectors."""


@dataclass
class IngestReport:
    """What became of every record, and what an ingest cost."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    """The first of the records that were set aside; the archive keeps all."""
    rejections: int = 0
    """How many were set aside."""
    passages: int = 0
    """Passages that got their vectors in this run."""
    seconds: float = 0.0

    def set_aside(self, some: Sequence[Rejected], count: int) -> None:
        """Count records that were set aside, and hold the first of them."""
        self.rejections += count
        self.rejected += some[: ASIDE - len(self.rejected)]

    def to_json(self) -> dict[str, float]:
        """The report as `python -m ingest --json` prints it."""
        counts = {outcome: self.outcomes[outcome] for outcome in ("added", "updated", "unchanged", "copies")}
        return {
            **counts,
            "rejected": self.rejections,
            "passages": self.passages,
            "seconds": round(self.seconds, 2),
        }


class Indexer:
    """Writes to one archive; use it inside `Indexer.opened`, which holds the archive's lock."""

    def __init__(
        self, folder: ArchiveFolder, catalog: Catalog, encoder: TextEncoder, builder: PassageBuilder
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._ledger = Ledger(catalog)
        self._removal = Removal(folder, catalog)
        self._versions = Versions(catalog)
        self._encoder = encoder
        self._builder = builder
        self._settled = False

    @classmethod
    @contextmanager
    def opened(cls, folder: ArchiveFolder, encoder: TextEncoder) -> Iterator["Indexer"]:
        """Lock an archive, make it if there is none, and open it for writing.

        Raises:
            ArchiveError: the folder is not an archive, belongs to another encoder, or is being written to.
        """
        folder.prepare()
        with folder.written():
            catalog = Catalog.create(folder.catalog)
            try:
                yield cls(folder, catalog, encoder, PassageBuilder(encoder))
            finally:
                catalog.close()

    def ingest(self, files: Iterable[SourceFile], options: ReadOptions, progress: Progress) -> IngestReport:
        """Read files into the archive, embed what has no vector yet, and bring Chroma up to date.

        Raises:
            ArchiveMismatch: the archive was made with another encoder or passage builder.
        """
        started = time.monotonic()
        report = IngestReport()
        identity.check_name(self._catalog, self._encoder)
        identity.check_builder(self._catalog, passages.VERSION)
        if self._removal.due:
            self._purge()
        self._group(progress)
        for file in files:
            progress.file(file)
            self._read(file, options, report, progress)
        report.passages = self._embed(progress)
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
        """Make Chroma and the matrix again from the stored vectors, and return how many there are."""
        VectorStore.discard(self._folder.chroma)
        self._catalog.set_properties({"chroma_upto": "0", "matrix": ""})
        self._finish()
        return self._catalog.vector_state()[0]

    def reembed(self, progress: Progress) -> int:
        """Cut all articles into passages anew, embed them, and return how many passages there are."""
        made = identity.properties(self._encoder, passages.VERSION)
        VectorStore.discard(self._folder.chroma)
        Matrix.discard(self._folder.matrix)
        self._catalog.replace_passages(self._builder.build, {**made, "chroma_upto": "0", "matrix": ""})
        self._settled = True
        count = self._embed(progress)
        self._finish()
        return count

    def _purge(self) -> None:
        """Remove what deleted articles left behind; killed, it is done again from its beginning."""
        self._catalog.purge()
        Matrix.discard(self._folder.matrix)
        self.rebuild()
        self._catalog.set_properties({DUE: ""})

    def _group(self, progress: Progress) -> None:
        """Group the articles of an archive that was made before near copies were looked for."""
        if waiting := families.waiting(self._catalog):
            progress.grouping(waiting)
            for count in families.group_waiting(self._catalog):
                progress.grouped(count)

    def _read(self, file: SourceFile, options: ReadOptions, report: IngestReport, progress: Progress) -> None:
        known = self._ledger.entry(file)
        if known is not None and holds(known, file, options):
            if known.mtime_ns != file.mtime_ns:
                self._ledger.touch(file)
            report.outcomes["unchanged"] += known.accepted
            report.set_aside(self._ledger.rejections(file, limit=ASIDE), known.rejected)
            progress.articles(known.accepted)
            return
        if known is not None:
            self._ledger.forget(file)
        # The digest is taken first: should the file change while it is read, the next run reads it again.
        sha256 = digest(file)
        accepted = 0
        batch: list[Article] = []
        aside: list[Rejected] = []
        for record in readers.read(file, options):
            if isinstance(record, Rejected):
                aside.append(record)
                if len(aside) >= ASIDE:
                    self._set_aside(file, aside, report)
                    aside = []
                continue
            batch.append(record)
            if len(batch) >= ARTICLES or sum(len(article.text) for article in batch) >= CHARACTERS:
                accepted += self._add(file, batch, report)
                progress.articles(len(batch))
                batch = []
        accepted += self._add(file, batch, report)
        progress.articles(len(batch))
        self._set_aside(file, aside, report)
        # A file that could not be read, or was not the same to its end, is tried again with each run.
        if sha256 is not None and is_as_it_was(file):
            self._ledger.record(file, sha256=sha256, reading=reading(options), accepted=accepted)

    def _set_aside(self, file: SourceFile, some: Sequence[Rejected], report: IngestReport) -> None:
        self._ledger.set_aside(file, some)
        report.set_aside(some, len(some))

    def _add(self, file: SourceFile, batch: Sequence[Article], report: IngestReport) -> int:
        """Store what is new of a batch; returns how many of it the archive now has."""
        versions = self._versions.known([article.id for article in batch])
        unknown = [article for article in batch if (article.id, article.digest) not in versions]
        refused = self._removal.refusals(unknown) if unknown else {}
        taken: list[Article] = []
        aside: list[Rejected] = []
        for article in batch:
            if reason := refused.get((article.id, article.digest)):
                aside.append(Rejected(article.source, reason))
            else:
                taken.append(article)
        self._set_aside(file, aside, report)
        new = [article for article in taken if (article.id, article.digest) not in versions]
        report.outcomes["unchanged"] += len(taken) - len(new)
        if new:
            self._settle()
            stored = self._versions.add([(article, self._builder.build(article)) for article in new])
            report.outcomes.update(each.outcome for each in stored)
            versions |= {(a.id, a.digest): each.version for a, each in zip(new, stored, strict=True)}
        self._ledger.accept(file, [Record(a.source, a.id, versions[a.id, a.digest]) for a in taken])
        return len(taken)

    def _settle(self) -> None:
        """Before the first new article: make sure of the encoder, or write it down in a new archive."""
        if not self._settled:
            if self._catalog.property("encoder") is None:
                self._catalog.set_properties(identity.properties(self._encoder, passages.VERSION))
            else:
                identity.check_encoder(self._catalog, self._encoder)
            self._settled = True

    def _embed(self, progress: Progress) -> int:
        """Embed every passage that has no vector; while one batch is embedded, the one before is stored."""
        self._reconcile()
        waiting = self._catalog.unembedded_count()
        if not waiting:
            return 0
        self._settle()
        progress.embedding(waiting)
        done = 0
        after = self._catalog.last_vector()
        store = VectorStore(self._folder.chroma)
        storing: Future[None] | None = None
        try:
            with ThreadPoolExecutor(max_workers=1) as pool:
                while batch := self._catalog.passages_after(after, limit=EMBEDDED):
                    keys = [key for key, _, _ in batch]
                    vectors = self._encoder.encode(
                        [self._builder.embedded(article, passage) for _, article, passage in batch]
                    )
                    if storing is not None:
                        storing.result()
                    storing = pool.submit(self._store, store, keys, vectors)
                    after = keys[-1]
                    done += len(batch)
                    progress.embedded(len(batch))
                if storing is not None:
                    storing.result()
        finally:
            store.close()
        return done

    def _store(self, store: VectorStore, keys: Sequence[int], vectors: NDArray[np.float32]) -> None:
        self._catalog.store_vectors(keys, vectors)
        # Chroma gets what the catalog holds, rounded to half precision, so that a rebuilt one is the same.
        store.add(self._catalog.names(keys), vectors.astype(np.float16).astype(np.float32))
        self._catalog.set_properties({"chroma_upto": str(keys[-1])})

    def _reconcile(self) -> None:
        """Bring Chroma to what the catalog says: the rest of a run that was killed, or a lost folder."""
        store = VectorStore(self._folder.chroma)
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
