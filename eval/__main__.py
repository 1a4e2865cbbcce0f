"""The command `python -m eval`: measures retrieval and answers on benchmark suites."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from assistant.assistant import Assistant
from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.benchmarks import realtimeqa

SUITES = (realtimeqa.SUITE,)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how good retrieval and answers are.",
        epilog="Exit status: 0 measured, 2 could not run.",
    )
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)} (default: all)")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="archive to ask (default: archive)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="folder of the benchmark data"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth question only")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    suites = [suite for suite in options.suites if suite != "run"] or list(SUITES)
    for suite in suites:
        if suite not in SUITES:
            parser.error(f"there is no suite {suite!r}; there are {', '.join(SUITES)}")
    try:
        settings = Settings.from_env(os.environ)
        if options.archive:
            settings = replace(settings, archive=options.archive)
        for suite in suites:
            _run(suite, settings, options)
    except BackfileError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    return 0


def _run(suite: str, settings: Settings, options: argparse.Namespace) -> None:
    questions = realtimeqa.load(options.data)[:: options.every]
    assistant = Assistant.open(settings)
    try:
        outcomes = list(tqdm(realtimeqa.run(assistant, questions), total=len(questions), disable=None))
    finally:
        assistant.close()
    if options.json:
        measured = {name: found.to_json() for name, found in realtimeqa.metrics(outcomes).items()}
        print(json.dumps({"suite": suite, "n": len(outcomes), "metrics": measured}, ensure_ascii=False))
        return
    for part, some in sorted(realtimeqa.parts(outcomes).items()):
        print(f"{suite}, {part}: {len(some):,} questions")
        for name, found in realtimeqa.metrics(some).items():
            print(f"  {name:34} {found.value:8.3f}  [{found.low:.3f}, {found.high:.3f}]")


if __name__ == "__main__":
    sys.exit(main())
