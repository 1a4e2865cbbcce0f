"""The command `python -m ingest`: puts files into an archive and keeps its derived stores in order."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.archive import ArchiveFolder
from assistant.embedding import LazyEncoder
from assistant.errors import BackfileError
from assistant.settings import Settings
from ingest.check import check
from ingest.indexing import Indexer, IngestReport
from ingest.progress import Lines, Quiet, Terminal
from ingest.sources import FIELDS, ReadOptions, parse_fields, walk

REJECTIONS_SHOWN = 50
"""Set-aside records named one by one; of more than these the report gives the number."""

INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Put news articles into an archive. The same command again adds what is new and resumes "
        "what was interrupted.",
        epilog="Exit status: 0 all read, 1 some records rejected or a difference found, 2 could not run.",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders, formats mixed")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)")
    parser.add_argument("--outlet", metavar="NAME", help="outlet of articles that name none")
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help=f"which of a record's fields is the article's FIELD, one of {', '.join(FIELDS)}; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON on the last line")
    task = parser.add_mutually_exclusive_group()
    task.add_argument(
        "--rebuild", action="store_true", help="make Chroma and caches again from stored vectors"
    )
    task.add_argument(
        "--reembed", action="store_true", help="make passages and vectors anew from the articles"
    )
    task.add_argument("--check", action="store_true", help="compare counts and spans; write nothing")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    maintenance = options.rebuild or options.reembed or options.check
    if maintenance == bool(options.paths):
        parser.error("give files or folders to ingest, or one of --rebuild, --reembed, --check")
    try:
        return _run(options)
    except BackfileError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("ingest: interrupted; the same command resumes where it stopped", file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    folder = ArchiveFolder(options.archive or settings.archive)
    if options.check:
        return _check(folder, as_json=options.json)
    progress = Quiet() if options.json else Terminal() if sys.stderr.isatty() else Lines()
    if options.rebuild or options.reembed:
        folder.require()
    with Indexer.opened(folder, LazyEncoder(settings.encoder)) as indexer:
        if options.rebuild:
            print(f"Chroma and caches hold {indexer.rebuild():,} vectors again.")
            return 0
        if options.reembed:
            print(f"{indexer.reembed(progress):,} passages cut and embedded anew.")
            return 0
        reading = ReadOptions(outlet=options.outlet, fields=parse_fields(options.field))
        files = list(walk(options.paths))
        progress.files(files)
        report = indexer.ingest(files, reading, progress)
    progress.close()
    _print(report)
    if options.json:
        print(json.dumps(report.to_json()))
    return 1 if report.rejected else 0


def _print(report: IngestReport) -> None:
    counts = report.to_json()
    words = ("added", "updated", "unchanged", "copies", "rejected")
    print(", ".join(f"{counts[word]:,} {word}" for word in words), end="; ")
    print(f"{report.passages:,} passages embedded in {report.seconds:.1f} s")
    for rejected in report.rejected[:REJECTIONS_SHOWN]:
        print(f"  set aside: {rejected.source}: {rejected.reason}")
    if len(report.rejected) > REJECTIONS_SHOWN:
        print(f"  … and {len(report.rejected) - REJECTIONS_SHOWN:,} more")


def _check(folder: ArchiveFolder, *, as_json: bool) -> int:
    found = check(folder)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print(
            f"{found.articles:,} articles, {found.passages:,} passages, {found.vectors:,} vectors,", end=" "
        )
        print(f"{found.chroma:,} in Chroma")
        for difference in found.differences:
            print(f"  {difference}")
        print("No difference." if not found.differences else "Differences found.")
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main())
