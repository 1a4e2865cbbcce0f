from itertools import pairwise

from assistant.evidence.reader.windows import (
    CLS,
    LONGEST_HEADER,
    LONGEST_QUESTION,
    SEP,
    tokenizer,
    tokens,
    windows,
)

QUESTION = "Who led the union?"
TEXT = "The union, led by Nora Hale, claimed that 40 sailings were cancelled."


def test_a_short_text_is_one_window_of_question_header_and_text() -> None:
    asked, header, text = tokens([QUESTION, "Ferry strike.", TEXT])
    [window] = windows(asked.ids, header.ids, text)
    assert window.ids == [CLS, *asked.ids, SEP, *header.ids, *text.ids, SEP]
    assert window.ids[window.second : window.first] == header.ids
    assert [TEXT[start:end] for start, end in window.spans[:4]] == ["The", "union", ",", "led"]


def test_a_long_text_is_cut_into_windows_that_overlap_and_miss_nothing() -> None:
    text = " ".join(f"Sentence number {n}." for n in range(60))
    asked, header, long = tokens([QUESTION, "", text])
    found = list(windows(asked.ids, header.ids, long, longest=80, overlap=20))
    assert len(found) > 3
    assert all(len(window.ids) <= 80 for window in found)
    assert {span for window in found for span in window.spans} == set(long.offsets)
    for one, other in pairwise(found):
        assert one.spans[-20:] == other.spans[:20]


def test_an_empty_text_is_a_window_without_tokens_of_it() -> None:
    asked, header, text = tokens([QUESTION, "Ferry strike.", ""])
    [window] = windows(asked.ids, header.ids, text)
    assert window.spans == []


def test_of_a_long_question_the_end_is_kept_and_of_a_long_header_the_beginning() -> None:
    asked, header, text = tokens(["before " * 200 + QUESTION, "title " * 200, TEXT])
    [window] = windows(asked.ids, header.ids, text)
    assert window.second == LONGEST_QUESTION + 2
    assert window.first == window.second + LONGEST_HEADER
    assert tokenizer().decode(window.ids[: window.second]).endswith("who led the union?")
