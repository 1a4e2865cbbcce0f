"""The reader over a model whose scores can be seen in the words: no weights are needed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from assistant.evidence.reader.model import SpanModel, padded
from assistant.evidence.reader.reader import (
    ANSWERS,
    LONGEST_ANSWER,
    TOGETHER,
    Reader,
    Reading,
    WindowModel,
)
from assistant.evidence.reader.windows import LONGEST_WINDOW, Window, tokenizer, tokens, windows

TEXT = "The union was led by Nora Hale. The company was led by Piet Lund. Nobody else spoke."


class WordScores:
    """Scores a token as start and as end by its word, and everything else with -5."""

    def __init__(self, starts: dict[str, float], ends: dict[str, float]) -> None:
        ids = tokenizer()
        self._scores = [{ids.token_to_id(w): s for w, s in part.items()} for part in (starts, ends)]
        self.passes: list[list[int]] = []

    def read(self, some: Sequence[Window]) -> list[NDArray[np.float32]]:
        self.passes.append([len(window.ids) for window in some])
        return [
            np.array(
                [[scores.get(token, -5.0) for scores in self._scores] for token in window.ids], np.float32
            )
            for window in some
        ]


def read(model: WindowModel, *passages: str) -> list[Reading]:
    return Reader(model).read("Who led it?", [("A title.", text) for text in passages])


def best(readings: list[Reading]) -> Reading:
    return max(readings, key=lambda reading: reading.score)


def test_every_sentence_has_its_best_answer_with_exact_offsets() -> None:
    readings = read(WordScores({"nora": 4, "pie": 3}, {"hale": 2, "lund": 2.5}), TEXT)[::ANSWERS]
    assert [TEXT[slice(*reading.sentence)] for reading in readings] == [
        "The union was led by Nora Hale.",
        "The company was led by Piet Lund.",
        "Nobody else spoke.",
    ]
    assert [TEXT[slice(*reading.answer)] for reading in readings[:2]] == ["Nora Hale", "Piet Lund"]
    assert [reading.score for reading in readings] == [6.0, 5.5, -10.0]


def test_a_sentence_with_two_names_gives_both_the_better_one_first() -> None:
    text = "After Nora Hale came Piet Lund to speak."
    readings = read(WordScores({"nora": 4, "pie": 3}, {"hale": 2, "lund": 2.5}), text)
    # The scores alone make one answer of the two.
    assert [(text[slice(*each.answer)], each.score) for each in readings] == [
        ("Nora Hale came Piet Lund", 6.5),
        ("After", -10.0),
    ]
    readings = read(WordScores({"nora": 4, "pie": 3}, {"hale": 2.5, "lund": 2}), text)
    assert [(text[slice(*each.answer)], each.score) for each in readings] == [
        ("Nora Hale", 6.5),
        ("Piet Lund", 5.0),
    ]


def test_no_answer_crosses_a_sentence_or_ends_before_it_starts() -> None:
    reading = best(read(WordScores({"hale": 9}, {"nora": 9, "company": 8}), TEXT))
    assert TEXT[slice(*reading.answer)] not in ("Hale. The company", "Nora Hale")
    assert reading.score == 4.0


def test_an_answer_has_a_greatest_length() -> None:
    text = "Nora " + "and so on " * LONGEST_ANSWER + "Hale."
    answer = best(read(WordScores({"nora": 4}, {"hale": 4}), text)).answer
    assert text[slice(*answer)] != text[: -len(".")]


def test_the_title_is_read_but_never_an_answer() -> None:
    readings = Reader(WordScores({"title": 9}, {"title": 9})).read("Who?", [("A title.", "Nobody spoke.")])
    assert {reading.score for reading in readings} == {-10.0}


def test_passages_are_read_together_and_long_ones_in_windows() -> None:
    model = WordScores({"nora": 4}, {"hale": 2})
    long = "Nothing was said. " * 200 + TEXT
    readings = read(model, TEXT, long)
    assert len(model.passes) == 2
    assert all(sum(some) <= TOGETHER for some in model.passes)
    assert max(length for some in model.passes for length in some) == LONGEST_WINDOW
    tops = [best([r for r in readings if r.passage == number]) for number in (0, 1)]
    assert [text[slice(*top.answer)] for text, top in zip((TEXT, long), tops, strict=True)] == [
        "Nora Hale"
    ] * 2


@pytest.mark.parametrize("passages", [[], [("", "")], [("A title.", "   ")]])
def test_where_there_is_nothing_to_read_nothing_is_found(passages: list[tuple[str, str]]) -> None:
    assert Reader(WordScores({}, {})).read("Who?", passages) == []


def test_without_weights_there_is_no_reader(tmp_path: Path) -> None:
    assert Reader.open(tmp_path / "weights.safetensors") is None


@pytest.mark.models
def test_windows_are_read_as_if_each_stood_alone_and_padding_were_not_there() -> None:
    torch.manual_seed(1)
    model = SpanModel.untrained().eval()
    [question] = tokens(["Who led it?"])
    some = [
        window
        for text in tokens([TEXT, TEXT * 3, "Nobody."])
        for window in windows(question.ids, question.ids, text)
    ]
    with torch.inference_mode():
        scores = model(*padded(some, max(len(window.ids) for window in some)))
    for window, found, expected in zip(some, model.read(some), scores, strict=True):
        np.testing.assert_allclose(found, expected[: len(window.ids)], atol=1e-4)


@pytest.mark.models
def test_saved_weights_are_the_model_in_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = SpanModel.untrained().eval()
    model.save(tmp_path / "weights.safetensors")
    again = SpanModel.load(tmp_path / "weights.safetensors")
    ids = torch.tensor([[101, 2040, 2419, 2009, 102, 6396, 15967, 102]])
    with torch.inference_mode():
        one, other = (each(ids, torch.zeros_like(ids), torch.ones_like(ids)) for each in (model, again))
    assert torch.allclose(one, other, atol=0.01)
