"""The suite `gold`: asks the gold set over the sample, and measures answers, citations, retrieval and abstention.

With --gold and --archive it asks a set of one's own over the archive that this is about.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from tqdm import tqdm

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.text.counting import counted
from eval.gold.processes import about, asked, useful_processes
from eval.gold.questions import GOLD, GoldQuestion, digest, drafts, load
from eval.gold.sample import SAMPLE, with_sample
from eval.gold.scores import LISTED, Outcome, found_place, right, scores
from eval.metrics import Estimate, area_under_risk_coverage, calibration_error
from eval.runs import ListedArticle, QuestionRecord
from eval.suites.protocol import MetricSummary, SuiteOptions, SuiteResult

NEEDS_DATA = False
HEADLINES = (
    "right",
    "em",
    "f1",
    "answer holds",
    "citation precision",
    "citation recall",
    "passage recall@10",
    "article hit@5",
    "answered",
    "abstention recall",
    "right reason",
)


def measure(request: SuiteOptions) -> SuiteResult:
    """Ask the gold set over the sample, or a set of one's own over the archive that is named with it.

    Raises:
        BackfileError: the set is wrong, there is no such archive, or that of the sample cannot be made.
    """
    if request.gold and request.archive:
        settings = request.settings
        ArchiveFolder(settings.archive).require()
    else:
        settings = with_sample(request.settings)
    left_out = drafts(request.gold) if request.gold else 0
    with closing(Catalog.open(ArchiveFolder(settings.archive).catalog)) as catalog:
        questions = load(request.gold or GOLD, catalog)[:: request.every]
    processes = useful_processes(settings, questions)
    asking = asked(settings, questions, processes=processes)
    outcomes = list(tqdm(asking, total=len(questions), disable=None))
    whole = request.gold is None and request.every == 1
    found = measured(outcomes, data=digest(GOLD, SAMPLE) if whole else None)
    notes = []
    if left_out:
        drafted = counted(left_out, "draft")
        notes.append(f"{drafted} left out, which nobody has accepted: python -m eval review {request.gold}")
    if processes > 1:
        notes.append(f"asked in {processes} processes at once: milliseconds are those of a busy machine")
    return replace(found, notes=tuple(notes))


def measured(outcomes: Sequence[Outcome], *, data: str | None = None) -> SuiteResult:
    """Return the measures of outcomes, over all and by type; `data` is the digest of the whole set, if it was asked."""
    return SuiteResult(
        overall=_part(outcomes),
        parts={name: _part(some) for name, some in parts(outcomes).items()},
        records=tuple(map(record, outcomes)),
        data=data,
    )


def metrics(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Return the mean scores of outcomes, and what only many have: calibration, risk-coverage and latency.

    A measure that none of them allows is left out. Confidence is judged on what is answered: what an abstention would
    have said is not known.
    """
    values: dict[str, list[float]] = {}
    for outcome in outcomes:
        for name, value in scores(outcome).items():
            values.setdefault(name, []).append(value)
    found = {name: Estimate.of(values[name]) for name in (*ORDER, *values) if name in values}
    sure = [each for each in outcomes if not each.answer.abstained and each.answer.confidence is not None]
    if sure:
        confidences, correct = (
            [each.answer.confidence or 0.0 for each in sure],
            [right(each) for each in sure],
        )
        if max(confidences) <= 1:
            found["calibration error"] = Estimate.over(calibration_error, confidences, correct)
        found["risk-coverage area"] = Estimate.over(area_under_risk_coverage, confidences, correct)
    times = [each.answer.timings_ms["total"] for each in outcomes]
    found["milliseconds p50"] = Estimate.of(times, percentile=50)
    found["milliseconds p95"] = Estimate.of(times, percentile=95)
    return found


ORDER = (
    *("right", "em", "f1", "answer holds", "date right", "attribution right", "sentences supported"),
    *("citation precision", "citation recall", "answered"),
    *("abstention precision", "abstention recall", "right reason"),
)


def parts(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Split outcomes by the type of their question, and the unanswerable again by the reason why they are."""
    split: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        split.setdefault(outcome.question.kind, []).append(outcome)
        if outcome.question.reason:
            split.setdefault(f"unanswerable: {outcome.question.reason}", []).append(outcome)
    return dict(sorted(split.items()))


def record(outcome: Outcome) -> QuestionRecord:
    """Return what is kept of an outcome."""
    question, answer = outcome.question, outcome.answer
    places = [place for proof in question.proofs for place in proof]
    return QuestionRecord(
        id=question.id,
        kind=question.kind,
        question=question.text,
        scores={name: round(value, 4) for name, value in scores(outcome).items()},
        asked=tuple(_asked(question)),
        confidence=answer.confidence,
        abstained=answer.abstained,
        milliseconds=answer.timings_ms["total"],
        answer=answer.text,
        short=answer.short_answer,
        expected=question.answers or ((f"no answer: {question.reason}",) if question.reason else ()),
        proofs=outcome.proofs,
        sources=outcome.sources,
        found=tuple(
            ListedArticle(
                about=about(each.source.title, each.source.outlet, each.source.published),
                proves=any(found_place(each).overlaps(place) for place in places),
            )
            for each in answer.passages[:LISTED]
        ),
    )


def _asked(question: GoldQuestion) -> Iterator[str]:
    for exchange in question.history:
        yield f"after: {exchange.question} — {exchange.answer}"
    if question.as_of:
        yield f"on {question.as_of}"
    if question.filters.since:
        yield f"since {question.filters.since}"
    if question.filters.until:
        yield f"until {question.filters.until}"
    if question.filters.outlets:
        yield f"only {', '.join(question.filters.outlets)}"


def _part(outcomes: Sequence[Outcome]) -> MetricSummary:
    return MetricSummary(len(outcomes), metrics(outcomes))
