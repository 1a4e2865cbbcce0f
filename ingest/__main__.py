"""The command `python -m ingest`: reads files into an archive, and maintains the archive."""

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

from assistant.archive.folder import ArchiveFolder, archive_folder
from assistant.command import run_command
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
"""Maximum rejected records or missing files to print; of the others the report gives only the number."""

TASKS = {
    "rebuild": "make Chroma and the vector matrix again from the stored vectors",
    "reembed": "make passages and vectors again from the stored articles",
    "check": "compare the stores of the archive; write nothing",
    "status": "report the state of every ingested file and record; with PATHs, what is new or changed; write nothing",
    "dry-run": "read PATHs and report what an ingest would do; write nothing",
    "watch": "ingest PATHs, then every file added to them, until Ctrl-C",
    "remove": "remove articles with every trace of their text, and reject them from now on; PATHs are ids, URLs, "
    "or places of records, files or folders",
    "restore": "allow removed articles again when their files are next ingested; PATHs as for --remove",
    "versions": "list the versions of an article, and why each is not current; PATH is its id, URL or place",
    "make-current": "let questions find another version of an article, given with --version; PATH as for --versions",
}
OF_ONE_ARTICLE = {"versions", "make-current"}
WITHOUT_PATHS = {"rebuild", "reembed", "check"}


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Read news articles into an archive. The same command run again adds new articles, and resumes "
        "an interrupted ingest.",
        epilog="Exit status: 0 all records read, 1 some records rejected or a difference found, 2 could not run.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders, in any mix of formats")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)")
    parser.add_argument(
        "--chroma", metavar="URL", help="Chroma server for the vectors (default: Chroma in the folder)"
    )
    parser.add_argument("--outlet", metavar="NAME", help="outlet of articles that do not name one")
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help=f"name of the record field that holds the article's FIELD, one of {', '.join(FIELDS)}; may be repeated",
    )
    parser.add_argument(
        "--fields",
        type=Path,
        metavar="FILE",
        help="TOML file with field mappings (docs/formats.md); --field and --outlet take precedence over it",
    )
    parser.add_argument(
        "--ray",
        action="store_true",
        help="parse and embed on the Ray cluster that RAY_ADDRESS names, or else on one of this machine",
    )
    parser.add_argument(
        "--conservation",
        action="store_true",
        help="with --dry-run: measure by format which words of PATHs are stored, reported as left out, or lost",
    )
    parser.add_argument("--version", type=int, metavar="N", help="the version for --make-current")
    parser.add_argument("--json", action="store_true", help="print the report as JSON on the last line")
    tasks = parser.add_mutually_exclusive_group()
    for task, text in TASKS.items():
        tasks.add_argument(f"--{task}", dest="task", action="store_const", const=task, help=text)
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m ingest") -> int:
    """Run the command and return its exit status. `prog` is what the user typed before the arguments."""
    parser = build_parser(prog)
    options = parser.parse_args(arguments)
    if options.task in WITHOUT_PATHS and options.paths:
        parser.error(f"--{options.task} works on the whole archive: leave out {options.paths[0]}")
    if options.task not in {*WITHOUT_PATHS, "status"} and not options.paths:
        parser.error("give files or folders to ingest, or one of --status, --check, --rebuild, --reembed")
    if options.task in OF_ONE_ARTICLE and len(options.paths) != 1:
        parser.error(f"--{options.task} works on one article: give one id, URL or place")
    if (options.task == "make-current") != (options.version is not None):
        parser.error("--make-current and --version N must be given together")
    if options.conservation and options.task != "dry-run":
        parser.error("--conservation measures a dry run: give --dry-run too")
    message = "interrupted; the same command resumes where it stopped"
    return run_command("ingest", lambda: _run(options), interrupted=message)


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
    if options.task in ("rebuild", "reembed", "make-current"):
        return _maintain(folder, settings, options)
    if options.task == "versions":
        return _versions(folder, options.paths[0], as_json=options.json)
    # Check all arguments first: a mistyped path must not create an archive.
    read_options = read_mapping(options.fields, outlet=options.outlet, fields=parse_fields(options.field))
    paths = [Path(path) for path in options.paths]
    if options.task == "status":
        return _status(folder, paths, read_options, as_json=options.json)
    files = list(walk(paths))
    if options.conservation:
        return _conservation(files, read_options, as_json=options.json)
    # Imported here, because torch and Chroma take seconds: wrong arguments and Ctrl-C get an immediate answer.
    if options.task == "dry-run":
        from ingest.store.dry_run import dry_run

        with closing(_progress(options)) as progress:
            progress.files(files)
            report = dry_run(folder, files, read_options, progress)
        return _print(report, as_json=options.json, before="Dry run; nothing was written. ")
    with _machines(settings, options) as machines:
        if options.task == "watch":
            return _watch(folder, machines, paths, read_options, options)
        return _print(_ingested(folder, machines, files, read_options, options), as_json=options.json)


@contextmanager
def _machines(
    settings: Settings, options: argparse.Namespace
) -> Iterator[tuple[PassageEncoder, "StartParsers"]]:
    """Yield the encoder and the function that starts parsers, local or on a cluster; both start at first use."""
    if options.ray:
        from ingest.parsing.ray_cluster import Cluster

        # The encoders on the cluster do not need access to Chroma.
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
    read_options: ReadOptions,
    options: argparse.Namespace,
) -> "IngestReport":
    from ingest.store.indexer import Indexer

    with Indexer.opened(folder, *machines) as indexer, closing(_progress(options)) as progress:
        progress.files(files)
        return indexer.ingest(files, read_options, progress)


def _watch(
    folder: ArchiveFolder,
    machines: tuple[PassageEncoder, "StartParsers"],
    paths: Sequence[Path],
    read_options: ReadOptions,
    options: argparse.Namespace,
) -> int:
    """Ingest new files until interrupted."""
    from ingest.sources.watching import Watcher, watch_folders

    def take(files: Sequence[SourceFile]) -> None:
        _print(_ingested(folder, machines, files, read_options, options), as_json=options.json)
        sys.stdout.flush()

    def gone(sources: Sequence[str]) -> None:
        for source in sources[:SHOWN]:
            print(
                f"{source} is gone; its articles stay (`python -m ingest --remove` removes them)",
                file=sys.stderr,
            )
        _print_rest(len(sources), file=sys.stderr)

    def busy(error: ArchiveBusy) -> None:
        print(f"waiting: {error}", file=sys.stderr)

    print(f"watching {', '.join(map(str, paths))}; Ctrl-C stops", file=sys.stderr)
    watch_folders(Watcher(paths, ingest=take, gone=gone, busy=busy), paths, folder)
    return 0


def _maintain(folder: ArchiveFolder, settings: Settings, options: argparse.Namespace) -> int:
    """Make the derived stores again, for `reembed` the passages and vectors too; or make another version current."""
    from ingest.store.indexer import Indexer

    folder.require()
    with (
        _machines(settings, options) as machines,
        Indexer.opened(folder, *machines) as indexer,
        closing(_progress(options)) as progress,
    ):
        done: dict[str, int | str]
        if options.task == "rebuild":
            vectors = indexer.rebuild()
            done = {"vectors": vectors}
            message = f"Chroma and the matrix were made again with {counted(vectors, 'vector')}."
        elif options.task == "make-current":
            article = indexer.make_current(options.paths[0], options.version, progress)
            done = {"article": article, "version": options.version}
            message = f"Version {options.version} of article {article} is the current one."
        else:
            passages = indexer.reembed(progress)
            done = {"passages": passages}
            message = f"{counted(passages, 'passage')} made and embedded again."
    print(message)
    if options.json:
        print(json.dumps(done))
    return 0


def _remove(folder: ArchiveFolder, settings: Settings, options: argparse.Namespace) -> int:
    """Remove articles, or allow removed ones again."""
    from ingest.store.indexer import Indexer

    folder.require()
    with Indexer.opened(folder, LazyEncoder(settings)) as indexer:
        if options.task == "restore":
            number = indexer.restore(options.paths)
            print(f"{counted(number, 'article')} can be ingested again: run the ingest of their files.")
            if options.json:
                print(json.dumps({"restored": number}))
            return 0
        report = indexer.remove(options.paths)
    print(f"{counted(report.removed, 'article')} removed, and every trace of their text purged.")
    for copy in report.copies[:SHOWN]:
        print(f"  a copy stays: {copy.article} ({copy.outlet or 'unknown outlet'}, {copy.url or 'no URL'})")
    _print_rest(len(report.copies))
    if folder.server:
        print(
            f"  the disk of {folder.server.url} may still contain their vectors: docs/operations.md explains how to "
            "delete them"
        )
    if report.conversations:
        quoting = " ".join(f"--quoting {id}" for id in report.quoted)
        print(
            f"  {counted(report.conversations, 'conversation')} still quote them: `python -m assistant conversations "
            f"{quoting}` lists these, and deletes them with --delete"
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
        print(f"  rejected: {rejected.source}: {rejected.reason}")
    _print_rest(report.rejections)
    if report.skipped:
        kinds = ", ".join(f"{kind} ({count:,})" for kind, count in report.skipped.most_common())
        print(f"  skipped, because they contain no article: {kinds}")
    if report.set_aside:
        print(
            f"  set aside, because another version is better: {counted(report.set_aside, 'version')} (see --status)"
        )
    if as_json:
        print(json.dumps(counts))
    return 1 if report.rejections else 0


def _print_rest(number: int, file: TextIO | None = None) -> None:
    if number > SHOWN:
        print(f"  … and {number - SHOWN:,} more", file=file)


def _status(folder: ArchiveFolder, paths: Sequence[Path], read_options: ReadOptions, *, as_json: bool) -> int:
    """Print the state of files and records; as JSON one line each, and the counts on the last line."""
    from ingest.store.status import Status

    with Status.opened(folder) as status:
        states = (
            status.compared(list(walk(paths)), [place_of(path) for path in paths], read_options)
            if paths
            else status.known()
        )
        files: Counter[str] = Counter()
        printed = 0
        for state in states:
            files[state.state] += 1
            if as_json:
                print(json.dumps(vars(state)))
                for record in status.records(state.file):
                    print(json.dumps(record.to_json()))
            elif state.state not in ("indexed", "unchanged"):
                printed += 1
                if printed <= SHOWN:
                    print(f"  {state.state}: {state.file}")
        _print_rest(printed)
        counts = status.counts()
        languages = status.languages()
        removed = status.removed()
        if as_json:
            for each in removed:
                print(json.dumps({"removed": vars(each)}))
            totals = {"files": dict(files), "records": dict(counts), "removed": len(removed)}
            print(json.dumps({**totals, "languages": dict(languages)}))
            return 0
        for rejected in status.rejected(limit=SHOWN):
            print(f"  rejected: {rejected.source}: {rejected.reason}")
        _print_rest(counts["rejected"])
        for aside in status.set_aside(limit=SHOWN):
            print(f"  set aside: {aside.source}, version {aside.version} of {aside.article}: {aside.reason}")
        _print_rest(counts["set_aside"])
        for each in removed[:SHOWN]:
            print(f"  removed on {each.day}: {each.article}, requested as {each.asked}")
        _print_rest(len(removed))
        print(f"{counted(files.total(), 'file')}{_by_state(files)}")
        print(f"{counted(counts.total(), 'record')}{_by_state(counts)}; {len(removed):,} removed")
        print(f"{counted(languages.total(), 'article')} in search{_by_state(languages)}")
    return 0


def _versions(folder: ArchiveFolder, name: str, *, as_json: bool) -> int:
    """Print the versions of an article."""
    from ingest.store.status import Status

    with Status.opened(folder) as status:
        for each in status.versions(name):
            if as_json:
                print(json.dumps(vars(each)))
                continue
            updated = f", updated {each.updated}" if each.updated else ""
            dates = f"{each.published or 'undated'}{updated}"
            reason = f": {each.reason}" if each.reason else ""
            print(f"{each.version:3}  {each.state.replace('_', ' ')}{reason}")
            print(f"     {each.title} ({dates}; {each.length:,} characters), from {each.source}")
    return 0


def _conservation(files: Sequence[SourceFile], read_options: ReadOptions, *, as_json: bool) -> int:
    """Print what becomes of the visible words of files, by format; exit status 1 if words are invented."""
    from ingest.parsing.conservation import measure

    found = measure(files, read_options)
    if as_json:
        print(json.dumps({name: each.to_json() for name, each in found.items()}))
    else:
        print(
            f"{'format':18}{'files':>8}{'words':>12}{'stored':>9}{'left out':>10}{'lost':>9}{'invented':>10}"
        )
        for name, each in found.items():
            shares = (part / max(each.words, 1) for part in (each.stored, each.left_out, each.lost))
            stored, left_out, lost = (f"{100 * share:.2f} %" for share in shares)
            print(
                f"{name:18}{each.files:8,}{each.words:12,}{stored:>9}{left_out:>10}{lost:>9}{each.invented:10,}"
            )
        for each in found.values():
            for example in each.examples:
                print(f"  invented: {example}")
    return 1 if any(each.invented for each in found.values()) else 0


def _by_state(counts: Counter[str]) -> str:
    words = ", ".join(f"{number:,} {state.replace('_', ' ')}" for state, number in counts.items() if number)
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
