"""Plain text files: title, repeats, byline, dateline, stamp, headers."""

import pytest

from assistant.article import Article, PublicationDate, gaps
from ingest.articles.bylines import authors, byline
from ingest.articles.filing import dateline, stamp
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article

AGENCY = """Ferries stay in port as storm nears

All sailings to the islands were cancelled on Thursday as the coast braced for gales of up to 130 km/h

Ferries stay in port as storm nears

All sailings to the islands were cancelled on Thursday as the coast braced for gales of up to 130 km/h.

Captain Ida Brekke said the decision had been easy.

04/03/2024 18:20:05 - Port Ellery (Merrow) (TDW) - © 2024 TDW
"""


def story(found: Article) -> str:
    """Return the text without its furniture."""
    return "|".join(found.text[a:b].strip() for a, b in gaps(list(found.furniture), len(found.text)))


def test_an_agency_story_with_its_repeats_and_its_stamp(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("ferries.txt", AGENCY.encode()))
    assert found.title == "Ferries stay in port as storm nears"
    assert (found.outlet, found.place) == ("TDW", "Port Ellery (Merrow)")
    assert found.published == PublicationDate("2024-03-04T18:20:05", "stamp")
    assert found.source == "desk/ferries.txt"
    assert found.text == AGENCY.strip()
    # One copy of the lead stays; the title and the stamp do not.
    assert story(found) == (
        "All sailings to the islands were cancelled on Thursday as the coast braced for gales of up to 130 km/h."
        "\n\nCaptain Ida Brekke said the decision had been easy."
    )


def test_spans_of_furniture_are_sorted_and_disjoint(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("ferries.txt", AGENCY.encode()))
    edges = [edge for span in found.furniture for edge in span]
    assert edges == sorted(edges)
    assert [found.text[start:end] for start, end in found.furniture][-1].startswith("04/03/2024")


def test_byline_and_dateline(parse_bytes: ParseBytes) -> None:
    text = (
        "Wall breached\n\nBy Petra Lunn and Dale Whitcombe\n\n"
        "PORT ELLERY, November 25, 2023 (Coastline Post) — The sea came."
    )
    found = article(parse_bytes("wall.txt", text.encode()))
    assert found.authors == ("Petra Lunn", "Dale Whitcombe")
    assert (found.place, found.outlet) == ("PORT ELLERY", "Coastline Post")
    assert found.published == PublicationDate("2023-11-25", "dateline")
    assert story(found) == "PORT ELLERY, November 25, 2023 (Coastline Post) — The sea came."


def test_a_dateline_without_a_year_gives_no_date(parse_bytes: ParseBytes) -> None:
    text = "Wall breached\n\nPORT ELLERY, March 4 (Tidewater Wire) — The sea came.\n\nIt left in 2023."
    found = article(parse_bytes("wall.txt", text.encode()))
    assert (found.place, found.outlet, found.published.iso) == ("PORT ELLERY", "Tidewater Wire", None)
    found = article(parse_bytes("wall.txt", (text + "\n\n© 2024 Tidewater Wire").encode()))
    assert found.published == PublicationDate("2024-03-04", "dateline")


def test_header_lines_are_fields_and_no_text(parse_bytes: ParseBytes) -> None:
    text = (
        "Title: Wall breached\nDate: 2 February 2023\nBy: Petra Lunn\nSource: Harbour Ledger\n"
        "URL: https://ledger.example/a\n\nThe sea came."
    )
    found = article(parse_bytes("wall.txt", text.encode()))
    assert found.text == "The sea came."
    assert (found.title, found.outlet, found.authors) == ("Wall breached", "Harbour Ledger", ("Petra Lunn",))
    assert found.published == PublicationDate("2023-02-02", "metadata")
    assert found.url == "https://ledger.example/a"


def test_one_line_with_a_colon_is_a_headline(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.txt", b"Source: minister to resign\n\nThe minister will go."))
    assert found.title == "Source: minister to resign"


def test_a_title_directly_above_its_text(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.txt", b"Wall breached\nThe sea came.\nIt left."))
    assert (found.title, found.text) == ("Wall breached", "Wall breached\n\nThe sea came.\n\nIt left.")


def test_text_without_a_title_is_named_by_its_first_words_and_loses_none(parse_bytes: ParseBytes) -> None:
    sentence = (
        "The sea came over the wall at Port Ellery on Friday night and took " + "boats and " * 20 + "cars."
    )
    found = article(parse_bytes("a.txt", f"{sentence}\n\nIt left.".encode()))
    assert found.title.endswith("…") and len(found.title) <= 100
    assert story(found) == found.text


def test_a_news_flash_of_one_line_stays_searchable(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("flash.txt", b"Storm Maren reaches Port Ellery"))
    assert (found.title, found.text, found.furniture) == (found.title, found.title, ())


def test_an_outlet_can_be_given_and_wins_over_an_agency(parse_bytes: ParseBytes) -> None:
    assert article(parse_bytes("a.txt", AGENCY.encode(), outlet="Harbour Ledger")).outlet == "Harbour Ledger"
    named = b"Title: A\nOutlet: Post\n\nText."
    assert article(parse_bytes("b.txt", named, outlet="Harbour Ledger")).outlet == "Post"


def test_windows_1252_and_utf16(parse_bytes: ParseBytes) -> None:
    text = "Chelsea sack striker\n\nThe £15.8m signing – 25 – said “no”."
    for encoding in ("cp1252", "utf-16", "utf-16-le", "utf-8-sig"):
        assert article(parse_bytes("a.txt", text.encode(encoding))).text == text


def test_nul_and_unpaired_surrogates_are_taken_out(parse_bytes: ParseBytes) -> None:
    body = b"The sea came over the wall of the harbour on Friday night, and left again. " * 2
    found = article(parse_bytes("a.txt", b"Wall breached\n\n" + body + b"\x00\xed\xa0\x80"))
    assert "\x00" not in found.text
    found.text.encode()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "empty file"),
        ("blank.txt", b" \n\t\n", "empty file"),
        ("image.txt", b"GIF89a" + bytes(range(256)) * 8, "an image"),
        ("program.txt", b"\x7fELF" + bytes(4096), "binary data"),
        ("report.txt", b"%PDF-1.7\n" + bytes(range(256)) * 8, "a damaged PDF"),
    ],
)
def test_files_without_a_story(parse_bytes: ParseBytes, name: str, data: bytes, reason: str) -> None:
    [rejected] = parse_bytes(name, data)
    assert isinstance(rejected, Rejected)
    assert rejected.source == f"desk/{name}"
    assert reason in rejected.reason


@pytest.mark.parametrize(
    ("paragraph", "names"),
    [
        ("By Jane Doe", ("Jane Doe",)),
        ("By Jane Doe and John Smith", ("Jane Doe", "John Smith")),
        ("By Jane Doe, Staff Writer", ("Jane Doe",)),
        ("BY JANE DOE AND J.R. O'NEIL", ("Jane Doe", "J.R. O'Neil")),
        (
            "By Jane Doe, John Smith Jr. and Ana de la Cruz in Lisbon",
            ("Jane Doe", "John Smith Jr.", "Ana de la Cruz"),
        ),
        ("By Friday, the harbour had reopened.", ()),
        ("By the time help came", ()),
        ("By far the largest", ()),
        ("Jane Doe", ()),
    ],
)
def test_bylines(paragraph: str, names: tuple[str, ...]) -> None:
    assert byline(paragraph) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Jane Doe; John Smith", ("Jane Doe", "John Smith")),
        (["Jane Doe", "By John Smith", "", None], ("Jane Doe", "John Smith")),
        ([{"name": "Jane Doe", "url": "x"}, {"name": "Jane Doe"}], ("Jane Doe",)),
        ("['Jane Doe', \"Brian O'Hara\"]", ("Jane Doe", "Brian O'Hara")),
        ("Doe, Jane", ("Doe, Jane",)),
        ({"name": "Jane Doe"}, ("Jane Doe",)),
        ("CNN Staff", ()),
        (17, ()),
        (None, ()),
    ],
)
def test_fields_of_authors(value: object, names: tuple[str, ...]) -> None:
    assert authors(value) == names


@pytest.mark.parametrize(
    ("paragraph", "place", "agency", "iso"),
    [
        (
            "PORT ELLERY, March 4, 2024 (Tidewater Wire) — The sea",
            "PORT ELLERY",
            "Tidewater Wire",
            "2024-03-04",
        ),
        ("LONDON (Reuters) - The bank", "LONDON", "Reuters", None),
        ("GAZA CITY, Feb 2, 2023 - The army", "GAZA CITY", None, "2023-02-02"),
        ("Gaza (AFP) – The army", "Gaza", "AFP", None),
        ("DES MOINES, Iowa (AP) — The fair", "DES MOINES, Iowa", "AP", None),
        ("WASHINGTON — The president", "WASHINGTON", None, None),
        ("Seoul, South Korea CNN —", "Seoul, South Korea", "CNN", None),
        ("CNN —", None, "CNN", None),
        ("(CNN) The new king", None, "CNN", None),
    ],
)
def test_datelines(paragraph: str, place: str | None, agency: str | None, iso: str | None) -> None:
    found = dateline(paragraph)
    assert found is not None
    assert (found.place, found.agency, found.published.iso) == (place, agency, iso)


@pytest.mark.parametrize(
    "paragraph",
    [
        "BREAKING — The wall has gone",
        "NATO — the alliance — met",
        "Ben Gvir (Jewish Power) - the minister - said so.",
        "The sea came over the wall — nobody slept.",
        "He paid $3 (£2.40) - a bargain.",
    ],
)
def test_text_without_a_dateline(paragraph: str) -> None:
    assert dateline(paragraph) is None


def test_stamps() -> None:
    found = stamp("02/03/2023 09:48:03 - Gaza (Palestinian Territories) (AFP) - © 2023 AFP")
    assert found is not None
    assert (found.place, found.agency) == ("Gaza (Palestinian Territories)", "AFP")
    assert found.published == PublicationDate("2023-03-02T09:48:03", "stamp")
    notice = stamp("Copyright 2023 The Tidewater Wire. All rights reserved.")
    assert notice is not None and (notice.agency, notice.year) == ("The Tidewater Wire", 2023)
    assert stamp("ENDS") is not None
    assert stamp("He left on 02/03/2023 - a day too late.") is None


def test_a_page_of_a_newspaper_as_recognised_text(parse_bytes: ParseBytes) -> None:
    text = (
        "FERRY MEN BACK AT WORK.\nCrews of the Lorne Sound ferries\nwent back to work on Friday, ending\n"
        "a strike of nine days that had cut\noff three islands.\nThe company drops its plan to cut the\n"
        "night crossing, the union's sec-\nretary told reporters in the port.\n"
    )
    found = article(parse_bytes("ocr.txt", text.encode()))
    assert found.title == "FERRY MEN BACK AT WORK."
    assert "ending a strike of nine days that had cut off three islands." in found.text
    assert "cut the night crossing, the union's secretary told reporters in the port." in found.text


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_indented_paragraphs_below_a_title(parse_bytes: ParseBytes, gap: str) -> None:
    text = (
        f"Fire destroys paper mill in Hartsmoor{gap}   A fire destroyed the paper mill on Saturday\n"
        "night. Nobody was hurt, the county fire service said,\nbecause the late shift had ended an hour before.\n"
        "   About 140 people work at the mill. The chief fire\nofficer said that the blaze began in a drying hall.\n"
    )
    found = article(parse_bytes("fire.txt", text.encode()))
    assert found.title == "Fire destroys paper mill in Hartsmoor"
    assert found.text.split("\n\n")[1:] == [
        "A fire destroyed the paper mill on Saturday night. Nobody was hurt, the county fire service said, because the "
        "late shift had ended an hour before.",
        "About 140 people work at the mill. The chief fire officer said that the blaze began in a drying hall.",
    ]
