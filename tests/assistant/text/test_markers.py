import time

import pytest

from assistant.text.markers import Marker, MarkerParser, Numbering, without_markers

Step = str | tuple[int, ...]


def parsed(text: str, passages: int = 5, size: int = 1) -> tuple[list[Step], int]:
    """Feed a text in pieces of one size; join the text between markers."""
    parser = MarkerParser(passages)
    steps: list[Step] = []
    dropped = 0
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    for step in [*(s for piece in pieces for s in parser.feed(piece)), *parser.close()]:
        if isinstance(step, Marker):
            dropped += step.dropped
            steps.append(step.numbers)
        elif steps and isinstance(steps[-1], str):
            steps[-1] += step
        else:
            steps.append(step)
    return steps, dropped


CASES: list[tuple[str, list[Step], int]] = [
    ("Rain fell [1].", ["Rain fell ", (1,), "."], 0),
    ("[1]", [(1,)], 0),
    ("a [1][2] b", ["a ", (1,), (2,), " b"], 0),
    ("a [1, 2] b", ["a ", (1, 2), " b"], 0),
    ("a [1,2,3]", ["a ", (1, 2, 3)], 0),
    ("a [1; 2]", ["a ", (1, 2)], 0),
    ("a [1 and 2]", ["a ", (1, 2)], 0),
    ("a [ 1 ]", ["a ", (1,)], 0),
    ("a [2, 2]", ["a ", (2,)], 0),
    ("a [1-3]", ["a ", (1, 2, 3)], 0),
    ("a [1–3]", ["a ", (1, 2, 3)], 0),
    ("a [3-1]", ["a ", (1, 2, 3)], 0),
    ("a [1-2, 5]", ["a ", (1, 2, 5)], 0),
    ("a [4-99]", ["a ", (4, 5)], 1),
    ("a [1-99999999999999]", ["a ", (1, 2, 3, 4, 5)], 1),
    ("a 【1】 b", ["a ", (1,), " b"], 0),
    ("a 【1†source】", ["a ", (1,)], 0),
    ("a [^1] b", ["a ", (1,), " b"], 0),
    ("a [^1, ^2]", ["a ", (1, 2)], 0),
    ("a [9] b", ["a ", (), " b"], 1),
    ("a [0]", ["a ", ()], 1),
    ("a [1, 9]", ["a ", (1,)], 1),
    ("a [12345]", ["a ", ()], 1),
    ("so [Reuters] says", ["so [Reuters] says"], 0),
    ("so [sic] says", ["so [sic] says"], 0),
    ("in [2023] then", ["in [2023] then"], 0),
    ("[and] so", ["[and] so"], 0),
    ("[1st] team", ["[1st] team"], 0),
    ("open [1", ["open [1"], 0),
    ("open [", ["open ["], 0),
    ("empty []", ["empty []"], 0),
    ("comma [,]", ["comma [,]"], 0),
    ("nested [[1]]", ["nested [", (1,), "]"], 0),
    ("a [see [2]]", ["a [see ", (2,), "]"], 0),
    ("a [1\nb", ["a [1\nb"], 0),
]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(("text", "steps", "dropped"), CASES, ids=[text for text, *_ in CASES])
def test_a_stream_is_split_the_same_way_in_any_pieces(
    text: str, steps: list[Step], dropped: int, size: int
) -> None:
    assert parsed(text, size=size) == (steps, dropped)


def test_part_of_a_marker_is_never_yielded() -> None:
    parser = MarkerParser(passages=12)
    assert list(parser.feed("Rain fell [1")) == ["Rain fell "]
    assert list(parser.feed("2")) == []
    assert list(parser.feed("] on")) == [Marker((12,)), " on"]


def test_a_bracket_that_is_not_a_marker_is_yielded_at_its_first_letter() -> None:
    parser = MarkerParser(passages=1)
    assert list(parser.feed("so [R")) == ["so [R"]


@pytest.mark.parametrize("hostile", ["[", "[1", "[1,", "[1 ", "【1†", "[1]", "[1-"])
def test_time_is_linear_in_the_length(hostile: str) -> None:
    def seconds(repeats: int) -> float:
        parser = MarkerParser(passages=3)
        begin = time.process_time()
        for _ in range(repeats):
            list(parser.feed(hostile))
        list(parser.feed(hostile * repeats))
        list(parser.close())
        return time.process_time() - begin

    seconds(100)
    short = min(seconds(1_000) for _ in range(3))
    assert min(seconds(8_000) for _ in range(2)) < 8 * 4 * short + 0.05


def test_numbers_are_given_in_order_of_first_use() -> None:
    numbering: Numbering[str] = Numbering()
    assert [numbering[key] for key in ("b", "a", "b", "c")] == [1, 2, 1, 3]
    assert list(numbering) == ["b", "a", "c"]


def test_markers_are_removed_from_a_complete_text() -> None:
    assert without_markers("Rain fell [1][2]. It rose [^3] [AFP] in [1999]. 【4】") == (
        "Rain fell. It rose [AFP] in [1999]."
    )
