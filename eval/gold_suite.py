"""The suite `gold`: asks the gold set over the sample, and measures answers, citations, retrieval and abstention."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from tqdm import tqdm

from assistant.answer import Answer
from assistant.archive import ArchiveFolder
from assistant.assistant import Assistant
from assistant.catalog import Catalog
from assistant.errors import BackfileError
from eval.gold import GOLD, GoldQuestion, load
from eval.metrics import (
    Estimate,
    Place,
    best,
    citation_precision,
    citation_recall,
    contains,
    hit,
    squad_exact_match,
    squad_f1,
    squad_normalised,
)
from eval.sample import with_sample
from eval.suites import Measured, Part, Request

NEEDS_DATA = False
HEADLINES = (
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
PASSAGES = 10
ARTICLES = 5


@dataclass(frozen=True)
class Outcome:
    """What Backfile made of one question."""

    question: GoldQuestion
    answer: Answer

    @property
    def cited(self) -> list[Place]:
        """Where its citations lie."""
        return [Place(each.article, each.version, each.start, each.end) for each in self.answer.citations]

    @property
    def found(self) -> list[Place]:
        """Where the passages listed with the answer lie, best first, one of each article."""
        passages = [each.passage for each in self.answer.passages]
        return [Place(each.article, each.version, each.start, each.end) for each in passages]

    @property
    def quoted(self) -> str:
        """The answer without its markers."""
        return " ".join(sentence.text for sentence in self.answer.sentences)


def measure(request: Request) -> Measured:
    """Ask the gold set over the sample.

    Raises:
        BackfileError: the set is wrong, or the archive of the sample cannot be made.
    """
    settings = with_sample(request.settings)
    with closing(Catalog.open(ArchiveFolder(settings.archive).catalog)) as catalog:
        questions = load(request.gold or GOLD, catalog)[:: request.every]
    with closing(Assistant.open(settings)) as assistant:
        outcomes = list(tqdm(run(assistant, questions), total=len(questions), disable=None))
    return Measured(
        overall=_part(outcomes), parts={name: _part(some) for name, some in parts(outcomes).items()}
    )


def run(assistant: Assistant, questions: Iterable[GoldQuestion]) -> Iterator[Outcome]:
    """Ask every question.

    Raises:
        BackfileError: a question cannot be asked; names it.
    """
    for question in questions:
        try:
            reply = assistant.ask(
                question.text, history=question.history, filters=question.filters, as_of=question.as_of
            )
            yield Outcome(question, reply.answer)
        except BackfileError as error:
            raise BackfileError(f"the question {question.id!r} cannot be asked: {error}") from error


def metrics(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Return the measures that some outcomes allow; a measure that none of them allows is left out.

    Of the answerable questions: `em` and `f1` of the short answer, 0 where there is none; `answer holds`, whether
    an accepted answer's words stand in the sentences, yes and no not counted as words; `citation precision` of
    those with citations, `citation recall` of all; how many of their proofs lie in a listed passage and whether
    one lies in a listed article; and how many are `answered`. Of the unanswerable: how many are abstained, and of
    these how many with the `right reason`. Of the abstained: how many are unanswerable.
    """
    answerable = [each for each in outcomes if each.question.answerable]
    unanswerable = [each for each in outcomes if not each.question.answerable]
    abstained = [each for each in outcomes if each.answer.abstained]
    short = [each for each in answerable if each.question.answers]
    worded = [each for each in short if _words(each)]
    values = {
        "em": [
            best(squad_exact_match, each.answer.short_answer or "", each.question.answers) for each in short
        ],
        "f1": [best(squad_f1, each.answer.short_answer or "", each.question.answers) for each in short],
        "answer holds": [best(_holds, each.quoted, _words(each)) for each in worded],
        "citation precision": [
            citation_precision(each.cited, each.question.proofs) for each in answerable if each.cited
        ],
        "citation recall": [citation_recall(each.cited, each.question.proofs) for each in answerable],
        f"passage recall@{PASSAGES}": [
            citation_recall(each.found[:PASSAGES], each.question.proofs) for each in answerable
        ],
        f"article hit@{ARTICLES}": [
            hit([found.article for found in each.found], _articles(each.question), ARTICLES)
            for each in answerable
        ],
        "answered": [float(not each.answer.abstained) for each in answerable],
        "abstention precision": [float(not each.question.answerable) for each in abstained],
        "abstention recall": [float(each.answer.abstained) for each in unanswerable],
        "right reason": [
            float(each.answer.reason_code == each.question.reason)
            for each in unanswerable
            if each.answer.abstained
        ],
    }
    found = {name: Estimate.of(each) for name, each in values.items() if each}
    times = [each.answer.timings_ms["total"] for each in outcomes]
    found["milliseconds p50"] = Estimate.of(times, percentile=50)
    found["milliseconds p95"] = Estimate.of(times, percentile=95)
    return found


def parts(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Split outcomes by the type of their question, and the unanswerable again by the reason why they are."""
    split: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        split.setdefault(outcome.question.kind, []).append(outcome)
        if outcome.question.reason:
            split.setdefault(f"unanswerable: {outcome.question.reason}", []).append(outcome)
    return dict(sorted(split.items()))


def _part(outcomes: Sequence[Outcome]) -> Part:
    return Part(len(outcomes), metrics(outcomes))


def _holds(text: str, gold: str) -> float:
    return contains(text, gold, squad_normalised)


def _words(outcome: Outcome) -> list[str]:
    """The accepted answers that can stand in an article; yes and no are said of it."""
    return [answer for answer in outcome.question.answers if answer not in ("yes", "no")]


def _articles(question: GoldQuestion) -> set[str]:
    return {place.article for proof in question.proofs for place in proof}
