"""RealTimeQA (Kasai et al., NeurIPS 2023): weekly news-quiz questions over a real archive, each with its date.

An article is relevant if a web search returned it for the question and it contains the answer's words: distant
supervision, as published with the set.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tqdm import tqdm

from assistant.assistant import Assistant
from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from assistant.query import RetrievedPassage
from assistant.retrieval.retriever import DENSE, LEXICAL
from eval.metrics import Estimate, contains, exact_match, hit, token_f1
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import read_jsonl
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    require_data_folder,
)

NEEDS_DATA = True
HEADLINES = ("hit@1", "hit@5", "hit@10", "em", "f1", "abstained", "abstained without its articles")
CUTS = (1, 5, 10)
UNANSWERABLE = 200
"""About how many questions are asked again without the passages that answer them."""

TUNED = "2024"
"""Questions of this year and later chose no setting; they are reported apart."""

PUBLISHED: SystemFigures = {
    "GPT-3, the questions of 2022 asked here": {"em": 0.55, "f1": 0.67},
    "BART (RAG), the questions of 2022 asked here": {"em": 0.40, "f1": 0.49},
    "GPT-3, all of 2022 (810)": {"em": 0.375, "f1": 0.493},
    "BART (RAG), all of 2022 (810)": {"em": 0.253, "f1": 0.321},
    "GPT-3 without articles, all of 2022 (810)": {"em": 0.150, "f1": 0.228},
    "GPT-3, all of 2023 (1,250)": {"em": 0.258, "f1": 0.357},
}
"""Recomputed from the predictions published with the set."""


@dataclass(frozen=True)
class QuizQuestion:
    """One question of the set."""

    id: str
    asked: date
    text: str
    answer: str
    relevant: frozenset[str]
    """URLs of the relevant articles."""


@dataclass(frozen=True)
class QuestionResult:
    """Backfile's answer to one question."""

    question: QuizQuestion
    ranked: dict[str, list[str]]
    """URLs in the order found, by search mode."""
    abstained: bool
    answer: str
    short: str
    """The short answer; empty if there is none."""
    milliseconds: float
    abstained_without: bool | None = None
    """Whether it abstained without the passages that answer; None if it was not asked again."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Ask the archive of the settings the questions of the set.

    Raises:
        BackfileError: the set or the archive cannot be read.
    """
    questions = load(require_data_folder(options, "realtimeqa"))[:: options.every]
    with closing(Assistant.open(options.settings)) as assistant:
        results = list(tqdm(run(assistant, questions), total=len(questions), disable=None))
    split = dict(sorted(parts(results).items()))
    measured = {name: MetricSummary(len(some), metrics(some)) for name, some in split.items()}
    return SuiteResult(
        overall=MetricSummary(len(results), metrics(results)),
        parts=measured,
        records=tuple(record(part, result) for part, some in split.items() for result in some),
        published=(published_comparison(measured),),
    )


def load(data: Path) -> list[QuizQuestion]:
    """Read `realtimeqa/questions.jsonl` below `data`.

    Raises:
        BackfileError: the file is missing or a line is not a question; names the line.
    """
    return read(data / "realtimeqa" / "questions.jsonl")


def read(path: Path) -> list[QuizQuestion]:
    """Read a file of questions.

    Raises:
        BackfileError: the file is missing or a line is not a question; names the line.
    """
    form = '{"question_id": …, "question_date": day, "question": …, "answer": …, "relevant_urls": list}'
    questions = list(read_jsonl(path, _question, form))
    if not questions:
        raise BackfileError(f"{path} holds no question: get the file again")
    return questions


def _question(row: JsonObject) -> QuizQuestion:
    urls = row["relevant_urls"]
    try:
        # Some releases of the set hold a Python list as text.
        relevant = ast.literal_eval(urls) if isinstance(urls, str) else urls or ()
    except SyntaxError as error:
        raise ValueError(f"relevant_urls is not a list: {urls!r}") from error
    return QuizQuestion(
        id=row["question_id"],
        asked=date.fromisoformat(row["question_date"].replace("/", "-")),
        text=row["question"],
        answer=row["answer"],
        relevant=frozenset(relevant),
    )


def run(assistant: Assistant, questions: Sequence[QuizQuestion]) -> Iterator[QuestionResult]:
    """Ask every question, and search it in the lexical and dense modes as well."""
    for number, question in enumerate(questions):
        answer = assistant.ask(question.text, as_of=question.asked).answer
        ranked = {"": [found.source.url or "" for found in answer.passages]}
        for name, fusion in (("lexical ", LEXICAL), ("dense ", DENSE)):
            found = assistant.search(question.text, as_of=question.asked, fusion=fusion)
            ranked[name] = [each.source.url or "" for each in found]
        without = None
        if number % max(len(questions) // UNANSWERABLE, 1) == 0:
            found = assistant.search(question.text, as_of=question.asked)
            others = [each for each in found if not _contains_answer(each, question)]
            without = assistant.draft(question.text, others).reason_code is not None
        yield QuestionResult(
            question,
            ranked,
            answer.abstained,
            answer.text,
            answer.short_answer or "",
            answer.timings_ms["total"],
            without,
        )


def _contains_answer(found: RetrievedPassage, question: QuizQuestion) -> bool:
    return found.source.url in question.relevant or bool(contains(found.passage.text, question.answer))


def metrics(results: Sequence[QuestionResult]) -> dict[str, Estimate]:
    """Return hit@k of each search mode, the quality of the answers, and the share abstained."""
    found = {
        f"{name}hit@{k}": Estimate.of([hit(o.ranked[name], o.question.relevant, k) for o in results])
        for name in results[0].ranked
        for k in CUTS
    }
    found["em"] = Estimate.of([exact_match(o.short, o.question.answer) for o in results])
    found["f1"] = Estimate.of([token_f1(o.short, o.question.answer) for o in results])
    without = [float(o.abstained_without) for o in results if o.abstained_without is not None]
    if without:
        found["abstained without its articles"] = Estimate.of(without)
    answered = [result for result in results if not result.abstained]
    found["abstained"] = Estimate.of([float(result.abstained) for result in results])
    found["quote holds answer"] = Estimate.of(
        [0.0 if o.abstained else contains(o.answer, o.question.answer) for o in results]
    )
    if answered:
        found["quote holds answer, of answered"] = Estimate.of(
            [contains(o.answer, o.question.answer) for o in answered]
        )
    times = [result.milliseconds for result in results]
    found["milliseconds p50"] = Estimate.of(times, percentile=50)
    found["milliseconds p95"] = Estimate.of(times, percentile=95)
    return found


def record(part: str, result: QuestionResult) -> QuestionRecord:
    """Return the record of a result."""
    question = result.question
    found = {
        f"{name}hit@{k}": hit(ranked, question.relevant, k)
        for name, ranked in result.ranked.items()
        for k in CUTS
    }
    found["em"] = exact_match(result.short, question.answer)
    found["f1"] = token_f1(result.short, question.answer)
    found["quote holds answer"] = 0.0 if result.abstained else contains(result.answer, question.answer)
    return QuestionRecord(
        id=question.id,
        kind=part,
        question=question.text,
        scores=found,
        asked=(f"on {question.asked}",),
        abstained=result.abstained,
        milliseconds=result.milliseconds,
        answer=result.answer,
        short=result.short,
        expected=(question.answer,),
    )


def published_comparison(parts: Mapping[str, MetricSummary]) -> PublishedComparison:
    """Return the quality of each part's answers, beside the systems published with the set."""
    ours = {
        f"Backfile, {name} ({found.n:,})": {metric: found.metrics[metric].value for metric in ("em", "f1")}
        for name, found in parts.items()
    }
    return PublishedComparison(
        title="short answers",
        ours=ours,
        others=PUBLISHED,
        source="the predictions published with RealTimeQA (Kasai et al., NeurIPS 2023)",
        differs="theirs were given articles of a web search, ours finds its own in the archive; only questions that an "
        "available article answers are asked",
    )


def parts(results: Sequence[QuestionResult]) -> dict[str, list[QuestionResult]]:
    """Split results into the years that chose settings and the years that did not."""
    split: dict[str, list[QuestionResult]] = {}
    for result in results:
        held_out = result.question.asked.isoformat() >= TUNED
        split.setdefault("2024" if held_out else "2022–2023", []).append(result)
    return split
