from datetime import date

import pytest

from assistant.answer import AskedTime
from assistant.article import Source
from assistant.web import wording


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        (None, "undated"),
        ("2023", "2023"),
        ("2023-02", "February 2023"),
        ("2023-02-02", "2 February 2023"),
        ("2023-02-02T09:48:03+00:00", "2 February 2023, 09:48 UTC"),
        ("2023-02-02T09:48:03Z", "2 February 2023, 09:48 UTC"),
        ("2023-02-02T23:05:00-05:00", "2 February 2023, 23:05 UTC-0500"),
        ("2023-02-02T23:05:00", "2 February 2023, 23:05"),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(iso: str | None, words: str) -> None:
    assert wording.published(iso) == words


@pytest.mark.parametrize(
    ("iso", "words"), [("2023-02-02T09:48:03+00:00", "2 February 2023"), ("2023", "2023"), (None, "undated")]
)
def test_the_day_of_a_date_leaves_out_the_time(iso: str | None, words: str) -> None:
    assert wording.day_published(iso) == words


@pytest.mark.parametrize("invalid", ["2023-13-40", "2023-02-02Tnoon", "Tuesday", "2023-02-30"])
def test_a_date_that_is_none_is_shown_as_it_is(invalid: str) -> None:
    assert wording.published(invalid) == invalid


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Who\r\nled\tit?", "Who led it?"),
        ("\x00Who\x1b led it?\u0085", "Who led it?"),
        ("من\u200fفاز 👩\u200d🚒?", "من\u200fفاز 👩\u200d🚒?"),
        ("\x07", ""),
    ],
)
def test_a_pasted_question_loses_only_line_breaks_and_control_characters(typed: str, asked: str) -> None:
    assert wording.question(typed) == asked


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " http://example.org",
        "data:text/html,x",
        "ftp://example.org/x",
        "//example.org/x",
        "https:",
        "http://[",
        "example.org/story",
    ],
)
def test_only_complete_web_addresses_become_links(url: str | None) -> None:
    assert wording.web_address(url) is None


def test_a_web_address_is_kept_as_recorded() -> None:
    assert wording.web_address("HTTPS://example.org/ä?b=c#d") == "HTTPS://example.org/ä?b=c#d"


def test_a_reference_omits_what_is_not_known() -> None:
    buoy = Source(title="Storm", outlet="The Buoy", published="2023-02", url="https://buoy.example")
    assert (
        wording.reference("It broke.", buoy, article="ab12", version=2)
        == "“It broke.” — The Buoy, “Storm”, February 2023, https://buoy.example "
        "(archive article ab12, version 2)"
    )
    assert (
        wording.reference(
            "It broke.", Source(title="", outlet=None, published=None, url=None), article="ab12", version=1
        )
        == "“It broke.” — undated (archive article ab12)"
    )


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2023, 2, 2), date(2023, 2, 2), "2 February 2023"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2023, 1, 1), date(2023, 12, 31), "2023"),
        (date(2023, 2, 2), date(2023, 2, 5), "2 February 2023 to 5 February 2023"),
        (date(2023, 2, 2), None, "since 2 February 2023"),
        (None, date(2023, 2, 2), "until 2 February 2023"),
    ],
)
def test_the_time_of_a_question_in_words(first: date | None, last: date | None, words: str) -> None:
    assert wording.asked_time(AskedTime(first, last, "then", hard=True, applied=True)) == words


def test_markdown_and_what_streamlit_adds_to_it_are_escaped() -> None:
    label = wording.escape_markdown("**a** [b](c) $d$ `e`\n:material/delete: <u>")
    assert label == (
        r"\*\*a\*\* \[b\]\(c\) \$d\$ \`e\` "
        ":\u2060material\\/delete:\u2060 \\<u\\>"
    )


def test_an_error_shows_its_commands_as_code() -> None:
    assert wording.error_markdown("no *archive*; run `python -m ingest a_b` first") == (
        r"no \*archive\*\; run `python -m ingest a_b` first"
    )
    assert wording.error_markdown("a stray ` mark") == r"a stray \` mark"
