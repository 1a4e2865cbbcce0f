"""The suite `gold`: asks the gold set over the sample, and measures answers, citations, retrieval and abstention.

With --gold and --archive it asks a user's own set over the user's own archive.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from tqdm import tqdm

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.text.counting import counted
from eval.gold.halves import HALVES
from eval.gold.processes import about, ask_all, useful_processes
from eval.gold.questions import GOLD, GoldQuestion, digest, drafts, load
from eval.gold.sample import with_sample
from eval.gold.scores import LISTED, Outcome, found_place, right, scores
from eval.metrics import Estimate, area_under_risk_coverage, calibration_error
from eval.runs import ListedArticle, QuestionRecord
from eval.suites.protocol import MetricSummary, SuiteOptions, SuiteResult
from ingest.demonstration import SAMPLE

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

ORDER = (
    *("right", "em", "f1", "answer holds", "date right", "attribution right", "sentences supported"),
    *("citation precision", "citation recall", "answered"),
    *("abstention precision", "abstention recall", "right reason"),
)
"""Metrics that come first, in this order; the others follow as the scores name them."""


def measure(request: SuiteOptions) -> SuiteResult:
    """Ask the gold set over the sample, or a user's own set over the archive that the request names.

    Raises:
        BackfileError: the set is wrong, the archive is missing, or the sample cannot be ingested.
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
    asking = ask_all(settings, questions, processes=processes)
    outcomes = list(tqdm(asking, total=len(questions), disable=None))
    found = measure_outcomes(outcomes, data=None if request.gold else digest(GOLD, SAMPLE))
    notes = []
    if left_out:
        drafted = counted(left_out, "draft")
        notes.append(f"left out {drafted} that nobody has accepted: python -m eval review {request.gold}")
    if processes > 1:
        notes.append(f"asked in {processes} processes at once: milliseconds are those of a busy machine")
    return replace(found, notes=tuple(notes))


def measure_outcomes(outcomes: Sequence[Outcome], *, data: str | None = None) -> SuiteResult:
    """Return the metrics of outcomes, over all and by part; `data` is the digest of the project's own set."""
    return SuiteResult(
        overall=_part(outcomes),
        parts={name: _part(some) for name, some in parts(outcomes).items()},
        records=tuple(map(record, outcomes)),
        data=data,
    )


def metrics(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Return the mean scores of outcomes, with calibration, risk-coverage and latency.

    A metric that none of the outcomes has is left out. Calibration and risk-coverage count answered questions only:
    an abstention has no answer whose confidence could be judged.
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


def parts(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes by the names of the parts that they belong to.

    The parts are the two halves, `measuring` and `choosing`; the types within the measuring half, for example
    `measuring: who`; the types within the whole set; and the unanswerable questions by their reason. A question
    without an event belongs to no half.
    """
    split: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for name in _part_names(outcome.question):
            split.setdefault(name, []).append(outcome)
    return {name: split[name] for name in sorted(split, key=_part_order)}


def _part_names(question: GoldQuestion) -> Iterator[str]:
    """Yield the name of each part that a question belongs to."""
    yield question.kind
    if question.reason:
        yield f"unanswerable: {question.reason}"
    if question.half:
        yield question.half
    if question.half == "measuring":
        yield f"measuring: {question.kind}"


def _part_order(name: str) -> tuple[bool, bool, str]:
    """Sort the halves first, then the types within the measuring half, then the types within the whole set."""
    return name not in HALVES, not name.startswith("measuring"), name


def record(outcome: Outcome) -> QuestionRecord:
    """Return the part of an outcome that a run keeps."""
    question, answer = outcome.question, outcome.answer
    places = [place for proof in question.proofs for place in proof]
    return QuestionRecord(
        id=question.id,
        kind=question.kind,
        question=question.text,
        scores={name: round(value, 4) for name, value in scores(outcome).items()},
        asked=tuple(_circumstances(question)),
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


def _circumstances(question: GoldQuestion) -> Iterator[str]:
    """Yield what a question is asked with: the conversation before it, its day and its filters."""
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
    """Return the number and the metrics of some outcomes."""
    return MetricSummary(len(outcomes), metrics(outcomes))
