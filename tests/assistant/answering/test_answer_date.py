"""Which day an answer's words mean, by the date of their article."""

import pytest

from assistant.answering.answer_date import answer_date


@pytest.mark.parametrize(
    ("answer", "sentence", "published", "day"),
    [
        ("yesterday", "The mill burned yesterday.", "2024-05-02", "2024-05-01"),
        ("on Sunday", "She won the run-off on Sunday.", "2024-05-13T08:00:00Z", "2024-05-12"),
        ("on Thursday", "They met on Thursday.", "2024-01-11", "2024-01-11"),
        ("Friday, 14 June", "The bridge will stay closed until Friday, 14 June.", "2024-05-30", "2024-06-14"),
        ("on Monday", "The court will rule on Monday.", "2024-06-11", "2024-06-17"),
        ("4 March 2019", "It was signed on 4 March 2019.", "2024-06-11", "2019-03-04"),
    ],
)
def test_a_day_is_resolved_by_the_date_of_its_article(
    answer: str, sentence: str, published: str, day: str
) -> None:
    assert answer_date(answer, sentence, published) == day


@pytest.mark.parametrize(
    ("answer", "sentence", "published"),
    [
        ("on Sunday", "She won on Sunday.", None),
        ("on Sunday", "She won on Sunday.", "2024-05"),
        ("in 2016", "It closed in 2016.", "2024-01-13"),
        ("from Monday to Friday", "It is open from Monday to Friday.", "2024-01-13"),
        ("at dawn", "They left at dawn.", "2024-01-13"),
        (
            "on Tuesday",
            "They will mourn a walker whom nobody had seen since the evening on Tuesday.",
            "2024-06-13",
        ),
    ],
    ids=["no date", "no day", "a year", "several days", "no time named", "past or future"],
)
def test_no_day_is_given_where_it_is_not_certain(answer: str, sentence: str, published: str | None) -> None:
    assert answer_date(answer, sentence, published) is None
