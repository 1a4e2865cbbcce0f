"""The sample as an archive of its own, ingested once and kept in the system's cache folder.

Suites that ask the sample never touch the archive of the user.
"""

import hashlib
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from assistant.archive import ArchiveFolder
from assistant.catalog import Catalog
from assistant.embedding import DEFAULT_ENCODER, Encoder, TextEncoder
from assistant.errors import BackfileError
from assistant.schema import SCHEMA_VERSION
from assistant.settings import Settings
from ingest.indexing import Indexer
from ingest.progress import Quiet
from ingest.sources import ReadOptions, walk

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample"


def with_sample(settings: Settings, *, sample: Path = SAMPLE, encoder: TextEncoder | None = None) -> Settings:
    """Return the settings with the archive of the sample in place of the user's, made if there is none yet.

    Raises:
        BackfileError: the sample is not there, or the cache folder cannot be written to.
    """
    if not sample.is_dir():
        raise BackfileError(f"the sample is not in {sample}: run this from a checkout of the project")
    name = encoder.name if encoder else settings.encoder or DEFAULT_ENCODER
    folder = ArchiveFolder(_cache() / f"sample-{_digest(sample, name)}")
    if not _complete(folder):
        with Indexer.opened(folder, encoder or Encoder.open(settings.encoder)) as indexer:
            report = indexer.ingest(walk([sample]), ReadOptions(), Quiet())
        if report.rejections:
            first = report.rejected[0]
            raise BackfileError(
                f"{report.rejections} records of the sample were set aside, as {first.source} ({first.reason}): "
                "mend them, or the readers"
            )
    return replace(settings, archive=folder.path)


def _cache() -> Path:
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "backfile"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackfileError(
            f"cannot make the folder {path} ({error.strerror}): set XDG_CACHE_HOME to one that can be written to"
        ) from error
    return path


def _digest(sample: Path, encoder: str) -> str:
    """What the archive is made of: the sample, the code that reads and cuts it, the schema and the encoder.

    The code is taken whole, VERSIONs and all: who changes a reader must not be shown yesterday's archive.
    """
    made = hashlib.sha256(repr((SCHEMA_VERSION, encoder)).encode())
    code = ROOT / "ingest"
    for path in (*sorted(code.rglob("*.py")), *sorted(sample.rglob("*"))):
        if path.is_file():
            content = path.read_bytes()
            made.update(repr((path.name, len(content))).encode() + content)
    return made.hexdigest()[:16]


def _complete(folder: ArchiveFolder) -> bool:
    """Whether an ingest of the sample has ended: one that was interrupted goes on where it stopped."""
    if not folder.catalog.is_file():
        return False
    with closing(Catalog.open(folder.catalog)) as catalog:
        return catalog.property("last_ingest") is not None
