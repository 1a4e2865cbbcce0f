"""MultiHop-RAG (Tang and Yang, COLM 2024): questions over several articles, answered from the gold evidence.

The articles are not part of the set as it is at hand, so nothing is searched: the facts that prove an answer are the
passages. Questions whose answer nothing proves ("null queries") are asked over the evidence of the question before
them. Exact match after SQuAD's normalisation comes first; the official score, one shared word is enough, is printed
beside it, though a constant string reaches .86 of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.answer import Draft, Inquiry, RetrievedPassage
from assistant.article import Passage
from assistant.errors import BackfileError
from assistant.quote import QuoteAnswerer
from assistant.reading import ReadingFinder
from eval.metrics import Estimate, squad_exact_match
from eval.suites import Measured, Part, Request, installed_reader, read_data

NEEDS_DATA = True
HEADLINES = ("em", "official", "abstained")

INSUFFICIENT = "Insufficient information."
"""The gold answer of a question that nothing answers, and ours where we abstain."""


@dataclass(frozen=True)
class Query:
    """A question, its answer, and the passages it is asked over."""

    text: str
    answer: str
    kind: str
    evidence: tuple[RetrievedPassage, ...]


@dataclass(frozen=True)
class Outcome:
    """What quote mode made of a question."""

    query: Query
    answer: str
    abstained: bool


def measure(request: Request) -> Measured:
    """Answer every question from its evidence, and report by type.

    Raises:
        BackfileError: the data are missing or broken, or the reader's weights are absent.
    """
    if request.data is None:
        raise BackfileError("multihop_rag reads its queries from a folder: give it with --data")
    reader = installed_reader()
    # No archive, so no word is rarer than another.
    answerer = QuoteAnswerer(ReadingFinder(reader, lambda stems: ({}, 0)))
    outcomes = [
        _outcome(query, answerer) for query in tqdm(load(request.data)[:: request.every], disable=None)
    ]
    kinds = sorted({outcome.query.kind for outcome in outcomes})
    return Measured(
        overall=_part(outcomes),
        parts={kind: _part([o for o in outcomes if o.query.kind == kind]) for kind in kinds},
    )


def _outcome(query: Query, answerer: QuoteAnswerer) -> Outcome:
    inquiry = Inquiry(question=query.text, standalone=query.text, passages=query.evidence)
    *_, draft = answerer.answer(inquiry)
    if not isinstance(draft, Draft) or draft.reason_code is not None:
        return Outcome(query, INSUFFICIENT, True)
    return Outcome(query, draft.short_answer or draft.sentences[0].text, False)


def _part(outcomes: Sequence[Outcome]) -> Part:
    return Part(
        len(outcomes),
        {
            "em": Estimate.of([squad_exact_match(o.answer, o.query.answer) for o in outcomes]),
            "official": Estimate.of([official(o.answer, o.query.answer) for o in outcomes]),
            "abstained": Estimate.of([float(o.abstained) for o in outcomes]),
        },
    )


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
    path = data / "multihop_rag" / "queries.jsonl"
    lines = read_data(path).splitlines()
    return list(_queries(path, lines))


def _queries(path: Path, lines: Sequence[str]) -> Iterator[Query]:
    before: tuple[RetrievedPassage, ...] = ()
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            kind = row["question_type"].removesuffix("_query")
            evidence = tuple(_passage(fact) for fact in row["evidence_list"])
            if kind != "null":
                before = evidence
            yield Query(row["query"], row["answer"], kind, before)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackfileError(f"{path}, line {number}, is not a query: {error!r}") from error


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
