"""The archive view over four invented articles, without a browser."""

import csv

import pytest

from assistant.answer import Answer
from assistant.errors import QuestionError
from assistant.query import Filters
from assistant.web.archive_view import COLUMNS, find, mentions_of, table
from tests.assistant.web.fakes import BUDGET, HOSTILE, LEAST_BAD, WALL, FakeAssistant, answered


def rows(words: str, **options: int) -> tuple[int, list[str]]:
    number, found = find(FakeAssistant(), words, **options)  # type: ignore[arg-type]
    return number, [row.title for row in found]


def test_without_words_all_articles_are_listed() -> None:
    assert rows("") == (3, [WALL.title, BUDGET.title, HOSTILE.title])
    assert rows("", limit=1) == (3, [WALL.title])


def test_an_article_is_shown_with_the_sentence_that_has_the_words() -> None:
    _, [row] = find(FakeAssistant(), "Rosa Quill budgets")  # type: ignore[arg-type]
    assert (row.date, row.outlet, row.sentence) == ("2023-12", "The Evening Buoy", LEAST_BAD)
    start, end = row.place.span or (0, 0)
    assert BUDGET.text[start:end] == LEAST_BAD


def test_a_filter_that_matches_nothing_is_explained() -> None:
    with pytest.raises(QuestionError, match="no outlet"):
        find(FakeAssistant(), "", Filters(outlets=("Nowhere",)))  # type: ignore[arg-type]


def test_the_table_is_read_as_it_was_and_runs_no_formula() -> None:
    _, found = find(FakeAssistant(), "")  # type: ignore[arg-type]
    hostile = found[2]._replace(title='=HYPERLINK("https://x.example")', outlet="@SUM(1)")
    [header, *lines] = csv.reader(table([*found[:2], hostile]).decode("utf-8-sig").splitlines())
    assert header[: len(COLUMNS)] == [name.lower() for name in COLUMNS]
    assert lines[0][1:3] == ["Tern Bay Courier", WALL.title]
    assert lines[2][1:3] == ["'@SUM(1)", '\'=HYPERLINK("https://x.example")']


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did Ines Maddox say about the wall?", '"Ines Maddox"'),
        ("What will it cost?", ""),
        ("Did Tern Bay or Halby pay for the wall?", '"Tern Bay" Halby'),
    ],
)
def test_what_an_answer_s_question_mentions(question: str, words: str) -> None:
    answer: Answer = answered(question)
    assert mentions_of(answer) == words
