"""The archive of the sample, ingested once and kept in the system's cache folder."""

from dataclasses import replace
from pathlib import Path

from assistant.errors import BackfileError
from assistant.models.encoder import TextEncoder
from assistant.settings import Settings
from eval.cache import ROOT, cached_archive

SAMPLE = ROOT / "sample"


def with_sample(settings: Settings, *, sample: Path = SAMPLE, encoder: TextEncoder | None = None) -> Settings:
    """Return the settings with the sample's archive instead of the user's; ingest the sample if necessary.

    Raises:
        BackfileError: the sample is missing, a record of it is rejected, or the cache folder is not writable.
    """
    if not sample.is_dir():
        raise BackfileError(f"the sample is not in {sample}: run this from a checkout of the project")
    folder, report = cached_archive("sample", sample, settings, encoder=encoder)
    if report is not None and report.rejections:
        first = report.rejected[0]
        raise BackfileError(
            f"{report.rejections} records of the sample were set aside, for example {first.source} "
            f"({first.reason}): fix the records, or the code that reads them"
        )
    return replace(settings, archive=folder.path, chroma_url="")
