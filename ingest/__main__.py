"""The command `python -m ingest`: puts files into an archive and keeps its derived stores in order."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.archive import ArchiveFolder
from assistant.command import ended
from assistant.counting import counted
from assistant.embedding import LazyEncoder
from assistant.settings import Settings
from ingest.progress import Lines, Quiet, Terminal
from ingest.sources import FIELDS, ReadOptions, parse_fields, walk

if TYPE_CHECKING:
    from ingest.indexing import IngestReport

REJECTIONS_SHOWN = 50
"""Set-aside records named one by one; of more than these the report gives the number."""


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
    said = "interrupted; the same command resumes where it stopped"
    return ended("ingest", lambda: _run(options), interrupted=said)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    folder = ArchiveFolder(options.archive or settings.archive)
    if options.check:
        return _check(folder, as_json=options.json)
    if options.rebuild or options.reembed:
        return _again(folder, settings, options)
    # All that can be wrong with the arguments comes first: a mistyped path must not make an archive.
    reading = ReadOptions(outlet=options.outlet, fields=parse_fields(options.field))
    files = list(walk(options.paths))
    # Imported here, for torch and Chroma take seconds: a wrong argument is said, and Ctrl-C heard, at once.
    from ingest.indexing import Indexer

    with (
        Indexer.opened(folder, LazyEncoder(settings.encoder)) as indexer,
        closing(_progress(options)) as progress,
    ):
        progress.files(files)
        report = indexer.ingest(files, reading, progress)
    _print(report)
    if options.json:
        print(json.dumps(report.to_json()))
    return 1 if report.rejections else 0


def _again(folder: ArchiveFolder, settings: Settings, options: argparse.Namespace) -> int:
    """Make derived stores, or passages and vectors too, anew."""
    from ingest.indexing import Indexer

    folder.require()
    with (
        Indexer.opened(folder, LazyEncoder(settings.encoder)) as indexer,
        closing(_progress(options)) as progress,
    ):
        if options.rebuild:
            done = {"vectors": indexer.rebuild()}
            said = f"Chroma and caches hold {counted(done['vectors'], 'vector')} again."
        else:
            done = {"passages": indexer.reembed(progress)}
            said = f"{counted(done['passages'], 'passage')} cut and embedded anew."
    print(said)
    if options.json:
        print(json.dumps(done))
    return 0


def _progress(options: argparse.Namespace) -> Quiet:
    return Quiet() if options.json else Terminal() if sys.stderr.isatty() else Lines()


def _print(report: "IngestReport") -> None:
    counts = report.to_json()
    words = ("added", "updated", "unchanged", "copies", "rejected")
    print(", ".join(f"{counts[word]:,} {word}" for word in words), end="; ")
    print(f"{counted(report.passages, 'passage')} embedded in {report.seconds:.1f} s")
    for rejected in report.rejected[:REJECTIONS_SHOWN]:
        print(f"  set aside: {rejected.source}: {rejected.reason}")
    if report.rejections > REJECTIONS_SHOWN:
        print(f"  … and {report.rejections - REJECTIONS_SHOWN:,} more")


def _check(folder: ArchiveFolder, *, as_json: bool) -> int:
    from ingest.check import check

    found = check(folder)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        counts = ((found.articles, "article"), (found.passages, "passage"), (found.vectors, "vector"))
        print(", ".join(counted(number, noun) for number, noun in counts), end=", ")
        print(f"{found.chroma:,} in Chroma")
        for difference in found.differences:
            print(f"  {difference}")
        print("No difference." if not found.differences else "Differences found.")
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main())
