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
from assistant.evidence.readers import reader_name, weights_digest
from assistant.models.configured_encoder import encoder_name
from assistant.settings import Settings
from eval import gate
from eval.compare import compare
from eval.drafting.drafts import draft, draft_from_feedback
from eval.drafting.review import review
from eval.gold import suite as gold_suite
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
    support,
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
    "support": support,
}


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    with_data = ", ".join(name for name, suite in SUITES.items() if suite.NEEDS_DATA)
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Measure how good retrieval and answers are.",
        epilog=f"`{prog} compare A B` shows what changed between two saved runs; `{prog} draft` drafts "
        f"questions from an archive of your own, `{prog} review FILE` lets you accept or edit them. "
        "Exit status: 0 floors held or there are none, 1 below a floor, 2 could not run.",
    )
    parser.add_argument(
        "suites",
        nargs="*",
        metavar="SUITE",
        help=f"one or more of {', '.join(SUITES)} (default: all; suites that need --data only if it is given)",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="archive to ask (default: archive); gold asks the sample unless --gold is given too",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of the benchmark data, needed by {with_data}"
    )
    parser.add_argument(
        "--gold", type=Path, metavar="PATH", help="gold set: a file or a folder of files (default: eval/gold)"
    )
    parser.add_argument("--every", type=_count, default=1, metavar="N", help="ask only every Nth question")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="save each question's scores and answer, for `compare`"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write an HTML report")
    parser.add_argument("--pin", action="store_true", help="make this run's figures the floors of gold")
    parser.add_argument("--lower", metavar="REASON", help="with --pin: allow lower floors, and record why")
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m eval") -> int:
    """Run the command and return its exit status. `prog` is what the user typed before the arguments."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in COMMANDS:
        return COMMANDS[given[0]](given[1:], f"{prog} {given[0]}")
    parser = build_parser(prog)
    options = parser.parse_args(given)
    if options.lower is not None and not (options.pin and options.lower.strip()):
        parser.error("--lower needs --pin, and a reason why floors may go down")
    if options.pin and options.gold:
        parser.error("--pin needs the project's own set: leave out --gold")
    named = [suite for suite in options.suites if suite != "run"]
    for name in named:
        if name not in SUITES:
            parser.error(f"there is no suite {name!r}; there are {', '.join(SUITES)}")
        if SUITES[name].NEEDS_DATA and options.data is None:
            parser.error(f"{name} reads a public data set: give the folder that holds it with --data")
    suitable = [name for name, suite in SUITES.items() if options.data or not suite.NEEDS_DATA]
    # One's own questions are asked only of one's own archive.
    chosen = named or (["gold"] if options.gold else suitable)
    if options.pin and "gold" not in chosen:
        parser.error("--pin works only for gold, the only suite with floors: name gold")
    try:
        settings = Settings.from_env(os.environ)
        if options.archive:
            settings = replace(settings, archive=options.archive)
        suite_options = SuiteOptions(
            settings=settings,
            data=options.data,
            gold=options.gold,
            archive=options.archive,
            every=options.every,
        )
        held, runs = True, []
        for name in chosen:
            try:
                result = SUITES[name].measure(suite_options)
            except DataNotFound as error:
                if named:
                    raise
                print(f"eval: {name} is skipped: {error}", file=sys.stderr)
                continue
            if options.json:
                print(json.dumps(result.to_json(name), ensure_ascii=False))
            else:
                print("\n".join(_table(name, result)))
            figure_settings = _figure_settings(settings, options.every)
            held &= _judge(name, result, figure_settings, pin=options.pin, reason=options.lower)
            weights = weights_digest(settings) or ""
            run_settings = {**figure_settings, "weights": weights, "questions": result.data or ""}
            runs.append(SuiteRun(name, run_settings, result.records))
        _save_or_report([run for run in runs if run.records], options.save, options.report)
    except BackfileError as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    return 0 if held else 1


def compare_runs(arguments: Sequence[str], prog: str) -> int:
    """Run `python -m eval compare` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Show what changed between two runs that `eval --save FILE` saved.",
        epilog="Exit status: 0 compared, 2 could not compare.",
    )
    parser.add_argument("before", type=Path, metavar="A", help="the earlier run")
    parser.add_argument("after", type=Path, metavar="B", help="the later run")
    parser.add_argument("--json", action="store_true", help="print one line of JSON per suite")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write an HTML report, B beside A")
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


def draft_questions(arguments: Sequence[str], prog: str) -> int:
    """Run `python -m eval draft` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Draft questions from an archive, for a person to accept or edit: by rule, or by the chat model "
        "of BACKFILE_MODEL. An existing file is added to.",
        epilog="Exit status: 0 drafted, 2 could not draft.",
    )
    parser.add_argument("--archive", type=Path, metavar="DIR", help="archive to ask about (default: archive)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("drafts.jsonl"),
        metavar="FILE",
        help="file of drafts (default: drafts.jsonl)",
    )
    parser.add_argument(
        "--number",
        type=_count,
        default=40,
        metavar="N",
        help="number of questions that the file should reach (default: 40)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="another seed draws other articles (default: 0)"
    )
    parser.add_argument(
        "--from-feedback",
        action="store_true",
        help="draft a question from each answer that somebody judged in a conversation",
    )
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        archive = options.archive or settings.archive
        if options.from_feedback:
            print("\n".join(draft_from_feedback(archive, options.out).lines(archive)))
            return 0
        model = None
        if settings.model:
            # Imported here because it takes a second, which drafting by rule should not.
            from assistant.answering.chat.answerer import open_chat_model

            model = open_chat_model(settings)
        report = draft(
            archive, options.out, number=options.number, seed=options.seed, model=model, name=settings.model
        )
    except BackfileError as error:
        print(f"eval draft: {error}", file=sys.stderr)
        return 2
    print("\n".join(report.lines(archive)))
    return 0


def review_drafts(arguments: Sequence[str], prog: str) -> int:
    """Run `python -m eval review` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Show the drafts of a file one by one, to be accepted, edited or dropped.",
        epilog="Exit status: 0 done or stopped early, 2 could not review.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="file that `eval draft` wrote")
    options = parser.parse_args(arguments)
    try:
        print(review(options.file, ask=input, show=print))
    except BackfileError as error:
        print(f"eval review: {error}", file=sys.stderr)
        return 2
    return 0


COMMANDS: Mapping[str, Callable[[Sequence[str], str], int]] = {
    "compare": compare_runs,
    "draft": draft_questions,
    "review": review_drafts,
}


def _judge(
    name: str, result: SuiteResult, settings: Mapping[str, str], *, pin: bool, reason: str | None
) -> bool:
    """Pin or check the floors of a suite, print the result, and return whether they held."""
    if pin and result.data is not None:
        lines = gate.pin(name, result, settings, gate.BASELINE, reason=reason, today=date.today())
        held = True
    else:
        verdict = gate.check(name, result, settings, gate.BASELINE)
        lines, held = verdict.lines, verdict.held
    # Printed to stderr, so that it does not mix with lines of JSON.
    if lines:
        print("\n".join(lines), file=sys.stderr)
    return held


def _figure_settings(settings: Settings, every: int) -> dict[str, str]:
    """Return the settings that figures depend on, besides code and weights; of the questions, every Nth is asked."""
    prefixes = {"query_prefix": settings.query_prefix, "passage_prefix": settings.passage_prefix}
    return {
        "encoder": encoder_name(settings),
        "reader": reader_name(settings),
        **{name: prefix for name, prefix in prefixes.items() if prefix},
        "model": settings.model or "quote mode",
        "every": str(every),
    }


def _save_or_report(runs: Sequence[SuiteRun], path: Path | None, report: Path | None) -> None:
    if (path or report) and not runs:
        raise BackfileError("nothing to save or report: none of the suites that ran saves its questions")
    if path:
        save(runs, path)
    if report:
        write(report, page(runs))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _table(name: str, result: SuiteResult) -> Iterator[str]:
    """Yield the table: all metrics with their intervals, then the headline metrics of every part."""
    yield f"{name}: {result.overall.n:,} questions"
    for metric, found in result.overall.metrics.items():
        yield f"  {metric:34} {found.value:10.3f}  [{found.low:.3f}, {found.high:.3f}]  n = {found.n:,}"
    headlines = SUITES[name].HEADLINES
    for number, metric in enumerate(headlines, start=1):
        yield f"{'' if number > 1 else 'by part:':14} ({number}) {metric}"
    yield f"{'':32} {'n':>5}" + "".join(f"{f'({number})':>7}" for number in range(1, len(headlines) + 1))
    for part, some in result.parts.items():
        values = (some.metrics.get(metric) for metric in headlines)
        yield f"  {part:30} {some.n:5,}" + "".join(
            f"{found.value:7.3f}" if found else f"{'–':>7}" for found in values
        )
    yield from result.footer_lines()


if __name__ == "__main__":
    sys.exit(main())
