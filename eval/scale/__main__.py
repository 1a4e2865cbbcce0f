"""The command `python -m eval.scale`: makes large archives, and measures how fast one is searched."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.archive.folder import ArchiveFolder
from assistant.errors import BackfileError
from assistant.models.encoder import Encoder
from eval.metrics import SEED
from eval.scale.growing import grow
from eval.scale.searching import measure
from eval.suites.realtimeqa import read

QUESTIONS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.scale",
        description="Make a large archive from a smaller one, and measure how fast it is searched.",
        epilog="Exit status: 0 done, 2 could not run.",
    )
    commands = parser.add_subparsers(required=True, metavar="grow|ask")
    growing = commands.add_parser("grow", help="copy an archive's articles many times, with noise")
    growing.add_argument(
        "archive", type=Path, metavar="ARCHIVE", help="folder of the archive; it is not changed"
    )
    growing.add_argument("larger", type=Path, metavar="LARGER", help="new folder for the large archive")
    growing.add_argument(
        "--passages", type=int, required=True, metavar="N", help="minimum number of passages"
    )
    growing.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="another seed makes different noise"
    )
    growing.set_defaults(run=_grow)
    asking = commands.add_parser("ask", help="time the search, and compare it with an exact one")
    asking.add_argument("archive", type=Path, metavar="ARCHIVE", help="folder of the archive")
    asking.add_argument("questions", type=Path, metavar="FILE", help="questions.jsonl of RealTimeQA")
    asking.add_argument(
        "--number",
        type=int,
        default=QUESTIONS,
        metavar="N",
        help="number of questions (default: %(default)s)",
    )
    asking.set_defaults(run=_ask)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (BackfileError, OSError) as error:
        print(f"eval.scale: {error}", file=sys.stderr)
        return 2
    return 0


def _grow(options: argparse.Namespace) -> None:
    source, target = ArchiveFolder(options.archive), ArchiveFolder(options.larger)
    grow(source, target, Encoder.open(), passages=options.passages, seed=options.seed)


def _ask(options: argparse.Namespace) -> None:
    folder = ArchiveFolder(options.archive)
    folder.require()
    questions = read(options.questions)
    some = questions[:: max(len(questions) // max(options.number, 1), 1)][: options.number]
    for line in measure(folder, Encoder.open(), some):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
