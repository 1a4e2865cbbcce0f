import pytest

from assistant.web.relative_dates import resolved

MONDAY = "2023-03-06T08:15:00+00:00"


@pytest.mark.parametrize(
    ("quote", "days"),
    [
        ("The dam burst on Saturday.", ["2023-03-04"]),
        ("The dam burst late on Monday night.", ["2023-03-06"]),
        ("It burst on Sunday and was closed on Saturday.", ["2023-03-05", "2023-03-04"]),
        ("The council met this evening.", ["2023-03-06"]),
        ("The council met Yesterday evening, and again today.", ["2023-03-05", "2023-03-06"]),
        ("The council will meet tomorrow.", ["2023-03-07"]),
        # What may lie ahead, be a name, or has its own date is left alone.
        ("The council will meet on Saturday.", []),
        ("The vote is due on Thursday.", []),
        ("It meets every Tuesday, and on Tuesdays in Lent.", []),
        ("It burst last Saturday.", []),
        ("Sales on Black Friday fell.", []),
        ("Sheffield Wednesday lost.", []),
        ("It burst on Saturday, 25 February.", []),
        ("It burst on Saturday, Feb. 25.", []),
        ("The friday market closed.", []),
    ],
)
def test_a_day_is_added_only_where_its_words_can_mean_no_other(quote: str, days: list[str]) -> None:
    assert [day.isoformat() for _, day in resolved(quote, MONDAY)] == days


@pytest.mark.parametrize("published", [None, "2023", "2023-03", "2023-03-40", "Monday"])
def test_nothing_is_added_without_the_day_of_publication(published: str | None) -> None:
    assert list(resolved("The dam burst on Saturday, and again today.", published)) == []


def test_the_day_stands_right_after_its_words() -> None:
    quote = "The dam burst on Saturday, and again today."
    assert [quote[: each.end].split()[-1] for each in resolved(quote, MONDAY)] == ["Saturday", "today"]
