"""The command `python -m eval.rivals.scale`: makes large archives, and measures how search does in one."""

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
        description="Make a large archive out of another, and measure how search does in one.",
        epilog="Exit status: 0 done, 2 could not run.",
    )
    commands = parser.add_subparsers(required=True, metavar="grow|ask")
    growing = commands.add_parser("grow", help="an archive's articles again and again, with noise")
    growing.add_argument("archive", type=Path, metavar="ARCHIVE", help="its folder; it stays as it is")
    growing.add_argument("larger", type=Path, metavar="LARGER", help="a new folder, for the large one")
    growing.add_argument("--passages", type=int, required=True, metavar="N", help="how many it has at least")
    growing.add_argument("--seed", type=int, default=SEED, metavar="N", help="another seed makes other noise")
    growing.set_defaults(run=_grow)
    asking = commands.add_parser("ask", help="time the search, and compare it with an exact one")
    asking.add_argument("archive", type=Path, metavar="ARCHIVE", help="its folder")
    asking.add_argument("questions", type=Path, metavar="FILE", help="questions.jsonl of RealTimeQA")
    asking.add_argument(
        "--number", type=int, default=QUESTIONS, metavar="N", help="how many, default %(default)s"
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
