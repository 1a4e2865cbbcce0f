"""What both readers find together, with given scores."""

from collections.abc import Sequence
from typing import cast

import pytest

from assistant.evidence.deep_evidence import EXCERPTS, DeepEvidenceFinder
from assistant.evidence.evidence import Evidence
from assistant.evidence.reader.deep_reader import DeepReader, DeepReading, Excerpt
from assistant.evidence.reader.reader import Reader, Reading
from assistant.evidence.reader_evidence import ReaderEvidenceFinder
from assistant.query import RetrievedPassage
from assistant.question.plan import Inquiry, understand
from tests.assistant.evidence.test_reader_evidence import GivenReadings, passage

NOTHING_TOLD = (-9.0, -9.0, 0.0)


class GivenDeepReadings:
    """A deep reader that says given things of excerpts whose text begins with given words."""

    def __init__(self, found: dict[str, DeepReading]) -> None:
        self._found = found
        self.read_excerpts: list[str] = []

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[DeepReading]:
        self.read_excerpts = [each.text for each in excerpts]
        return [self._found.get(each.text, DeepReading([], {}, NOTHING_TOLD)) for each in excerpts]


def reading(text: str, answer: str, score: float, *, sentence: float = 0.0) -> DeepReading:
    at = text.index(answer)
    whole = (0, len(text))
    return DeepReading([Reading(0, whole, (at, at + len(answer)), score)], {whole: sentence}, NOTHING_TOLD)


def find(
    question: str,
    passages: Sequence[RetrievedPassage],
    proposed: Sequence[tuple[str, float]],
    deep: dict[str, DeepReading],
) -> list[Evidence]:
    def frequencies(stems: Sequence[str]) -> tuple[dict[str, int], int]:
        return {}, 100

    small = ReaderEvidenceFinder(cast(Reader, GivenReadings(*proposed)), frequencies)
    finder = DeepEvidenceFinder(small, cast(DeepReader, GivenDeepReadings(deep)), frequencies)
    return finder.find(Inquiry(plan=understand(question), passages=tuple(passages)))


def test_the_deep_reader_decides_between_what_the_small_one_proposes() -> None:
    winner, loser = "Hale beat Brandt on Sunday.", "Brandt has led the council since 2019."
    found = find(
        "Who won the run-off?",
        [passage("a", winner), passage("b", loser)],
        [("Hale", 1.0), ("Brandt", 9.0)],
        {winner: reading(winner, "Hale", 8.0), loser: reading(loser, "Brandt", -4.0)},
    )
    assert found[0].answer_text == "Hale"
    assert found[0].confidence > 0.9 > 0.1 > found[1].confidence


def test_only_the_best_excerpts_are_read() -> None:
    texts = [f"Candidate {number} spoke." for number in range(EXCERPTS + 4)]
    small = ReaderEvidenceFinder(
        cast(Reader, GivenReadings(*[(f"{number} spoke", float(number)) for number in range(len(texts))])),
        lambda wanted: ({}, 100),
    )
    deep = GivenDeepReadings({})
    finder = DeepEvidenceFinder(small, cast(DeepReader, deep), lambda wanted: ({}, 100))
    passages = tuple(passage(str(number), text) for number, text in enumerate(texts))
    assert finder.find(Inquiry(plan=understand("Who spoke?"), passages=passages)) == []
    assert len(deep.read_excerpts) == EXCERPTS
    assert texts[-1] in deep.read_excerpts


def test_a_question_of_yes_or_no_gets_the_verdict_with_its_sentence() -> None:
    text = "The council rejected the plan. Rain fell."
    first, second = (0, 30), (31, 41)
    told = DeepReading([], {first: 3.0, second: -3.0}, (-5.0, -0.1, -3.0))
    [found] = find("Did the council accept the plan?", [passage("a", text)], [("plan", 1.0)], {text: told})
    assert (found.verdict, found.text) == ("no", "The council rejected the plan.")
    assert found.confidence == pytest.approx(0.905, abs=0.001)


def test_reasons_are_the_sentences_that_belong_to_the_answer() -> None:
    text = "The bridge was shut. Its bearings had cracked."
    first, second = (0, 20), (21, 46)
    told = DeepReading([Reading(0, second, (25, 45), 2.0)], {first: -2.0, second: 2.0}, NOTHING_TOLD)
    best, other = find("Why was the bridge shut?", [passage("a", text)], [("bridge", 1.0)], {text: told})
    assert (best.text, best.answer_text) == ("Its bearings had cracked.", "bearings had cracked")
    assert best.confidence > 0.5 > other.confidence
