"""The command `python -m ingest`: puts files into an archive and keeps its derived stores in order."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder, archive_folder
from assistant.command import ended
from assistant.errors import ArchiveBusy
from assistant.models.configured_encoder import LazyEncoder, encoder_name, open_encoder
from assistant.models.encoder import PassageEncoder
from assistant.settings import Settings
from assistant.text.counting import counted
from ingest.progress import Lines, Quiet, Terminal
from ingest.sources.field_mapping import read_mapping
from ingest.sources.files import FIELDS, ReadOptions, SourceFile, parse_fields, place_of, walk

if TYPE_CHECKING:
    from ingest.store.indexer import IngestReport, StartParsers

SHOWN = 50
"""Set-aside records, and missing files, named one by one; of more than these the report gives the number."""

TASKS = {
    "rebuild": "make Chroma and caches again from stored vectors",
    "reembed": "make passages and vectors anew from the articles",
    "check": "compare counts and spans; write nothing",
    "status": "tell of every file and record what became of it, and of PATHs what is new; write nothing",
    "dry-run": "read PATHs and report what an ingest would do; write nothing",
    "watch": "ingest PATHs, then whatever is put into them, until Ctrl-C",
    "remove": "take articles out, with every trace of their words, and keep them out; PATHs here are ids, "
    "addresses, or places of records, files and folders",
    "restore": "let removed articles in again when their files are next ingested; PATHs as for --remove",
}
WITHOUT_PATHS = {"rebuild", "reembed", "check"}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Put news articles into an archive. The same command again adds what is new and resumes "
        "what was interrupted.",
        epilog="Exit status: 0 all read, 1 some records rejected or a difference found, 2 could not run.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders, formats mixed")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)")
    parser.add_argument(
        "--chroma", metavar="URL", help="Chroma server that keeps the vectors (default: Chroma in the folder)"
    )
    parser.add_argument("--outlet", metavar="NAME", help="outlet of articles that name none")
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help=f"which of a record's fields is the article's FIELD, one of {', '.join(FIELDS)}; may be repeated",
    )
    parser.add_argument(
        "--fields",
        type=Path,
        metavar="FILE",
        help="field mappings in TOML, for all files or some (docs/formats.md); --field and --outlet win over them",
    )
    parser.add_argument(
        "--ray",
        action="store_true",
        help="parse and embed on the Ray cluster that RAY_ADDRESS names; where it is not set, on one of this machine",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON on the last line")
    tasks = parser.add_mutually_exclusive_group()
    for task, said in TASKS.items():
        tasks.add_argument(f"--{task}", dest="task", action="store_const", const=task, help=said)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.task in WITHOUT_PATHS and options.paths:
        parser.error(f"--{options.task} takes the whole archive: leave out {options.paths[0]}")
    if options.task not in {*WITHOUT_PATHS, "status"} and not options.paths:
        parser.error("give files or folders to ingest, or one of --status, --check, --rebuild, --reembed")
    said = "interrupted; the same command resumes where it stopped"
    return ended("ingest", lambda: _run(options), interrupted=said)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    settings = replace(
        settings,
        archive=options.archive or settings.archive,
        chroma_url=settings.chroma_url if options.chroma is None else options.chroma,
    )
    folder = archive_folder(settings)
    if options.task == "check":
        return _check(folder, as_json=options.json)
    if options.task in ("remove", "restore"):
        return _remove(folder, settings, options)
    if options.task in ("rebuild", "reembed"):
        return _again(folder, settings, options)
    # All that can be wrong with the arguments comes first: a mistyped path must not make an archive.
    reading = read_mapping(options.fields, outlet=options.outlet, fields=parse_fields(options.field))
    paths = [Path(path) for path in options.paths]
    if options.task == "status":
        return _status(folder, paths, reading, as_json=options.json)
    files = list(walk(paths))
    # Imported here, for torch and Chroma take seconds: a wrong argument is said, and Ctrl-C heard, at once.
    if options.task == "dry-run":
        from ingest.store.dry_run import dry_run

        with closing(_progress(options)) as progress:
            progress.files(files)
            report = dry_run(folder, files, reading, progress)
        return _print(report, as_json=options.json, before="A dry run; nothing was written. ")
    with _machines(settings, options) as machines:
        if options.task == "watch":
            return _watch(folder, machines, paths, reading, options)
        return _print(_ingested(folder, machines, files, reading, options), as_json=options.json)


@contextmanager
def _machines(
    settings: Settings, options: argparse.Namespace
) -> Iterator[tuple[PassageEncoder, "StartParsers"]]:
    """Give what embeds and what parses, here or on a cluster; none of it starts before there is something to do."""
    if options.ray:
        from ingest.parsing.ray_cluster import Cluster

        # What embeds there need not know how to get at Chroma.
        opened = partial(open_encoder, replace(settings, chroma_token=""))
        with closing(Cluster(opened, name=encoder_name(settings))) as cluster:
            yield cluster.encoder, cluster.parsers
    else:
        from ingest.parsing.workers import WorkerPool

        yield LazyEncoder(settings), WorkerPool.for_files


def _ingested(
    folder: ArchiveFolder,
    machines: tuple[PassageEncoder, "StartParsers"],
    files: Sequence[SourceFile],
    reading: ReadOptions,
    options: argparse.Namespace,
) -> "IngestReport":
    from ingest.store.indexer import Indexer

    with Indexer.opened(folder, *machines) as indexer, closing(_progress(options)) as progress:
        progress.files(files)
        return indexer.ingest(files, reading, progress)


def _watch(
    folder: ArchiveFolder,
    machines: tuple[PassageEncoder, "StartParsers"],
    paths: Sequence[Path],
    reading: ReadOptions,
    options: argparse.Namespace,
) -> int:
    """Ingest what comes until interrupted."""
    from ingest.sources.watching import Watcher, watch_folders

    def take(files: Sequence[SourceFile]) -> None:
        _print(_ingested(folder, machines, files, reading, options), as_json=options.json)
        sys.stdout.flush()

    def gone(sources: Sequence[str]) -> None:
        for source in sources[:SHOWN]:
            print(
                f"{source} is gone; what it brought in stays (`python -m ingest --remove` takes it out)",
                file=sys.stderr,
            )
        _more(len(sources), file=sys.stderr)

    def busy(error: ArchiveBusy) -> None:
        print(f"waiting: {error}", file=sys.stderr)

    print(f"watching {', '.join(map(str, paths))}; Ctrl-C stops", file=sys.stderr)
    watch_folders(Watcher(paths, ingest=take, gone=gone, busy=busy), paths, folder)
    return 0


def _again(folder: ArchiveFolder, settings: Settings, options: argparse.Namespace) -> int:
    """Make derived stores, or passages and vectors too, anew."""
    from ingest.store.indexer import Indexer

    folder.require()
    with (
        _machines(settings, options) as machines,
        Indexer.opened(folder, *machines) as indexer,
        closing(_progress(options)) as progress,
    ):
        if options.task == "rebuild":
            done = {"vectors": indexer.rebuild()}
            said = f"Chroma and caches hold {counted(done['vectors'], 'vector')} again."
        else:
            done = {"passages": indexer.reembed(progress)}
            said = f"{counted(done['passages'], 'passage')} cut and embedded anew."
    print(said)
    if options.json:
        print(json.dumps(done))
    return 0


def _remove(folder: ArchiveFolder, settings: Settings, options: argparse.Namespace) -> int:
    """Take articles out, or let them in again."""
    from ingest.store.indexer import Indexer

    folder.require()
    with Indexer.opened(folder, LazyEncoder(settings)) as indexer:
        if options.task == "restore":
            number = indexer.restore(options.paths)
            print(f"{counted(number, 'article')} may come in again: ingest the files once more.")
            if options.json:
                print(json.dumps({"restored": number}))
            return 0
        report = indexer.remove(options.paths)
    print(f"{counted(report.removed, 'article')} removed, and every trace of their words purged.")
    for copy in report.copies[:SHOWN]:
        print(
            f"  a copy stays: {copy.article} ({copy.outlet or 'an outlet not named'}, {copy.url or 'no address'})"
        )
    _more(len(report.copies))
    if folder.server:
        print(
            f"  the disk of {folder.server.url} may still hold their vectors: docs/operations.md says how to be rid of "
            "them"
        )
    if report.conversations:
        print(
            f"  {counted(report.conversations, 'conversation')} on the page still quote it: delete them there"
        )
    if options.json:
        print(json.dumps(report.to_json()))
    return 0


def _progress(options: argparse.Namespace) -> Quiet:
    return Quiet() if options.json else Terminal() if sys.stderr.isatty() else Lines()


def _print(report: "IngestReport", *, as_json: bool, before: str = "") -> int:
    """Print what became of the records, and return the command's exit status."""
    counts = report.to_json()
    words = ("added", "updated", "unchanged", "copies", "rejected")
    print(before + ", ".join(f"{counts[word]:,} {word}" for word in words), end="; ")
    print(f"{counted(report.passages, 'passage')} embedded in {report.seconds:.1f} s")
    for rejected in report.rejected[:SHOWN]:
        print(f"  set aside: {rejected.source}: {rejected.reason}")
    _more(report.rejections)
    if report.skipped:
        kinds = ", ".join(f"{kind} ({count:,})" for kind, count in report.skipped.most_common())
        print(f"  passed over, for they hold no article: {kinds}")
    if as_json:
        print(json.dumps(counts))
    return 1 if report.rejections else 0


def _more(number: int, file: TextIO | None = None) -> None:
    if number > SHOWN:
        print(f"  … and {number - SHOWN:,} more", file=file)


def _status(folder: ArchiveFolder, paths: Sequence[Path], reading: ReadOptions, *, as_json: bool) -> int:
    """Tell of files and records; as JSON one line each, and the counts on the last."""
    from ingest.store.removal import removals
    from ingest.store.status import Status

    folder.require()
    catalog = Catalog.open(folder.catalog)
    try:
        status = Status(catalog)
        states = (
            status.compared(list(walk(paths)), [place_of(path) for path in paths], reading)
            if paths
            else status.known()
        )
        files: Counter[str] = Counter()
        told = 0
        for state in states:
            files[state.state] += 1
            if as_json:
                print(json.dumps(vars(state)))
                for record in status.records(state.file):
                    print(json.dumps(record.to_json()))
            elif state.state not in ("indexed", "unchanged"):
                told += 1
                if told <= SHOWN:
                    print(f"  {state.state}: {state.file}")
        _more(told)
        counts = status.counts()
        gone = removals(catalog)
        if as_json:
            for each in gone:
                print(json.dumps({"removed": each}))
            print(json.dumps({"files": dict(files), "records": dict(counts), "removed": len(gone)}))
            return 0
        for rejected in status.rejected(limit=SHOWN):
            print(f"  set aside: {rejected.source}: {rejected.reason}")
        _more(counts["rejected"])
        for each in gone[:SHOWN]:
            print(f"  removed on {each['day']}: {each['article']}, asked for as {each['asked']}")
        _more(len(gone))
        print(f"{counted(files.total(), 'file')}{_by_state(files)}")
        print(f"{counted(counts.total(), 'record')}{_by_state(counts)}; {len(gone):,} removed")
    finally:
        catalog.close()
    return 0


def _by_state(counts: Counter[str]) -> str:
    words = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    return f": {words}" if words else ""


def _check(folder: ArchiveFolder, *, as_json: bool) -> int:
    from ingest.store.check import check

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
