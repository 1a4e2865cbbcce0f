"""When two answers contradict each other."""

import pytest

from assistant.answering.difference import contradicts
from assistant.question.kinds import Wanted
from tests.assistant.answering.test_quote import evidence


@pytest.mark.parametrize(
    ("wanted", "one", "other", "contradicting"),
    [
        ("number", "140", "96", True),
        ("number", "140", "about 140", False),
        ("number", "two people", "2", False),
        ("number", "1,200 boats", "1200 boats", False),
        ("number", "1.6 billion crowns", "1.4 billion crowns", True),
        ("number", "1.6 billion crowns", "36 turbines", False),
        ("number", "dozens", "44", False),
        (None, "less than two per cent", "six to nine per cent", True),
        ("name", "Tomas Reyle", "Ingrid Halloran", True),
        ("name", "Halloran", "Ingrid Halloran", False),
        ("name", "DFLP", "Democratic Front for the Liberation of Palestine", False),
        ("name", "the fire chief", "Ann Lee", False),
        ("name", "a secular armed faction", "an armed group", False),
        (None, "Harbour Alliance", "Civic List", False),
        ("time", "on Sunday", "on Monday", True),
        ("time", "on Sunday", "in the autumn", False),
    ],
)
def test_contradictions(wanted: Wanted | None, one: str, other: str, contradicting: bool) -> None:
    first = evidence(f"It was {one}.", one, 0.9, article="a", published="2024-03-08")
    second = evidence(f"It was {other}.", other, 0.9, article="b", published="2024-03-09")
    assert contradicts(first, second, wanted) is contradicting
    assert contradicts(second, first, wanted) is contradicting
