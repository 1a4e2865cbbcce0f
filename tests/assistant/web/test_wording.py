from datetime import date

import pytest

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
def test_a_date_is_said_as_exactly_as_it_is_known(iso: str | None, words: str) -> None:
    assert wording.published(iso) == words


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
def test_only_whole_web_addresses_are_made_clickable(url: str | None) -> None:
    assert wording.web_address(url) is None


def test_a_web_address_is_kept_as_recorded() -> None:
    assert wording.web_address("HTTPS://example.org/ä?b=c#d") == "HTTPS://example.org/ä?b=c#d"


def test_a_reference_leaves_out_what_is_not_known() -> None:
    known = {
        "title": "Storm",
        "outlet": "The Buoy",
        "published_iso": "2023-02",
        "url": "https://buoy.example",
    }
    assert (
        wording.reference(quote="It broke.", article="ab12", version=2, **known)
        == "“It broke.” — The Buoy, “Storm”, February 2023, https://buoy.example "
        "(archive article ab12, version 2)"
    )
    assert (
        wording.reference(
            quote="It broke.", article="ab12", version=1, title="", outlet=None, published_iso=None, url=None
        )
        == "“It broke.” — undated (archive article ab12)"
    )


def test_filters_in_words() -> None:
    assert wording.filters(date(2023, 2, 1), date(2023, 2, 3), ("The Buoy",)) == [
        "from 1 February 2023",
        "until 3 February 2023",
        "The Buoy",
    ]
    assert wording.stored_filters({"since": None, "until": "2023-02-03", "outlets": []}) == [
        "until 3 February 2023"
    ]


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
def test_a_time_frame_in_words(first: date | None, last: date | None, words: str) -> None:
    assert wording.time_frame(first, last) == words


def test_a_label_disarms_markdown_and_what_streamlit_adds_to_it() -> None:
    label = wording.label("**a** [b](c) $d$ `e`\n:material/delete: <u>")
    assert label == (
        r"\*\*a\*\* \[b\]\(c\) \$d\$ \`e\` "
        ":\u2060material\\/delete:\u2060 \\<u\\>"
    )


def test_a_message_keeps_its_commands_as_code() -> None:
    assert wording.message("no *archive*; run `python -m ingest a_b` first") == (
        r"no \*archive\*\; run `python -m ingest a_b` first"
    )
    assert wording.message("a stray ` mark") == r"a stray \` mark"
