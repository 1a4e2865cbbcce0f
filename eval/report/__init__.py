"""The report, one HTML page: charts, and every question with its answer, citations and expected answer.

The page loads nothing and runs no script. Text from articles, questions and answers is escaped.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.compare import CHANCE, Comparison, compare
from eval.metrics import Estimate, bins, risk_coverage
from eval.report import charts
from eval.report.elements import element, figure, table, text
from eval.report.question_list import choice, questions
from eval.runs import QuestionRecord, SuiteRun

STYLE = Path(__file__).with_name("style.css")

TITLE = "How well Backfile answers"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(runs: Sequence[SuiteRun], before: Sequence[SuiteRun] = ()) -> str:
    """Return the page for some runs, each beside an earlier run of its suite if there is one.

    Raises:
        BackfileError: there are earlier runs, but of other suites only.
    """
    compared = {found.suite: found for found in compare(before, runs)} if before else {}
    earlier = {run.suite: run for run in before}
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        + element("title", TITLE)
        + element("style", STYLE.read_text(encoding="utf-8"))
    )
    sections = "".join(_section(run, earlier.get(run.suite), compared.get(run.suite)) for run in runs)
    body = element("head", head) + element("body", element("h1", TITLE) + sections)
    return f'<!doctype html>\n<html lang="en">{body}</html>\n'


def _section(run: SuiteRun, before: SuiteRun | None, comparison: Comparison | None) -> str:
    settings = " · ".join(f"{name}: {value or 'none'}" for name, value in run.settings.items())
    changed = {each.after.id: each.before for each in comparison.changes} if comparison else {}
    inner = [
        element("h2", text(run.suite)),
        element("p", f"{len(run.records):,} questions · {text(settings)}", "faint"),
    ]
    if before:
        keys = '<span><i></i>this run</span><span><i class="before"></i>the earlier run</span>'
        inner.append(element("p", keys, "key"))
    inner += _charts(run.records, before.records if before else ())
    inner.append(_comparison_table(comparison) if comparison else _means(run.records))
    inner += (element("h3", "Questions"), choice(run.suite, compared=comparison is not None))
    inner += questions(run.records, changed)
    return element("section", "".join(inner))


def _charts(records: Sequence[QuestionRecord], before: Sequence[QuestionRecord]) -> Iterator[str]:
    if quality := _quality(records, before):
        chart = charts.bars(quality, "Share right by type")
        yield figure("Quality by type", "share right, with 95 % interval", chart, "wide")
    small = []
    now, then = _confidences(records), _confidences(before)
    if now:
        both = [bins(*zip(*each, strict=True)) if each else [] for each in (now, then)]
        small.append(
            figure(
                "Calibration",
                "answered questions; on the dotted line, confidence equals the share right",
                charts.reliability(both[0], both[1], "Share right by confidence"),
            )
        )
        curves = [risk_coverage(*zip(*each, strict=True)) if each else [] for each in (now, then)]
        small.append(
            figure(
                "Risk and coverage",
                "share wrong if only the most confident questions were answered",
                charts.risk(curves[0], curves[1], "Share wrong by coverage"),
            )
        )
    times = [record.milliseconds for record in records if record.milliseconds is not None]
    if times:
        marks = [(f"p{share}", float(np.percentile(times, share))) for share in (50, 95)]
        chart = charts.histogram(times, marks, "Questions by milliseconds")
        small.append(figure("Latency", "per question, in milliseconds", chart))
    yield element("div", "".join(small), "charts")


def _quality(records: Sequence[QuestionRecord], before: Sequence[QuestionRecord]) -> list[charts.Row]:
    then = _by_type(before)
    return [
        charts.Row(name, Estimate.of(values), float(np.mean(then[name])) if name in then else None)
        for name, values in _by_type(records).items()
    ]


def _by_type(records: Sequence[QuestionRecord]) -> dict[str, list[float]]:
    """Return whether questions were right: first for all of them, then by type."""
    split: dict[str, list[float]] = {}
    for record in records:
        if record.decided is not None:
            split.setdefault(record.kind, []).append(record.decided)
    everything = [value for values in split.values() for value in values]
    return {"all": everything, **dict(sorted(split.items()))} if split else {}


def _confidences(records: Sequence[QuestionRecord]) -> list[tuple[float, float]]:
    """Return confidence and correctness of each answer; nothing if a confidence is not from 0 to 1."""
    found = [
        (record.confidence, record.decided)
        for record in records
        if record.confidence is not None and record.decided is not None and not record.abstained
    ]
    return found if all(confidence <= 1 for confidence, _ in found) else []


def _means(records: Sequence[QuestionRecord]) -> str:
    rows = []
    for name in dict.fromkeys(name for record in records for name in record.scores):
        found = Estimate.of([record.scores[name] for record in records if name in record.scores])
        rows.append((name, f"{found.value:.3f}", f"[{found.low:.3f}, {found.high:.3f}]", f"{found.n:,}"))
    return table("Metrics", ("", "mean", "95 % interval", "questions"), rows)


def _comparison_table(comparison: Comparison) -> str:
    rows = []
    for each in comparison.differences:
        style = "" if each.p >= CHANCE else "up" if each.difference.value > 0 else "down"
        means = (f"{each.before:.3f}", f"{each.after:.3f}", element("span", each.words, style))
        rows.append((each.metric, *means, str(each.gained), str(each.lost), f"{each.p:.4f}"))
    head = ("", "earlier", "this", "difference, 95 % interval", "up", "down", "p")
    notes = [f"Coloured: more than chance, p below {CHANCE} by the exact sign test.", *comparison.notes]
    paragraphs = "".join(element("p", text(note), "faint") for note in notes)
    return table("Comparison of the two runs", head, rows) + paragraphs
