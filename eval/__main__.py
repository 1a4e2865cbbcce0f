"""The command `python -m eval`: measures retrieval and answers on benchmark suites."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval import gold_suite
from eval.benchmarks import multihop_rag, newsqa, realtimeqa
from eval.suites import Measured, Request, Suite

SUITES: Mapping[str, Suite] = {
    "gold": gold_suite,
    "realtimeqa": realtimeqa,
    "newsqa": newsqa,
    "multihop_rag": multihop_rag,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    with_data = ", ".join(name for name, suite in SUITES.items() if suite.NEEDS_DATA)
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how good retrieval and answers are.",
        epilog="Exit status: 0 measured, 2 could not run.",
    )
    parser.add_argument(
        "suites",
        nargs="*",
        metavar="SUITE",
        help=f"of {', '.join(SUITES)} (default: all, those that need --data only with it)",
    )
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="archive to ask (default: archive); gold asks the sample"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of the benchmark data, needed by {with_data}"
    )
    parser.add_argument(
        "--gold", type=Path, metavar="PATH", help="gold set, a file or a folder of files (default: eval/gold)"
    )
    parser.add_argument("--every", type=_count, default=1, metavar="N", help="ask every Nth question only")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    named = [suite for suite in options.suites if suite != "run"]
    for name in named:
        if name not in SUITES:
            parser.error(f"there is no suite {name!r}; there are {', '.join(SUITES)}")
        if SUITES[name].NEEDS_DATA and options.data is None:
            parser.error(f"{name} reads a public set: give the folder that holds it with --data")
    chosen = named or [name for name, suite in SUITES.items() if options.data or not suite.NEEDS_DATA]
    try:
        settings = Settings.from_env(os.environ)
        if options.archive:
            settings = replace(settings, archive=options.archive)
        request = Request(settings=settings, data=options.data, gold=options.gold, every=options.every)
        for name in chosen:
            measured = SUITES[name].measure(request)
            if options.json:
                print(json.dumps(measured.to_json(name), ensure_ascii=False))
            else:
                print("\n".join(_table(name, measured)))
    except BackfileError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _table(name: str, measured: Measured) -> Iterator[str]:
    """Lay out the measures of all questions with their intervals, and the headlines of every part."""
    yield f"{name}: {measured.overall.n:,} questions"
    for metric, found in measured.overall.metrics.items():
        yield f"  {metric:34} {found.value:10.3f}  [{found.low:.3f}, {found.high:.3f}]  n = {found.n:,}"
    headlines = SUITES[name].HEADLINES
    for number, metric in enumerate(headlines, start=1):
        yield f"{'' if number > 1 else 'of its parts:':14} ({number}) {metric}"
    yield f"{'':32} {'n':>5}" + "".join(f"{f'({number})':>7}" for number in range(1, len(headlines) + 1))
    for part, some in measured.parts.items():
        values = (some.metrics.get(metric) for metric in headlines)
        yield f"  {part:30} {some.n:5,}" + "".join(
            f"{found.value:7.3f}" if found else f"{'–':>7}" for found in values
        )


if __name__ == "__main__":
    sys.exit(main())
