"""The gate: a suite must not fall below the floors that `eval/baseline.json` holds for it.

Floors belong to one state of the questions and one set of settings. Lowering a floor needs a reason, which is kept.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from eval.gold.halves import HALVES
from eval.runs import write
from eval.suites.protocol import MetricSummary, SuiteResult

BASELINE = Path(__file__).with_name("baseline.json")

MANY_METRICS = (
    *("right", "em", "f1", "answer holds", "date right", "attribution right", "sentences supported"),
    *("citation precision", "citation recall", "answered"),
    *("abstention precision", "abstention recall", "right reason"),
    *("passage hit@1", "passage recall@10", "article hit@5", "family ndcg@10"),
)
"""Metrics that have a floor over all questions, and over each half of the gold set."""

FEW_METRICS = ("right",)
"""Metrics that have a floor in every other part, such as a type of question."""

ALL = "all"

SLACK = 0.03
"""Distance of a floor below the measured figure; two questions' worth if that is more. A processor without bf16 rounds
differently, and that changes single answers."""

PIN = "make gate PIN=1"
LOWER = f'{PIN} LOWER="REASON"'

Floors = Mapping[str, Mapping[str, float]]
"""Floors by part of the questions, or `all`, and by metric."""


@dataclass(frozen=True)
class Lowered:
    """Floors that went down on one day, and the reason."""

    day: str
    """Day as in 2024-03-04."""
    reason: str
    floors: Mapping[str, tuple[float, float | None]]
    """Old and new floor by `part: metric`; None where the floor was removed."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The floors of one suite, and what they were measured on."""

    data: str
    """Digest of the questions and the sample."""
    settings: Mapping[str, str]
    questions: int
    floors: Floors
    lowered: tuple[Lowered, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether the floors held, and the lines that explain it."""

    held: bool
    lines: tuple[str, ...]


def check(suite: str, measured: SuiteResult, settings: Mapping[str, str], path: Path) -> Verdict:
    """Compare a suite's figures with its floors in a file.

    If the settings are not those of the floors, nothing is compared, and the verdict says so. If the questions differ,
    the floors count as broken: otherwise adding a question would switch the gate off unnoticed.

    Raises:
        BackfileError: the file of the floors cannot be read, or does not hold floors.
    """
    pinned = _load(path).get(suite)
    if pinned is None or measured.data is None:
        return Verdict(True, ())
    if pinned.settings != dict(settings):
        return Verdict(
            True,
            (f"floors: not compared, they are of {_named(pinned.settings)}, not of {_named(settings)}",),
        )
    if pinned.data != measured.data:
        line = (
            f"floors: the questions or the sample are not those of the floors (digest {measured.data}, "
            f"pinned {pinned.data}): look at the figures, then pin them again with `{PIN}`"
        )
        return Verdict(False, (line,))
    broken = list(_broken(measured, pinned.floors))
    if not broken:
        return Verdict(True, (f"floors: all {_count(pinned.floors)} held",))
    first = f"floors: {len(broken)} broken; `python -m eval compare` shows which questions changed"
    return Verdict(False, (first, *broken))


def pin(
    suite: str,
    measured: SuiteResult,
    settings: Mapping[str, str],
    path: Path,
    *,
    reason: str | None,
    today: date,
) -> tuple[str, ...]:
    """Make the measured figures the floors of a suite, and return lines that say which floors went down.

    Floors may only go down with a `reason`, which the file keeps.

    Raises:
        BackfileError: a floor would go down or vanish without a reason, or the file cannot be read or written.
    """
    if measured.data is None:
        raise BackfileError(f"{suite} was not asked as a whole: floors are pinned on all its questions")
    baselines = _load(path)
    before = baselines.get(suite)
    after = Baseline(
        data=measured.data,
        settings=dict(settings),
        questions=measured.overall.n,
        floors=_floors(measured),
        lowered=before.lowered if before else (),
    )
    lowered = _lowered(before.floors, after.floors) if before else {}
    lines = tuple(
        f"  {name} {old:.3f} → {'none' if new is None else f'{new:.3f}'}"
        for name, (old, new) in lowered.items()
    )
    if lowered:
        if not reason:
            raise BackfileError(
                "\n".join(
                    (
                        "these floors would go down:",
                        *lines,
                        f"fix what broke, or give the reason why lower floors are right: {LOWER}",
                    )
                )
            )
        after = replace(after, lowered=(*after.lowered, Lowered(today.isoformat(), reason, lowered)))
    contents = {name: asdict(each) for name, each in {**baselines, suite: after}.items()}
    write(path, json.dumps(contents, ensure_ascii=False, indent=2) + "\n")
    return (f"floors: {_count(after.floors)} pinned in {path}, {len(lowered)} lowered", *lines)


def _broken(measured: SuiteResult, floors: Floors) -> Iterator[str]:
    """Yield a line for each floor that was not reached or not measured."""
    for name, of_metrics in floors.items():
        part = measured.overall if name == ALL else measured.parts.get(name, MetricSummary(0, {}))
        for metric, floor in of_metrics.items():
            found = part.metrics.get(metric)
            if found is None:
                yield f"  {name}: {metric} was not measured, its floor is {floor:.3f}"
            elif found.value < floor:
                below = floor - found.value
                yield f"  {name}: {metric} {found.value:.3f} is {below:.3f} below its floor of {floor:.3f}"


def _lowered(before: Floors, after: Floors) -> dict[str, tuple[float, float | None]]:
    """Return the old and the new floor, by `part: metric`, where it goes down or vanishes."""
    moved = {
        f"{name}: {metric}": (old, after.get(name, {}).get(metric))
        for name, of_metrics in before.items()
        for metric, old in of_metrics.items()
    }
    return {key: (old, new) for key, (old, new) in moved.items() if new is None or new < old}


def _floors(measured: SuiteResult) -> dict[str, dict[str, float]]:
    """Return the floors that follow from the measured figures."""
    parts = {
        name: _floors_of(part, MANY_METRICS if name in HALVES else FEW_METRICS)
        for name, part in measured.parts.items()
    }
    return {
        ALL: _floors_of(measured.overall, MANY_METRICS),
        **{name: some for name, some in parts.items() if some},
    }


def _floors_of(part: MetricSummary, metrics: tuple[str, ...]) -> dict[str, float]:
    """Return the floors of some metrics of a part, rounded down to three places."""
    found = {metric: part.metrics[metric] for metric in metrics if metric in part.metrics}
    return {
        metric: max(math.floor(round(1000 * (each.value - max(SLACK, 2 / each.n)), 6)) / 1000, 0.0)
        for metric, each in found.items()
    }


def _count(floors: Floors) -> int:
    return sum(len(of_metrics) for of_metrics in floors.values())


def _load(path: Path) -> dict[str, Baseline]:
    """Return the floors of each suite in a file; none if there is no file."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {suite: _baseline(pinned) for suite, pinned in content.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise BackfileError(
            f"{path} does not hold floors ({error}): restore it, or remove it and pin the floors again with `{PIN}`"
        ) from error


def _baseline(pinned: JsonObject) -> Baseline:
    """Return the floors of one suite from their JSON."""
    return Baseline(
        data=pinned["data"],
        settings=pinned["settings"],
        questions=pinned["questions"],
        floors=pinned["floors"],
        lowered=tuple(
            Lowered(
                each["day"], each["reason"], {name: (old, new) for name, (old, new) in each["floors"].items()}
            )
            for each in pinned["lowered"]
        ),
    )


def _named(settings: Mapping[str, str]) -> str:
    """Return settings as words for a message."""
    return ", ".join(f"{name} {value or 'none'}" for name, value in settings.items())
