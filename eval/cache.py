"""Archives that suites build for themselves: ingested once and kept in the system's cache folder.

These suites never touch the user's archive.
"""

import hashlib
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.errors import BackfileError
from assistant.models.configured_encoder import encoder_name, open_encoder
from assistant.models.encoder import TextEncoder
from assistant.settings import Settings
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from ingest.store.indexer import Indexer, IngestReport

ROOT = Path(__file__).resolve().parents[1]


def cached_archive(
    name: str,
    source: Path,
    settings: Settings,
    *,
    encoder: TextEncoder | None = None,
    progress: Quiet = Quiet(),
) -> tuple[ArchiveFolder, IngestReport | None]:
    """Return the archive of a file or folder; ingest it first if the cache lacks it.

    The encoder is that of the settings, if none is given. The report is None if the archive existed. An interrupted
    ingest is completed.

    Raises:
        BackfileError: the cache folder cannot be written to.
    """
    model = (
        (encoder.name, encoder.passage_prefix)
        if encoder
        else (encoder_name(settings), settings.passage_prefix)
    )
    folder = ArchiveFolder(_cache() / f"{name}-{_digest(source, *model)}")
    if _complete(folder):
        return folder, None
    files = list(walk([source]))
    progress.files(files)
    with Indexer.opened(folder, encoder or open_encoder(settings)) as indexer:
        report = indexer.ingest(files, ReadOptions(), progress)
    progress.close()
    return folder, report


def _cache() -> Path:
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "backfile"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackfileError(
            f"cannot create the folder {path} ({error.strerror}): set XDG_CACHE_HOME to one that can be written to"
        ) from error
    return path


def _digest(source: Path, encoder: str, prefix: str) -> str:
    """Return a digest of everything that shapes the archive: source, ingest code, schema and encoder.

    All ingest code counts, so that a changed parser never meets an archive that the old one made.
    """
    made = hashlib.sha256(repr((Catalog.NEWEST_SCHEMA, encoder, prefix)).encode())
    for path in (*_files(ROOT / "ingest", "*.py"), *_files(source, "*")):
        with path.open("rb") as content:
            made.update(repr((path.name, path.stat().st_size)).encode())
            made.update(hashlib.file_digest(content, "sha256").digest())
    return made.hexdigest()[:16]


def _files(place: Path, pattern: str) -> Sequence[Path]:
    if place.is_file():
        return [place]
    return [path for path in sorted(place.rglob(pattern)) if path.is_file()]


def _complete(folder: ArchiveFolder) -> bool:
    """Return whether an ingest has finished; an interrupted one continues where it stopped."""
    if not folder.catalog.is_file():
        return False
    with closing(Catalog.open(folder.catalog)) as catalog:
        return catalog.property("last_ingest") is not None
