"""MultiHop-RAG (Tang and Yang, COLM 2024): questions over several articles, answered from the gold evidence.

The articles are not part of the set as it is at hand, so nothing is searched: the facts that prove an answer are the
passages. Questions whose answer nothing proves ("null queries") are asked over the evidence of the question before
them. Exact match after SQuAD's normalisation comes first; the official score, one shared word is enough, is printed
beside it, though a constant string reaches .86 of it.

Many of these questions name a day or a month, mostly that of a report. "restricted" is the share that the assistant
would search within the time named, asked on the day after the last article; "evidence kept" is how many of those have
no evidence outside of it.

Most of them say whose reports they ask about. Where all evidence of one names its outlet, "outlet precision" is the
share of the outlets read out of the question that have evidence, "outlet recall" the share of those with evidence that
are read out of it, both over all outlets of all questions; "outlets kept" is how many of the questions that the
assistant would restrict to outlets have no evidence in others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from assistant.answer import Draft, Inquiry, RetrievedPassage
from assistant.answering.quote import QuoteAnswerer
from assistant.article import Passage
from assistant.errors import BackfileError
from assistant.evidence.reader_finder import ReadingFinder
from assistant.question.attribution import attribution
from assistant.question.outlets import OutletNames
from assistant.question.timeframe import find
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
"""The type of a question that nothing answers."""

INSUFFICIENT = "Insufficient information."
"""The gold answer of a question that nothing answers, and ours where we abstain."""

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
    """The outlets that a question asks about, beside those that have its evidence."""

    read: int
    """How many outlets are read out of it."""
    right: int
    """Those of them that have evidence."""
    missed: int
    """How many that have evidence are not read out of it."""


@dataclass(frozen=True)
class QueryResult:
    """What quote mode made of a question."""

    query: Query
    answer: str
    abstained: bool
    kept: bool | None
    """Whether no evidence lies outside the time that the search is restricted to; None if it is to none."""
    asked: OutletCounts | None
    """None if there is evidence whose outlet is not known, or none at all."""


def measure(request: SuiteOptions) -> SuiteResult:
    """Answer every question from its evidence, and report by type.

    Raises:
        BackfileError: the data are missing or broken, or the reader's weights are absent.
    """
    queries = load(require_data_folder(request, "multihop_rag"))
    reader = require_reader()
    # No archive, so no word is rarer than another.
    answerer = QuoteAnswerer(ReadingFinder(reader, lambda stems: ({}, 0)))
    today, outlets = asked_on(queries), known_outlets(queries)
    results = [
        _answer(query, answerer, today, outlets) for query in tqdm(queries[:: request.every], disable=None)
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
                differs="ours of the half of the set that is at hand",
            ),
        ),
    )


def _answer(query: Query, answerer: QuoteAnswerer, today: date, outlets: OutletNames) -> QueryResult:
    kept, asked = evidence_kept(query, today), outlets_asked(query, outlets)
    inquiry = Inquiry(question=query.text, standalone=query.text, passages=query.evidence)
    *_, draft = answerer.answer(inquiry)
    if not isinstance(draft, Draft) or draft.reason_code is not None:
        return QueryResult(query, INSUFFICIENT, True, kept, asked)
    return QueryResult(query, draft.short_answer or draft.sentences[0].text, False, kept, asked)


def known_outlets(queries: Iterable[Query]) -> OutletNames:
    """Return the outlets of all evidence."""
    return OutletNames({found.outlet for query in queries for found in query.evidence if found.outlet})


def outlets_asked(query: Query, outlets: OutletNames) -> OutletCounts | None:
    """Return how the outlets read out of a query agree with those of its evidence; None if these are not all known."""
    proving = {found.outlet for found in query.evidence}
    if query.kind == NULL or not proving or None in proving:
        return None
    found = attribution(query.text, outlets)
    read = found.outlets if found else ()
    right = sum(not proving.isdisjoint(names) for names in read)
    return OutletCounts(len(read), right, len(proving.difference(*read)))


def asked_on(queries: Sequence[Query]) -> date:
    """Return the day after the last article of the set, on which all is taken to be asked."""
    days = [found.published for query in queries for found in query.evidence if found.published]
    return date.fromisoformat(max(days)) + timedelta(1) if days else date.max


def evidence_kept(query: Query, today: date) -> bool | None:
    """Return whether all evidence is published in the time that a query names; None if it restricts nothing."""
    frame = find(query.text, today)
    if frame is None or not frame.hard:
        return None
    since, until = frame.published
    days = [date.fromisoformat(found.published) for found in query.evidence if found.published]
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
    # What is asked over the evidence of another question has none of its own.
    kept = [float(o.kept) for o in results if o.kept is not None and o.query.kind != NULL]
    if kept:
        found["evidence kept"] = Estimate.of(kept)
    return MetricSummary(len(results), found)


def record(result: QueryResult) -> QuestionRecord:
    """Return what is kept of an result; queries have no name but their words."""
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


def _ratio(some: Any, whole: Any) -> Any:
    """Return the ratio of the sums of two columns, for each sample of them."""
    return np.divide(some.sum(-1), np.maximum(whole.sum(-1), 1))


def official(answer: str, gold: str) -> float:
    """Return 1 if the answers share any word, as the set's own script does (qa_evaluate.py); easily gamed.

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


def _query(row: dict[str, Any]) -> Query:
    kind = row["question_type"].removesuffix("_query")
    return Query(row["query"], row["answer"], kind, tuple(map(_passage, row["evidence_list"])))


def _passage(fact: Mapping[str, Any]) -> RetrievedPassage:
    text = fact["fact"]
    return RetrievedPassage(
        passage=Passage(fact.get("url") or fact["title"], 1, 0, len(text), text),
        score=1.0,
        similarity=1.0,
        title=fact["title"],
        outlet=fact.get("source"),
        published=(fact.get("published_at") or "")[:10] or None,
        place=None,
        url=fact.get("url"),
        corrected=False,
    )
