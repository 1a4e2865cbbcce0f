"""MultiHop-RAG (Tang and Yang, COLM 2024): questions over several articles, answered from the gold evidence.

The available copy of the set has no articles, so nothing is searched: the facts that prove an answer are the
passages. Questions without an answer ("null queries") are asked over the evidence of the question before them. The
main metric is exact match with SQuAD's normalisation. The official score is printed beside it: one shared word is
enough, and a constant string reaches .86.

Many questions name a day or a month, mostly that of a report. "restricted" is the share of questions that the
assistant would search within a time, asked on the day after the last article. "evidence kept" is the share of those
with no evidence outside that time.

Most questions name the outlets whose reports they ask about. Where all evidence names its outlet, "outlet precision"
is the share of outlets found in the question that have evidence. "outlet recall" is the share of outlets with
evidence that are found. Both are over all outlets of all questions. "outlets kept" is the share of questions
restricted to outlets that have no evidence in others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.answering.draft import final_draft
from assistant.answering.quote import QuoteAnswerer
from assistant.article import Passage, Source
from assistant.errors import BackfileError
from assistant.evidence.reader_evidence import ReaderEvidenceFinder
from assistant.json_object import JsonObject
from assistant.query import RetrievedPassage
from assistant.question.attribution import attribution
from assistant.question.outlets import OutletNames
from assistant.question.plan import Inquiry, understand
from assistant.question.timeframe import find_time_frame
from eval.metrics import Estimate, squad_exact_match
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import read_jsonl
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    require_data_folder,
    require_reader,
)

NEEDS_DATA = True
HEADLINES = ("em", "official", "abstained", "restricted", "evidence kept")

NULL = "null"
"""The type of a question without an answer."""

INSUFFICIENT = "Insufficient information."
"""The gold answer of a question without an answer, and ours when we abstain."""

PUBLISHED = {
    "GPT-4": {"official": 0.89},
    "Mixtral-8x7B": {"official": 0.36},
    "Llama-2-70b": {"official": 0.32},
}


@dataclass(frozen=True)
class Query:
    """A question, its answer, and the passages it is asked over."""

    text: str
    answer: str
    kind: str
    evidence: tuple[RetrievedPassage, ...]


@dataclass(frozen=True)
class OutletCounts:
    """Agreement of the outlets found in a question with those of its evidence."""

    read: int
    """Number of outlets found in the question."""
    right: int
    """Number of these that have evidence."""
    missed: int
    """Number of outlets with evidence that were not found."""


@dataclass(frozen=True)
class QueryResult:
    """Quote mode's answer to a question."""

    query: Query
    answer: str
    abstained: bool
    kept: bool | None
    """Whether all evidence is within the time that the search is restricted to; None if unrestricted."""
    asked: OutletCounts | None
    """None if there is no evidence, or some without a known outlet."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Answer every question from its evidence, and report by type.

    Raises:
        BackfileError: the data are missing or broken, or the reader's weights are not installed.
    """
    queries = load(require_data_folder(options, "multihop_rag"))
    reader = require_reader()
    # There is no archive, so all words count as equally rare.
    answerer = QuoteAnswerer(ReaderEvidenceFinder(reader, lambda stems: ({}, 0)))
    today, outlets = asked_on(queries), known_outlets(queries)
    results = [
        _answer(query, answerer, today, outlets) for query in tqdm(queries[:: options.every], disable=None)
    ]
    kinds = sorted({result.query.kind for result in results})
    overall = _summarize(results)
    return SuiteResult(
        overall=overall,
        parts={kind: _summarize([o for o in results if o.query.kind == kind]) for kind in kinds},
        records=tuple(map(record, results)),
        published=(
            PublishedComparison(
                title="from the gold evidence, official score",
                ours={"Backfile": {"official": overall.metrics["official"].value}},
                others=PUBLISHED,
                source="Tang and Yang, table 6",
                differs="ours are for the half of the set that is available",
            ),
        ),
    )


def _answer(query: Query, answerer: QuoteAnswerer, today: date, outlets: OutletNames) -> QueryResult:
    kept, asked = evidence_kept(query, today), outlets_asked(query, outlets)
    draft = final_draft(answerer.answer(Inquiry(plan=understand(query.text), passages=query.evidence)))
    if draft.reason_code is not None:
        return QueryResult(query, INSUFFICIENT, True, kept, asked)
    return QueryResult(query, draft.short_answer or draft.sentences[0].text, False, kept, asked)


def known_outlets(queries: Iterable[Query]) -> OutletNames:
    """Return the outlets of all evidence."""
    return OutletNames(
        {found.source.outlet for query in queries for found in query.evidence if found.source.outlet}
    )


def outlets_asked(query: Query, outlets: OutletNames) -> OutletCounts | None:
    """Return how the outlets found in a query agree with those of its evidence; None if some are unknown."""
    proving = {found.source.outlet for found in query.evidence}
    if query.kind == NULL or not proving or None in proving:
        return None
    found = attribution(query.text, outlets)
    read = found.outlets if found else ()
    right = sum(not proving.isdisjoint(names) for names in read)
    return OutletCounts(len(read), right, len(proving.difference(*read)))


def asked_on(queries: Sequence[Query]) -> date:
    """Return the day after the last article of the set, when all questions count as asked."""
    days = [found.source.published for query in queries for found in query.evidence if found.source.published]
    return date.fromisoformat(max(days)) + timedelta(1) if days else date.max


def evidence_kept(query: Query, today: date) -> bool | None:
    """Return whether all evidence was published in the time that a query names; None if it restricts nothing."""
    frame = find_time_frame(query.text, today)
    if frame is None or not frame.hard:
        return None
    since, until = frame.published
    days = [date.fromisoformat(found.source.published) for found in query.evidence if found.source.published]
    return all((since or day) <= day <= (until or day) for day in days)


def _summarize(results: Sequence[QueryResult]) -> MetricSummary:
    found = {
        "em": Estimate.of([squad_exact_match(o.answer, o.query.answer) for o in results]),
        "official": Estimate.of([official(o.answer, o.query.answer) for o in results]),
        "abstained": Estimate.of([float(o.abstained) for o in results]),
        "restricted": Estimate.of([float(o.kept is not None) for o in results]),
    }
    asked = [o.asked for o in results if o.asked]
    if any(each.read for each in asked):
        read, right, missed = (
            [getattr(each, name) for each in asked] for name in ("read", "right", "missed")
        )
        found["outlet precision"] = Estimate.over(_ratio, right, read)
        found["outlet recall"] = Estimate.over(_ratio, right, np.add(right, missed).tolist())
        found["outlets kept"] = Estimate.of([float(not each.missed) for each in asked if each.read])
    # Null queries use the evidence of another question and have none of their own.
    kept = [float(o.kept) for o in results if o.kept is not None and o.query.kind != NULL]
    if kept:
        found["evidence kept"] = Estimate.of(kept)
    return MetricSummary(len(results), found)


def record(result: QueryResult) -> QuestionRecord:
    """Return the record of a result; queries have no id but their text."""
    query, answer = result.query, result.answer
    scores = {"em": squad_exact_match(answer, query.answer), "official": official(answer, query.answer)}
    return QuestionRecord(
        id=query.text,
        kind=query.kind,
        question=query.text,
        scores=scores,
        abstained=result.abstained,
        answer=answer,
        expected=(query.answer,),
    )


def _ratio(some: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio of the sums of two columns, for each sample."""
    return np.asarray(np.divide(some.sum(-1), np.maximum(whole.sum(-1), 1)))


def official(answer: str, gold: str) -> float:
    """Return 1 if the answers share any word, like the set's own script qa_evaluate.py; easily gamed.

    >>> official("yes no sam google", "Yes"), official("Yes.", "Yes")
    (1.0, 0.0)
    """
    return float(bool(set(answer.lower().split()) & set(gold.lower().split())))


def load(data: Path) -> list[Query]:
    """Read `multihop_rag/queries.jsonl` below `data`.

    Raises:
        BackfileError: the file is missing, or a line is not a query; names the line.
    """
    form = '{"query": …, "answer": …, "question_type": …, "evidence_list": [{"title": …, "fact": …}, …]}'
    path = data / "multihop_rag" / "queries.jsonl"
    queries: list[Query] = []
    before: tuple[RetrievedPassage, ...] = ()
    for query in read_jsonl(path, _query, form):
        if query.kind == NULL:
            query = replace(query, evidence=before)
        before = query.evidence
        queries.append(query)
    if not queries:
        raise BackfileError(f"{path} holds no query: get the file again")
    return queries


def _query(row: JsonObject) -> Query:
    kind = row["question_type"].removesuffix("_query")
    return Query(row["query"], row["answer"], kind, tuple(map(_passage, row["evidence_list"])))


def _passage(fact: JsonObject) -> RetrievedPassage:
    text = fact["fact"]
    return RetrievedPassage(
        passage=Passage(fact.get("url") or fact["title"], 1, 0, len(text), text),
        score=1.0,
        similarity=1.0,
        source=Source(
            title=fact["title"],
            outlet=fact.get("source"),
            published=(fact.get("published_at") or "")[:10] or None,
            url=fact.get("url"),
        ),
    )
