"""What changed between two saved runs of a suite, and whether it is more than chance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.errors import BackfileError
from assistant.text.counting import counted
from eval.metrics import Estimate, sign_test
from eval.runs import QuestionRecord, SuiteRun

CHANCE = 0.05
"""A difference with a p below this is marked."""


@dataclass(frozen=True)
class Difference:
    """One metric in both runs, over the questions that have it in both."""

    metric: str
    before: float
    after: float
    difference: Estimate
    """Mean difference with its paired bootstrap interval."""
    gained: int
    lost: int
    """Questions whose score rose and fell."""
    p: float
    """By the exact sign test, which is McNemar's for metrics that are 0 or 1."""

    @property
    def words(self) -> str:
        """The difference and its interval, for printing."""
        return f"{self.difference.value:+.3f} [{self.difference.low:+.3f}, {self.difference.high:+.3f}]"

    def to_json(self) -> dict[str, object]:
        """Return the difference as `python -m eval compare --json` prints it."""
        return {
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "difference": self.difference.to_json(),
            "gained": self.gained,
            "lost": self.lost,
            "p": float(f"{self.p:.4g}"),
        }


@dataclass(frozen=True)
class Change:
    """A question with different scores in the two runs."""

    before: QuestionRecord
    after: QuestionRecord

    @property
    def scores(self) -> dict[str, tuple[float, float]]:
        """The metrics that differ, before and after."""
        shared = [name for name in self.before.scores if name in self.after.scores]
        both = {name: (self.before.scores[name], self.after.scores[name]) for name in shared}
        return {name: values for name, values in both.items() if values[0] != values[1]}

    @property
    def words(self) -> str:
        """The change, for printing."""
        changes = [f"{name} {before:.2g} → {after:.2g}" for name, (before, after) in self.scores.items()]
        if self.before.abstained != self.after.abstained:
            changes.insert(0, "abstains now" if self.after.abstained else "answers now")
        return f"{self.after.id} ({self.after.kind}): {', '.join(changes)}"


@dataclass(frozen=True)
class Comparison:
    """One suite in two runs."""

    suite: str
    settings: Mapping[str, tuple[str, str]]
    """Settings that differ between the runs."""
    shared: int
    """Number of questions in both runs."""
    missing: tuple[str, ...]
    """Questions of the first run that are missing from the second."""
    added: tuple[str, ...]
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, object]:
        """Return the line that `python -m eval compare --json` prints for a suite."""
        return {
            "suite": self.suite,
            "n": self.shared,
            "settings": {name: list(values) for name, values in self.settings.items()},
            "missing": list(self.missing),
            "added": list(self.added),
            "metrics": {each.metric: each.to_json() for each in self.differences},
            "changed": [
                {
                    "id": each.after.id,
                    "type": each.after.kind,
                    "scores": {n: list(v) for n, v in each.scores.items()},
                }
                for each in self.changes
            ],
        }

    @property
    def notes(self) -> Iterator[str]:
        """What a reader of the figures must know: different settings, different questions."""
        for name, (before, after) in self.settings.items():
            yield f"{name} differs: {before or 'none'} → {after or 'none'}"
        for which, ids in (("earlier", self.missing), ("later", self.added)):
            if ids:
                yield f"{counted(len(ids), 'question')} only in the {which} run: {', '.join(ids)}"

    def lines(self) -> Iterator[str]:
        """Yield the comparison as printed."""
        shared = counted(self.shared, "question")
        yield f"{self.suite}: {shared} in both runs, {len(self.changes):,} with changed scores"
        yield from (f"  {note}" for note in self.notes)
        yield f"  {'':24} {'before':>7} {'after':>7}  {'difference, 95 % interval':26} {'up':>5} {'down':>5} {'p':>7}"
        for each in self.differences:
            mark = "*" if each.p < CHANCE else " "
            yield (
                f"{mark} {each.metric:24} {each.before:7.3f} {each.after:7.3f}  {each.words:26} "
                f"{each.gained:5,} {each.lost:5,} {each.p:7.4f}"
            )
        yield f"  * more than chance: p below {CHANCE} by the exact sign test over the questions that differ"
        yield from (f"  {change.words}" for change in self.changes)


def compare(before: Sequence[SuiteRun], after: Sequence[SuiteRun]) -> list[Comparison]:
    """Compare the suites that both runs contain.

    Raises:
        BackfileError: they have no suite in common.
    """
    first, second = ({run.suite: run for run in runs} for runs in (before, after))
    shared = [suite for suite in first if suite in second]
    if not shared:
        raise BackfileError(
            f"the runs have no suite in common: one has {', '.join(first) or 'none'}, "
            f"the other {', '.join(second) or 'none'}; measure the same suite twice"
        )
    return [_compared(first[suite], second[suite]) for suite in shared]


def _compared(before: SuiteRun, after: SuiteRun) -> Comparison:
    first, second = ({each.id: each for each in run.records} for run in (before, after))
    pairs = [(record, second[id]) for id, record in first.items() if id in second]
    names = dict.fromkeys([*before.settings, *after.settings])
    settings = {name: (before.settings.get(name, ""), after.settings.get(name, "")) for name in names}
    changes = [change for change in (Change(*pair) for pair in pairs) if change.scores]
    metrics = dict.fromkeys(name for one, other in pairs for name in one.scores if name in other.scores)
    return Comparison(
        suite=after.suite,
        settings={name: values for name, values in settings.items() if values[0] != values[1]},
        shared=len(pairs),
        missing=tuple(id for id in first if id not in second),
        added=tuple(id for id in second if id not in first),
        differences=tuple(_difference(metric, pairs) for metric in metrics),
        # Questions that became right or wrong come first.
        changes=tuple(sorted(changes, key=lambda change: "right" not in change.scores)),
    )


def _difference(metric: str, pairs: Sequence[tuple[QuestionRecord, QuestionRecord]]) -> Difference:
    values = [
        (one.scores[metric], other.scores[metric])
        for one, other in pairs
        if metric in one.scores and metric in other.scores
    ]
    differences = [after - before for before, after in values]
    return Difference(
        metric=metric,
        before=sum(before for before, _ in values) / len(values),
        after=sum(after for _, after in values) / len(values),
        difference=Estimate.of(differences),
        gained=sum(each > 0 for each in differences),
        lost=sum(each < 0 for each in differences),
        p=sign_test(differences),
    )
