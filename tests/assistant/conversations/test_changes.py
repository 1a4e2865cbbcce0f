"""What is said of an answer whose article is not as it was."""

import pytest

from assistant.conversations.changes import Change, changes
from tests.assistant.conversations.conftest import Kept

BUDGET = "The council passed a budget of 61 million crowns on Tuesday by nine votes to six."
REST = " Mayor Ida Brandt called it prudent. The opposition wanted more for schools."


def test_an_article_that_is_as_it_was_has_no_mark(kept: Kept) -> None:
    kept.change("Council passes budget", authors="Ada Moe")
    article = kept.assistant.article(kept.answer(1).citations[0].article)
    assert article is not None
    assert changes(kept.answer(1).citations, kept.assistant) == {}


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"text": f"{BUDGET} It was the third attempt.{REST}"}, Change("corrected", 2, keeps_quote=True)),
        (
            {"text": BUDGET.replace("61", "64").replace("Tuesday", "Monday") + REST},
            Change("corrected", 2, keeps_quote=False),
        ),
        (
            {"text": f"This story has been retracted: the vote was put off.\n\n{BUDGET}{REST}"},
            Change("retracted", 2, keeps_quote=True),
        ),
        (
            {"text": f"RETRACTED – {BUDGET}{REST}"},
            Change("retracted", 2, True),
        ),
    ],
)
def test_a_corrected_or_retracted_article_is_marked(
    kept: Kept, fields: dict[str, str], change: Change
) -> None:
    kept.change("Council passes budget", **fields)
    assert changes(kept.answer(1).citations, kept.assistant) == {1: change}
    assert changes(kept.answer(2).citations, kept.assistant) == {}


def test_a_removed_article_is_marked(kept: Kept) -> None:
    kept.remove("https://ledger.example/ferry")
    found = changes(kept.answer(2).citations, kept.assistant)
    assert set(found) == {citation.n for citation in kept.answer(2).citations}
    assert found[1].text == "The article is no longer in the archive."
    assert changes(kept.answer(1).citations, kept.assistant) == {}
