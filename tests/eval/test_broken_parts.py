"""The gate fails when a component of the assistant is broken: floors are pinned with the intact one first."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.answering.draft import Draft
from assistant.answering.quote import QuoteAnswerer
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.evidence.evidence import Evidence, EvidenceFinder
from assistant.evidence.sentence_picker import SentencePicker
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry
from assistant.retrieval.retriever import Retrieved, Retriever
from eval.gate import Verdict, check, pin
from eval.gold.processes import run
from eval.gold.questions import load
from eval.gold.suite import measure_outcomes
from eval.suites.protocol import SuiteResult
from tests.fakes import MADE_WITH, WordEncoder

SETTINGS = {"encoder": "words"}

ASKED: Sequence[tuple[str, str, str, str, str]] = (
    ("union", "who", "Who led the union that claimed 40 sailings were cancelled?", "Nora Hale", "#1"),
    ("sailings", "how_many", "How many sailings did the union claim?", "40 sailings", "#1"),
    ("budget", "how_many", "What budget did the council pass?", "61 million crowns", "#2"),
    ("prudent", "attribution", "Who called the council's budget prudent?", "Ida Brandt", "#2"),
    ("wall", "where", "In how many places did the storm break the sea wall?", "three places", "#3"),
    (
        "hurt",
        "how_many",
        "How many people were hurt in the storm?",
        "Two people",
        "#3",
    ),
    ("soup", "how_many", "How many herrings does the fish soup take?", "two herrings", "#5"),
)
UNKNOWN = (
    "Who won the chess tournament?",
    "What do quarks weigh?",
    "Which actor plays the pirate?",
)


class ForgetfulRetriever(Retriever):
    """Leaves out the best article."""

    def retrieve(self, *given: Any, **named: Any) -> Retrieved:
        """See Retriever."""
        found = super().retrieve(*given, **named)
        best = found.passages[0].passage.article if found.passages else ""
        others = tuple(each for each in found.passages if each.passage.article != best)
        return replace(found, passages=others)


class Finder:
    """Wraps another finder, and may reverse its confidences or change its thresholds."""

    def __init__(
        self, finder: EvidenceFinder, *, reversed_confidences: bool = False, enough: float | None = None
    ) -> None:
        self._finder = finder
        self._reversed_confidences = reversed_confidences
        self.thresholds: Mapping[Kind, float] = (
            finder.thresholds if enough is None else dict.fromkeys(get_args(Kind), enough)
        )

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder."""
        found = self._finder.find(inquiry)
        if not self._reversed_confidences:
            return found
        confidences = [each.confidence for each in found]
        return [
            replace(each, confidence=confidence)
            for each, confidence in zip(found[::-1], confidences, strict=True)
        ]


class ShiftingAnswerer(QuoteAnswerer):
    """Cites the text 80 characters further on."""

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """See QuoteAnswerer."""
        draft = yield from super().answer(inquiry)
        shifted = (replace(each, start=each.start + 80, end=each.end + 80) for each in draft.citations)
        return replace(draft, citations=tuple(shifted))


def _measure(
    archive: ArchiveFolder,
    gold: Path,
    *,
    retriever: type[Retriever] = Retriever,
    answerer: type[QuoteAnswerer] = QuoteAnswerer,
    **broken: Any,
) -> SuiteResult:
    encoder, catalog = WordEncoder(), Catalog.open(archive.catalog)
    dense = DenseIndex(archive, catalog, encoder.dimension)
    finder = Finder(SentencePicker(encoder, catalog.frequencies), **broken)
    made = Assistant(
        folder=archive,
        catalog=catalog,
        retriever=retriever(catalog, dense, encoder),
        dense=dense,
        quoting=answerer(finder),
        made_with=MADE_WITH,
    )
    with closing(made):
        return measure_outcomes(list(run(made, load(gold, catalog))), data="handful")


@pytest.fixture(scope="module")
def gold(shared_archive: ArchiveFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gold set of `ASKED` and `UNKNOWN`."""
    folder = shared_archive.path.parent.name
    rows: list[dict[str, Any]] = [
        {
            "id": id,
            "type": kind,
            "question": question,
            "answers": [answer],
            "support": [{"article": f"{folder}/desk.json{record}", "quote": answer}],
        }
        for id, kind, question, answer, record in ASKED
    ]
    rows += [
        {"id": question, "type": "unanswerable", "question": question, "reason_code": "not_in_archive"}
        for question in UNKNOWN
    ]
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture(scope="module")
def floors(shared_archive: ArchiveFolder, gold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Floors pinned with the intact assistant."""
    path = tmp_path_factory.mktemp("floors") / "baseline.json"
    whole = _measure(shared_archive, gold)
    assert whole.overall.metrics["right"].value == 1
    pin("gold", whole, SETTINGS, path, reason=None, today=date(2024, 3, 4))
    return path


def _verdict(found: SuiteResult, floors: Path) -> Verdict:
    return check("gold", found, SETTINGS, floors)


def test_the_intact_assistant_passes(shared_archive: ArchiveFolder, gold: Path, floors: Path) -> None:
    assert _verdict(_measure(shared_archive, gold), floors).held


@pytest.mark.parametrize(
    ("broken", "measures"),
    [
        ({"retriever": ForgetfulRetriever}, {"right", "passage hit@1", "passage recall@10", "article hit@5"}),
        ({"reversed_confidences": True}, {"right", "answer holds", "citation recall"}),
        ({"answerer": ShiftingAnswerer}, {"citation precision", "citation recall", "sentences supported"}),
        ({"enough": 0.0}, {"abstention recall"}),
        ({"enough": 99.0}, {"right", "answered", "abstention precision"}),
    ],
    ids=["retriever", "reader", "citation", "never abstains", "always abstains"],
)
def test_a_broken_component_fails_the_gate(
    broken: dict[str, Any], measures: set[str], shared_archive: ArchiveFolder, gold: Path, floors: Path
) -> None:
    verdict = _verdict(_measure(shared_archive, gold, **broken), floors)
    assert not verdict.held
    reported = {measure for measure in measures if any(f"all: {measure} " in line for line in verdict.lines)}
    assert reported == measures, verdict.lines
