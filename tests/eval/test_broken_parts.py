"""The gate turns red when a part of the assistant is broken: floors are pinned on the whole one, then one is put in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.answer import Draft, Inquiry
from assistant.answering.quote import QuoteAnswerer
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.evidence.evidence import Evidence, EvidenceFinder
from assistant.evidence.sentence_picker import SentencePicker
from assistant.question.kinds import Kind
from assistant.retrieval.retriever import Retrieved, Retriever
from eval.gate import Verdict, check, pin
from eval.gold.processes import run
from eval.gold.questions import load
from eval.gold.suite import measure_outcomes
from eval.suites.suite import Measured
from tests.fakes import WordEncoder

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
UNKNOWN = ("Who won the chess tournament in Paris?", "What do quarks weigh?", "Which actor plays the pirate?")


class ForgetfulRetriever(Retriever):
    """Leaves out the article that fits best."""

    def retrieve(self, *given: Any, **named: Any) -> Retrieved:
        """See Retriever."""
        found = super().retrieve(*given, **named)
        best = found.passages[0].passage.article if found.passages else ""
        others = tuple(each for each in found.passages if each.passage.article != best)
        return replace(found, passages=others)


class Finder:
    """Finds what another does, and may be broken in what it says of it."""

    def __init__(
        self, finder: EvidenceFinder, *, upside_down: bool = False, enough: float | None = None
    ) -> None:
        self._finder = finder
        self._upside_down = upside_down
        self.enough: Mapping[Kind, float] = (
            finder.enough if enough is None else dict.fromkeys(get_args(Kind), enough)
        )

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        """See EvidenceFinder."""
        found = self._finder.find(inquiry)
        if not self._upside_down:
            return found
        confidences = [each.confidence for each in found]
        return [
            replace(each, confidence=confidence)
            for each, confidence in zip(found[::-1], confidences, strict=True)
        ]


class ShiftingAnswerer(QuoteAnswerer):
    """Cites what stands a line further on."""

    def answer(self, inquiry: Inquiry) -> Iterator[str | Draft]:
        """See QuoteAnswerer."""
        for step in super().answer(inquiry):
            if isinstance(step, Draft):
                step = replace(
                    step,
                    citations=tuple(
                        replace(each, start=each.start + 80, end=each.end + 80) for each in step.citations
                    ),
                )
            yield step


def _measure(
    archive: ArchiveFolder,
    gold: Path,
    *,
    retriever: type[Retriever] = Retriever,
    answerer: type[QuoteAnswerer] = QuoteAnswerer,
    **broken: Any,
) -> Measured:
    encoder, catalog = WordEncoder(), Catalog.open(archive.catalog)
    dense = DenseIndex(archive, catalog, encoder.dimension)
    finder = Finder(SentencePicker(encoder, catalog.frequencies), **broken)
    made = Assistant(
        folder=archive,
        catalog=catalog,
        retriever=retriever(catalog, dense, encoder),
        dense=dense,
        quoting=answerer(finder),
    )
    with closing(made):
        return measure_outcomes(list(run(made, load(gold, catalog))), data="handful")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "id": id,
            "type": kind,
            "question": question,
            "answers": [answer],
            "support": [{"article": f"{tmp_path.name}/desk.json{record}", "quote": answer}],
        }
        for id, kind, question, answer, record in ASKED
    ]
    rows += [
        {"id": question, "type": "unanswerable", "question": question, "reason_code": "not_in_archive"}
        for question in UNKNOWN
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def floors(archive: ArchiveFolder, gold: Path, tmp_path: Path) -> Path:
    """Floors of the whole assistant."""
    path = tmp_path / "baseline.json"
    whole = _measure(archive, gold)
    assert whole.overall.metrics["right"].value == 1
    pin("gold", whole, SETTINGS, path, reason=None, today=date(2024, 3, 4))
    return path


def _judged(found: Measured, floors: Path) -> Verdict:
    return check("gold", found, SETTINGS, floors)


def test_the_whole_assistant_passes(archive: ArchiveFolder, gold: Path, floors: Path) -> None:
    assert _judged(_measure(archive, gold), floors).held


@pytest.mark.parametrize(
    ("broken", "measures"),
    [
        ({"retriever": ForgetfulRetriever}, {"right", "passage hit@1", "passage recall@10", "article hit@5"}),
        ({"upside_down": True}, {"right", "answer holds", "citation recall"}),
        ({"answerer": ShiftingAnswerer}, {"citation precision", "citation recall", "sentences supported"}),
        ({"enough": 0.0}, {"abstention recall"}),
        ({"enough": 99.0}, {"right", "answered", "abstention precision"}),
    ],
    ids=["retriever", "reader", "citation", "never abstains", "always abstains"],
)
def test_a_broken_part_turns_the_gate_red(
    broken: dict[str, Any], measures: set[str], archive: ArchiveFolder, gold: Path, floors: Path
) -> None:
    verdict = _judged(_measure(archive, gold, **broken), floors)
    assert not verdict.held
    told = {measure for measure in measures if any(f"all: {measure} " in line for line in verdict.lines)}
    assert told == measures, verdict.lines
