"""The gate: a suite must not fall below the floors that are pinned for it in `eval/baseline.json`.

Floors hold for one state of the questions and one set of settings. Lowering one takes a reason, which is kept.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assistant.errors import BackfileError
from eval.runs import write
from eval.suites.protocol import MetricSummary, SuiteResult

BASELINE = Path(__file__).with_name("baseline.json")

OVERALL = (
    *("right", "em", "f1", "answer holds", "date right", "attribution right", "sentences supported"),
    *("citation precision", "citation recall", "answered"),
    *("abstention precision", "abstention recall", "right reason"),
    *("passage hit@1", "passage recall@10", "article hit@5", "family ndcg@10"),
)
"""Measures that have a floor over all questions."""

OF_TYPES = ("right",)
"""Measures that have a floor for each type of question, too."""

ALL = "all"

SLACK = 0.03
"""A floor lies this far below what was measured, or two questions below where they are few: a processor without bf16
rounds otherwise, and questions tip over."""

PIN = "python -m eval gold --pin"
LOWER = f'{PIN} --lower "REASON"'

Floors = Mapping[str, Mapping[str, float]]
"""By type of question, or `all`, and by measure."""


@dataclass(frozen=True)
class Verdict:
    """Whether the floors held, and what there is to say about it."""

    held: bool
    lines: tuple[str, ...]


def check(suite: str, measured: SuiteResult, settings: Mapping[str, str], path: Path) -> Verdict:
    """Compare a suite with its floors in a file.

    Where other settings were measured than those of the floors, nothing is compared, and it is said. Where other
    questions were asked, the floors are broken: else a new question would end the gate unseen.

    Raises:
        BackfileError: the file of the floors cannot be read or is no such file.
    """
    pinned = _load(path).get(suite)
    if pinned is None or measured.data is None:
        return Verdict(True, ())
    if pinned["settings"] != dict(settings):
        return Verdict(
            True,
            (f"floors: not compared, they are of {_named(pinned['settings'])}, not of {_named(settings)}",),
        )
    if pinned["data"] != measured.data:
        said = (
            f"floors: the questions or the sample are not those of the floors (digest {measured.data}, "
            f"pinned {pinned['data']}): look at the figures, then pin anew with `{PIN}`"
        )
        return Verdict(False, (said,))
    broken = list(_broken(measured, pinned["floors"]))
    if not broken:
        count = sum(len(floors) for floors in pinned["floors"].values())
        return Verdict(True, (f"floors: all {count} held",))
    told = f"floors: {len(broken)} broken; `python -m eval compare` shows which questions changed"
    return Verdict(False, (told, *broken))


def _broken(measured: SuiteResult, floors: Floors) -> Iterator[str]:
    for name, of_metrics in floors.items():
        part = measured.overall if name == ALL else measured.parts.get(name, MetricSummary(0, {}))
        for metric, floor in of_metrics.items():
            found = part.metrics.get(metric)
            if found is None:
                yield f"  {name}: {metric} was not measured, its floor is {floor:.3f}"
            elif found.value < floor:
                below = floor - found.value
                yield f"  {name}: {metric} {found.value:.3f} is {below:.3f} below its floor of {floor:.3f}"


def pin(
    suite: str,
    measured: SuiteResult,
    settings: Mapping[str, str],
    path: Path,
    *,
    reason: str | None,
    today: date,
) -> tuple[str, ...]:
    """Make the figures measured the floors of a suite, and say which moved; `reason` lets floors go down.

    Raises:
        BackfileError: a floor would go down or away without a reason, or the file cannot be read or written.
    """
    if measured.data is None:
        raise BackfileError(f"{suite} was not asked as a whole: floors are pinned on all its questions")
    baseline = _load(path)
    before = baseline.get(suite, {"floors": {}, "lowered": []})
    floors = _floors(measured)
    moved = {
        (name, metric): (old, floors.get(name, {}).get(metric))
        for name, of_metrics in before["floors"].items()
        for metric, old in of_metrics.items()
    }
    lowered = {key: (old, new) for key, (old, new) in moved.items() if new is None or new < old}
    said = tuple(
        f"  {name}: {metric} {old:.3f} → {'none' if new is None else f'{new:.3f}'}"
        for (name, metric), (old, new) in lowered.items()
    )
    if lowered and not reason:
        raise BackfileError(
            "\n".join(
                ("these floors would go down:", *said, f"mend what broke, or say why it is right: {LOWER}")
            )
        )
    history = list(before["lowered"])
    if lowered:
        changed = {f"{name}: {metric}": list(values) for (name, metric), values in lowered.items()}
        history.append({"day": today.isoformat(), "reason": reason, "floors": changed})
    baseline[suite] = {
        "data": measured.data,
        "settings": dict(settings),
        "questions": measured.overall.n,
        "floors": floors,
        "lowered": history,
    }
    write(path, json.dumps(baseline, ensure_ascii=False, indent=2) + "\n")
    count = sum(len(of_metrics) for of_metrics in floors.values())
    return (f"floors: {count} pinned in {path}, {len(lowered)} lowered", *said)


def _floors(measured: SuiteResult) -> dict[str, dict[str, float]]:
    parts = {name: _floors_of(part, OF_TYPES) for name, part in measured.parts.items()}
    return {
        ALL: _floors_of(measured.overall, OVERALL),
        **{name: some for name, some in parts.items() if some},
    }


def _floors_of(part: MetricSummary, metrics: tuple[str, ...]) -> dict[str, float]:
    found = {metric: part.metrics[metric] for metric in metrics if metric in part.metrics}
    return {
        metric: max(math.floor(round(1000 * (each.value - max(SLACK, 2 / each.n)), 6)) / 1000, 0.0)
        for metric, each in found.items()
    }


def _load(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        baseline = json.loads(path.read_text(encoding="utf-8"))
        for pinned in baseline.values():
            if not pinned.keys() >= {"data", "settings", "floors", "lowered"}:
                raise KeyError("a suite needs data, settings, floors and lowered")
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise BackfileError(
            f"{path} does not hold floors ({error}): restore it, or remove it and pin anew with `{PIN}`"
        ) from error
    found: dict[str, Any] = baseline
    return found


def _named(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value or 'none'}" for name, value in settings.items())
