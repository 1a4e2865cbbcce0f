"""Fits the weights that rank passages and choose among spans, from questions whose answers are known.

Both are one model: a softmax over the candidates of a question, in which the right ones together are to have the
largest share (conditional logistic regression with several right choices). Every fifth question, drawn with a seed, is
held back and only measures.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.errors import BackfileError
from assistant.evidence import reader_evidence
from assistant.evidence.evidence import Evidence
from assistant.evidence.reader.reader import Reader
from assistant.evidence.reader_evidence import (
    PASSAGES,
    ReaderEvidenceFinder,
    SpanSignals,
    SpanWeights,
    ranked,
)
from assistant.fitted import Fit
from assistant.models.encoder import Encoder
from assistant.query import RetrievedPassage
from assistant.question.plan import Inquiry, Plan, understand
from assistant.retrieval import retriever as retrieval
from assistant.retrieval.retriever import Fusion, Retriever
from assistant.retrieval.search import search
from assistant.text.normal_form import normal_form
from eval.metrics import exact_match
from eval.suites import realtimeqa
from eval.suites.realtimeqa import QuizQuestion

SEED = 20230202
HELD_BACK = 0.2
"""Share of the questions that only measure."""

PENALTY = 1e-3
"""Of the squared weights, for each question: enough that a signal that is nearly constant does not drift."""

STEPS = 200
"""Of L-BFGS at most; it needs some forty."""

LAST_YEAR = 2023
"""Questions of later years only measure."""

DATA = "RealTimeQA, questions of 2022 and 2023 over its own articles"

Signals = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """The candidates of one question."""

    signals: Signals
    """Shape (candidates, signals)."""
    right: NDArray[np.bool_]
    """Which candidates are right, shape (candidates,); one at least."""


@dataclass(frozen=True)
class Asked:
    """A question, understood, with what it is scored by."""

    question: QuizQuestion
    plan: Plan
    held_back: bool


def fit(choices: Sequence[Choice]) -> Signals:
    """Return the weights, one for each signal, that give the right candidates the largest share of each softmax."""
    weights = torch.zeros(choices[0].signals.shape[1], dtype=torch.float64, requires_grad=True)
    parts = [(torch.from_numpy(each.signals), torch.from_numpy(each.right)) for each in choices]
    optimizer = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = PENALTY * weights.square().sum() * len(parts)
        for signals, right in parts:
            scores = signals @ weights
            value = value + scores.logsumexp(0) - scores[right].logsumexp(0)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found: Signals = weights.detach().numpy()
    return found


def refit(data: Path, archive: Path) -> tuple[Fit, Fit]:
    """Return the weights of retrieval and of evidence, fitted on RealTimeQA.

    `data` is the folder of the public sets, `archive` one made of RealTimeQA's articles.

    Raises:
        BackfileError: the questions or the reader's weights are not there.
        ArchiveError: the archive cannot be opened.
    """
    path = data / "realtimeqa" / "questions.jsonl"
    if not path.is_file():
        raise BackfileError(f"{path} is missing: give the folder that holds realtimeqa/questions.jsonl")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    reader = Reader.open()
    if reader is None:
        raise BackfileError(
            "the reader's weights are not installed: make them with `python -m training reader`"
        )
    folder = ArchiveFolder(archive)
    folder.require()
    encoder = Encoder.open()
    with (
        closing(Catalog.open(folder.catalog)) as catalog,
        closing(DenseIndex(folder, catalog, encoder.dimension)) as dense,
    ):
        searching = Retriever(catalog, dense, encoder)
        asked = _asked(realtimeqa.load(data), searching)
        fused, passages = _fit_retrieval(catalog, searching, asked)
        spans = _fit_evidence(ReaderEvidenceFinder(reader, catalog.frequencies), asked, passages)
    return tuple(  # type: ignore[return-value]
        Fit(
            weights={name: round(weight, 3) for name, weight in weights.items()},
            data=DATA,
            digest=digest,
            seed=SEED,
            date=date.today().isoformat(),
            measured={name: round(value, 3) for name, value in measured.items()},
        )
        for weights, measured in (fused, spans)
    )


def write(fits: tuple[Fit, Fit]) -> None:
    """Write the weights to where the assistant reads them."""
    for each, path in zip(fits, (retrieval.WEIGHTS, reader_evidence.WEIGHTS), strict=True):
        each.save(path)


def _asked(questions: Sequence[QuizQuestion], searching: Retriever) -> list[Asked]:
    chosen = [each for each in questions if each.asked.year <= LAST_YEAR and each.relevant]
    draw = random.Random(SEED)
    outlets = searching.outlets()
    return [
        Asked(each, understand(each.text, as_of=each.asked, outlets=outlets), draw.random() < HELD_BACK)
        for each in chosen
    ]


Fitted = tuple[dict[str, float], dict[str, float]]
"""Weights by name, and what they reach on the questions held back."""


def _fit_retrieval(
    catalog: Catalog, searching: Retriever, asked: Sequence[Asked]
) -> tuple[Fitted, list[tuple[RetrievedPassage, ...]]]:
    """Fit the fusion of the search, and return the passages that each question finds with it."""
    names = [each.name for each in fields(Fusion)]
    choices = []
    for each in tqdm(asked, "searching"):
        if each.held_back:
            continue
        found = searching.signals(
            each.plan.standalone, each.plan.wordings, as_of=each.plan.as_of, frame=each.plan.frame
        )
        located = catalog.locate(list(found))
        right = np.array([key in located and located[key].url in each.question.relevant for key in found])
        if right.any():
            rows = [[getattr(signals, name) for name in names] for signals in found.values()]
            choices.append(Choice(np.array(rows), right))
    weights = dict(zip(names, fit(choices).tolist(), strict=True))
    fusion = Fusion(**weights)
    passages = [search(searching, each.plan, fusion).passages for each in tqdm(asked, "searching again")]
    hits = [
        [found.source.url in each.question.relevant for found in some]
        for each, some in zip(asked, passages, strict=True)
        if each.held_back
    ]
    measured = {f"passage hit@{k}": float(np.mean([any(each[:k]) for each in hits])) for k in (1, 5, 10)}
    return (weights, {**measured, "questions": len(hits)}), passages


def _fit_evidence(
    finder: ReaderEvidenceFinder, asked: Sequence[Asked], passages: Sequence[Sequence[RetrievedPassage]]
) -> Fitted:
    names = [each.name for each in fields(SpanWeights)]
    choices: list[Choice] = []
    held_back: list[tuple[QuizQuestion, list[Evidence], list[SpanSignals]]] = []
    for each, some in zip(tqdm(asked, "reading"), passages, strict=True):
        read = tuple(some[:PASSAGES])
        evidence, signals = finder.spans(Inquiry(plan=each.plan, passages=read))
        if each.held_back:
            held_back.append((each.question, evidence, signals))
            continue
        choices += _choices(each.question, evidence, signals)
    weights = dict(zip(names, fit(choices).tolist(), strict=True))
    chosen = SpanWeights(**weights)
    best = [
        (question, next(iter(ranked(evidence, signals, chosen)), None))
        for question, evidence, signals in held_back
    ]
    right = [exact_match((found and found.answer_text) or "", question.answer) for question, found in best]
    return weights, {"exact match": float(np.mean(right)), "questions": len(right)}


def _choices(
    question: QuizQuestion, evidence: Sequence[Evidence], signals: Sequence[SpanSignals]
) -> Iterator[Choice]:
    """Yield a question's spans and "no answer": all of them, and those of the passages that lack the answer."""
    answer = f" {normal_form(question.answer)} "
    nothing = [0.0] * len(fields(SpanSignals)) + [1.0]
    right = [exact_match(each.answer_text or "", question.answer) == 1.0 for each in evidence]
    lacking = [answer not in f" {normal_form(each.found.passage.text)} " for each in evidence]
    for kept in ([True] * len(evidence), lacking):
        rows = [[*astuple(each), 0.0] for each, keep in zip(signals, kept, strict=True) if keep]
        marks = [mark for mark, keep in zip(right, kept, strict=True) if keep]
        yield Choice(np.array([*rows, nothing]), np.array([*marks, not any(marks)]))
