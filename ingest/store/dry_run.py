"""Reads files and reports what an ingest would do, without changing the archive.

The code of an ingest stores new articles in a catalog in a temporary folder, which is deleted at the end. So copies
and versions within the files are reported too.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article
from assistant.errors import NoArchive
from ingest.formats import registry
from ingest.parsing.parser import BATCH_RECORDS
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected, Skipped
from ingest.store import families
from ingest.store.indexer import KEPT_REJECTIONS, IngestReport, Progress
from ingest.store.ledger import Ledger, is_unchanged
from ingest.store.removal import Removal
from ingest.store.standing import without_article
from ingest.store.versions import New, StoreOutcome, Versions


def dry_run(
    folder: ArchiveFolder, files: Iterable[SourceFile], options: ReadOptions, progress: Progress
) -> IngestReport:
    """Return the report that an ingest would give, except for passages, which are not made.

    Raises:
        NotAnArchive: the folder contains other files.
        ArchiveMismatch: the archive was made by an older Backfile.
    """
    started = time.monotonic()
    with TemporaryDirectory() as scratch:
        made = Catalog.create(Path(scratch) / "catalog.sqlite")
        held = made
        try:
            with suppress(NoArchive):
                folder.require()
                held = Catalog.open(folder.catalog)
                held.require_ledger()
            report = IngestReport()
            run = DryRun(folder, held, made)
            for file in files:
                progress.file(file)
                run.read(file, options, report, progress)
        finally:
            made.close()
            held.close()
    report.seconds = time.monotonic() - started
    return report


class DryRun:
    """Compares parsed articles with an archive, and with the articles parsed before."""

    def __init__(self, folder: ArchiveFolder, held: Catalog, made: Catalog) -> None:
        self._held = held
        self._made = Versions(made, lambda _: ())
        self._versions = Versions(held, lambda _: ())
        self._ledger = Ledger(held)
        self._removal = Removal(folder, held)

    def read(self, file: SourceFile, options: ReadOptions, report: IngestReport, progress: Progress) -> None:
        """Add to the report what an ingest of this file would do."""
        known = self._ledger.known_file(file)
        if known is not None and is_unchanged(known, file, options):
            report.outcomes["unchanged"] += known.accepted
            report.add_rejected(self._ledger.rejections(file, limit=KEPT_REJECTIONS), known.rejected)
            progress.articles(known.accepted)
            return
        batch: list[Article] = []
        for record in registry.parse(file, options):
            if isinstance(record, Rejected):
                report.add_rejected([record], 1)
                continue
            if isinstance(record, Skipped):
                report.add_skipped([record])
                continue
            batch.append(record)
            if len(batch) >= BATCH_RECORDS:
                self._take(batch, report)
                progress.articles(len(batch))
                batch = []
        self._take(batch, report)
        progress.articles(len(batch))

    def _take(self, batch: Sequence[Article], report: IngestReport) -> None:
        stored = self._versions.known([article.id for article in batch])
        ids = {id for id, _ in stored}
        made = self._made.known([article.id for article in batch])
        known = {id for id, _ in stored.keys() | made.keys()}
        refused = without_article(batch, known) | self._removal.refusals(batch)
        for article in batch:
            place = article.id, article.digest
            if place in stored:
                report.outcomes["unchanged"] += 1
            elif reason := refused.get(place):
                report.add_rejected([Rejected(article.source, reason)], 1)
            else:
                report.outcomes[self._outcome(article, known=article.id in ids)] += 1

    def _outcome(self, article: Article, *, known: bool) -> StoreOutcome:
        [found] = self._made.add([New(article)])
        if found.outcome in ("unchanged", "updated"):
            return found.outcome
        if known:
            return "updated"
        with self._held.reading() as connection:
            return (
                "copies"
                if families.has_copies(connection, article, self._held.all_columns)
                else found.outcome
            )
