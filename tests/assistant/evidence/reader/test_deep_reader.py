"""Which tokens the deep reader is shown around a sentence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.article import Span
from assistant.evidence.reader.deep import Scored
from assistant.evidence.reader.deep_reader import DeepReader, Excerpt, window_around
from assistant.evidence.reader.windows import CLS, SEP, Window, tokens
from assistant.text.sentences import quotable_spans

TEXT = "One ship left. Two ships came back. Three ships sank. Four ships were sold."


def words_around(number: int, *, longest: int) -> str:
    spans = quotable_spans(TEXT)
    question, header, text = tokens(["Which ships?", "News", TEXT])
    window = window_around(spans[number], question.ids, header.ids, text, spans, longest=longest)
    assert len(window.ids) <= longest
    assert (window.ids[0], window.ids[-1]) == (CLS, SEP)
    assert len(window.ids) == window.first + len(window.spans) + 1
    return TEXT[window.spans[0][0] : window.spans[-1][1]]


def test_a_window_grows_by_whole_sentences_before_and_after() -> None:
    assert words_around(2, longest=100) == TEXT
    assert words_around(2, longest=19) == "Two ships came back. Three ships sank."
    assert words_around(0, longest=19) == "One ship left. Two ships came back."


def test_a_sentence_that_is_too_long_loses_its_end() -> None:
    assert words_around(1, longest=10) == "Two ships came"


class FlatModel:
    """Finds no token better than another."""

    def score(self, some: Sequence[Window]) -> list[Scored]:
        return [
            Scored(
                np.zeros((len(each.ids), 2), np.float32),
                np.arange(len(each.ids), dtype=np.float32),
                np.log(np.array([0.5, 0.25, 0.25], np.float32)),
            )
            for each in some
        ]


def test_sentences_and_verdicts_are_scored() -> None:
    spans = quotable_spans(TEXT)
    [found] = DeepReader(FlatModel()).read("Which ships?", [Excerpt("News", TEXT, spans[0])])
    assert list(found.sentences) == spans
    assert sorted(found.sentences.values()) == list(found.sentences.values())
    assert [round(float(np.exp(each)), 3) for each in found.verdict] == [0.5, 0.25, 0.25]
    read: set[Span] = {each.sentence for each in found.spans}
    assert read == set(spans)


def test_without_weights_there_is_no_deep_reader(tmp_path: Path) -> None:
    assert DeepReader.open(tmp_path / "deep") is None


@pytest.mark.parametrize("text", ["", "—"])
def test_a_text_without_words_is_no_error(text: str) -> None:
    [found] = DeepReader(FlatModel()).read("Which ships?", [Excerpt("News", text, (0, len(text)))])
    assert len(found.spans) <= 1
