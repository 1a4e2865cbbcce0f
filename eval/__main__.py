"""The command `python -m eval`: measures retrieval and answers on benchmark suites."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from assistant.errors import BackfileError
from assistant.evidence.reader.reader import WEIGHTS
from assistant.models.configured_encoder import encoder_name
from assistant.settings import Settings
from eval import gate
from eval.compare import compare
from eval.drafting.drafts import draft
from eval.drafting.review import review
from eval.gold import suite as gold_suite
from eval.gold.questions import digest
from eval.report import page
from eval.runs import SuiteRun, load, save, write
from eval.suites import (
    beir,
    follow_ups,
    html_bodies,
    multihop_rag,
    multihop_rag_retrieval,
    newsqa,
    newsqa_retrieval,
    realtimeqa,
    squad,
)
from eval.suites.benchmark_files import DataNotFound
from eval.suites.protocol import Suite, SuiteOptions, SuiteResult

SUITES: Mapping[str, Suite] = {
    "gold": gold_suite,
    "realtimeqa": realtimeqa,
    "newsqa": newsqa,
    "multihop_rag": multihop_rag,
    "multihop_rag_retrieval": multihop_rag_retrieval,
    "newsqa_retrieval": newsqa_retrieval,
    "follow_ups": follow_ups,
    "squad": squad,
    "beir": beir,
    "html_bodies": html_bodies,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    with_data = ", ".join(name for name, suite in SUITES.items() if suite.NEEDS_DATA)
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how good retrieval and answers are.",
        epilog="`python -m eval compare A B` says what changed between two kept runs; `python -m eval draft` proposes "
        "questions from an archive of your own, `python -m eval review FILE` shows them to be accepted. "
        "Exit status: 0 floors held, or there are none, 1 below a floor, 2 could not run.",
    )
    parser.add_argument(
        "suites",
        nargs="*",
        metavar="SUITE",
        help=f"of {', '.join(SUITES)} (default: all, those that need --data only with it)",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="archive to ask (default: archive); gold asks the sample, unless --gold is given with it",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of the benchmark data, needed by {with_data}"
    )
    parser.add_argument(
        "--gold", type=Path, metavar="PATH", help="gold set, a file or a folder of files (default: eval/gold)"
    )
    parser.add_argument("--every", type=_count, default=1, metavar="N", help="ask every Nth question only")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="keep what each question scored, to compare"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a page of HTML to look at")
    parser.add_argument("--pin", action="store_true", help="make the figures the floors of gold")
    parser.add_argument("--lower", metavar="REASON", help="with --pin: let floors go down, and keep why")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in COMMANDS:
        return COMMANDS[given[0]](given[1:])
    parser = build_parser()
    options = parser.parse_args(given)
    if options.lower is not None and not (options.pin and options.lower.strip()):
        parser.error("--lower gives --pin the reason why floors may go down")
    if options.pin and (options.gold or options.every > 1):
        parser.error("--pin asks all questions of the project's own set: leave out --gold and --every")
    named = [suite for suite in options.suites if suite != "run"]
    for name in named:
        if name not in SUITES:
            parser.error(f"there is no suite {name!r}; there are {', '.join(SUITES)}")
        if SUITES[name].NEEDS_DATA and options.data is None:
            parser.error(f"{name} reads a public set: give the folder that holds it with --data")
    chosen = named or [name for name, suite in SUITES.items() if options.data or not suite.NEEDS_DATA]
    if options.pin and "gold" not in chosen:
        parser.error("--pin is for gold, which alone has floors: name it")
    try:
        settings = Settings.from_env(os.environ)
        if options.archive:
            settings = replace(settings, archive=options.archive)
        request = SuiteOptions(
            settings=settings,
            data=options.data,
            gold=options.gold,
            archive=options.archive,
            every=options.every,
        )
        held, runs = True, []
        for name in chosen:
            try:
                measured = SUITES[name].measure(request)
            except DataNotFound as error:
                if named:
                    raise
                print(f"eval: {name} is left out: {error}", file=sys.stderr)
                continue
            if options.json:
                print(json.dumps(measured.to_json(name), ensure_ascii=False))
            else:
                print("\n".join(_table(name, measured)))
            held &= _judge(name, measured, settings, pin=options.pin, reason=options.lower)
            runs.append(SuiteRun(name, _described(settings, measured), measured.records))
        _keep([run for run in runs if run.records], options.save, options.report)
    except BackfileError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    return 0 if held else 1


def compare_runs(arguments: Sequence[str]) -> int:
    """Run `python -m eval compare` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval compare",
        description="Say what changed between two runs that `python -m eval --save FILE` kept.",
        epilog="Exit status: 0 compared, 2 could not.",
    )
    parser.add_argument("before", type=Path, metavar="A", help="the earlier run")
    parser.add_argument("after", type=Path, metavar="B", help="the later run")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a page of HTML to look at, B beside A"
    )
    options = parser.parse_args(arguments)
    try:
        before, after = load(options.before), load(options.after)
        for found in compare(before, after):
            if options.json:
                print(json.dumps(found.to_json(), ensure_ascii=False))
            else:
                print("\n".join(found.lines()))
        if options.report:
            write(options.report, page(after, before))
    except BackfileError as error:
        print(f"eval compare: {error}", file=sys.stderr)
        return 2
    return 0


def draft_questions(arguments: Sequence[str]) -> int:
    """Run `python -m eval draft` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval draft",
        description="Propose questions from an archive, for a person to accept or mend: by rule, or by the chat "
        "model of BACKFILE_MODEL. A file that is there is kept, and added to.",
        epilog="Exit status: 0 drafted, 2 could not.",
    )
    parser.add_argument("--archive", type=Path, metavar="DIR", help="archive to ask about (default: archive)")
    parser.add_argument(
        "--out", type=Path, default=Path("drafts.jsonl"), metavar="FILE", help="(default: drafts.jsonl)"
    )
    parser.add_argument(
        "--number",
        type=_count,
        default=40,
        metavar="N",
        help="of questions in the file at the end (default: 40)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="another one draws other articles (default: 0)"
    )
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        archive = options.archive or settings.archive
        model = None
        if settings.model:
            # Here, not above: it takes a second, which rules should not.
            from assistant.answering.chat.answerer import open_chat_model

            model = open_chat_model(settings)
        made = draft(
            archive, options.out, number=options.number, seed=options.seed, model=model, name=settings.model
        )
    except BackfileError as error:
        print(f"eval draft: {error}", file=sys.stderr)
        return 2
    print("\n".join(made.lines(archive)))
    return 0


def review_drafts(arguments: Sequence[str]) -> int:
    """Run `python -m eval review` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m eval review",
        description="Show the drafts of a file one by one, to be accepted, mended or dropped.",
        epilog="Exit status: 0 done or left for later, 2 could not.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what `python -m eval draft` wrote")
    options = parser.parse_args(arguments)
    try:
        print(review(options.file, ask=input, show=print))
    except BackfileError as error:
        print(f"eval review: {error}", file=sys.stderr)
        return 2
    return 0


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "compare": compare_runs,
    "draft": draft_questions,
    "review": review_drafts,
}


def _judge(name: str, measured: SuiteResult, settings: Settings, *, pin: bool, reason: str | None) -> bool:
    """Pin or check the floors of a suite, say what came of it, and return whether they held."""
    with_floors = _settings(settings)
    if pin and measured.data is not None:
        lines = gate.pin(name, measured, with_floors, gate.BASELINE, reason=reason, today=date.today())
        held = True
    else:
        verdict = gate.check(name, measured, with_floors, gate.BASELINE)
        lines, held = verdict.lines, verdict.held
    # On its own way, so that lines of JSON are not mixed with it.
    if lines:
        print("\n".join(lines), file=sys.stderr)
    return held


def _settings(settings: Settings) -> dict[str, str]:
    """What figures depend on beside the code and the weights that are measured."""
    prefixes = {"query_prefix": settings.query_prefix, "passage_prefix": settings.passage_prefix}
    return {
        "encoder": encoder_name(settings),
        **{name: prefix for name, prefix in prefixes.items() if prefix},
        "model": settings.model or "quote mode",
    }


def _described(settings: Settings, measured: SuiteResult) -> dict[str, str]:
    """What a kept run was measured with."""
    reader = digest(WEIGHTS) if WEIGHTS.is_file() else ""
    return {**_settings(settings), "reader": reader, "questions": measured.data or ""}


def _keep(runs: Sequence[SuiteRun], kept: Path | None, report: Path | None) -> None:
    if (kept or report) and not runs:
        raise BackfileError(
            "nothing to keep or to report: of the suites that were run none keeps its questions"
        )
    if kept:
        save(runs, kept)
    if report:
        write(report, page(runs))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _table(name: str, measured: SuiteResult) -> Iterator[str]:
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
    yield from measured.footer_lines()


if __name__ == "__main__":
    sys.exit(main())
