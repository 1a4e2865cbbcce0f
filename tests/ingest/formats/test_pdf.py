"""Hand-written PDF documents: with and without a text layer, encrypted, damaged and hostile."""

import gzip
import re
import sys
import time
import zlib
from pathlib import Path

import pytest

from assistant.article import Article
from ingest.formats import ocr, pdf
from ingest.formats.layout import HYPHEN, Line, heading, paragraphs
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article, reason

SENTENCES = [
    "All sailings between Port Ellery and the islands",
    "were cancelled on Thursday as gales neared the",
    "coast, the harbour's operator said in a state-",
    "ment. Some 400 people had to stay in the town",
    "for the night.",
]
MORE = ["Ferries are to leave again on Saturday at noon,", "if the wind allows it."]


def shown(lines: list[str], top: float = 700, size: float = 11, left: float = 72, leading: float = 14) -> str:
    """Return the operators that draw lines below each other."""
    escaped = [re.sub(r"([()\\])", r"\\\1", line) for line in lines]
    return "".join(
        f"BT /F1 {size} Tf {left} {top - number * leading} Td ({line}) Tj ET\n"
        for number, line in enumerate(escaped)
    )


def document(*pages: str, info: str = "", extra: list[str] | None = None, trailer: str = "") -> bytes:
    """Return a PDF with these page operators; further objects are numbered from 5 + 2 for each page."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    objects.append(f"<< {info} >>")
    kids = []
    for content in pages:
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> /XObject << /X 5 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects += extra or []
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    data = b"%PDF-1.7\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n"
    end += f"<< /Size {len(places) + 1} /Root 1 0 R /Info 4 0 R {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()


PICTURE = "q 500 0 0 700 40 40 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n"


@pytest.mark.parametrize("name", ["story.pdf", "story"])
def test_a_document_is_an_article(parse_bytes: ParseBytes, name: str) -> None:
    content = shown(["Ferries stay in port as storm nears"], top=760, size=20) + shown(SENTENCES)
    content += shown(MORE, top=700 - 14 * len(SENTENCES) - 10)
    found = article(parse_bytes(name, document(content, info="/Title (layout 3.indd) /Author (Petra Lunn)")))
    assert found.title == "Ferries stay in port as storm nears"
    assert found.authors == ("Petra Lunn",)
    assert found.published.iso is None
    assert found.text.split("\n\n") == [
        "Ferries stay in port as storm nears",
        "All sailings between Port Ellery and the islands were cancelled on Thursday as gales neared the coast, the "
        "harbour's operator said in a statement. Some 400 people had to stay in the town for the night.",
        "Ferries are to leave again on Saturday at noon, if the wind allows it.",
    ]


def test_running_heads_and_page_numbers_are_dropped_and_sentences_go_on(parse_bytes: ParseBytes) -> None:
    pages = [
        shown(["THE HARBOUR LEDGER"], top=810, size=9)
        + shown(SENTENCES[:3] if number == 1 else SENTENCES[3:] if number == 2 else MORE, top=760)
        + shown([f"Page {number}"], top=30, size=9, left=280)
        for number in (1, 2, 3)
    ]
    found = article(parse_bytes("a.pdf", document(*pages)))
    assert "LEDGER" not in found.text and "Page" not in found.text
    assert found.text.split("\n\n") == [
        "All sailings between Port Ellery and the islands were cancelled on Thursday as gales neared the coast, the "
        "harbour's operator said in a statement. Some 400 people had to stay in the town for the night.",
        "Ferries are to leave again on Saturday at noon, if the wind allows it.",
    ]


@pytest.fixture
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)


def test_a_scan_says_what_it_needs(parse_bytes: ParseBytes, without_ocr: None) -> None:
    rejection = reason(parse_bytes("a.pdf", document(PICTURE, PICTURE)))
    assert rejection == (
        "2 of its 2 pages (1–2) have no text layer. RapidOCR reads such scans: run pip install 'backfile[ocr]', and "
        "ingest it again"
    )


def test_pages_without_text_are_named(parse_bytes: ParseBytes, without_ocr: None) -> None:
    data = document(PICTURE, shown(SENTENCES), PICTURE, PICTURE, "", PICTURE)
    found, rejected = parse_bytes("a.pdf", data)
    assert isinstance(found, Article)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith("4 of its 6 pages (1, 3–4, 6) have no text layer")


def test_empty_pages(parse_bytes: ParseBytes) -> None:
    assert reason(parse_bytes("a.pdf", document("", ""))) == "no text: its pages are empty"


def test_a_locked_document_says_so(parse_bytes: ParseBytes) -> None:
    key = "00" * 32
    lock = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >>"
    data = document(shown(SENTENCES), extra=[lock], trailer="/Encrypt 7 0 R /ID [<00> <00>]")
    assert reason(parse_bytes("a.pdf", data)).startswith("encrypted")


def test_a_document_within_containers(parse_bytes: ParseBytes) -> None:
    assert "Port Ellery" in article(parse_bytes("a.pdf.gz", gzip.compress(document(shown(SENTENCES))))).text


@pytest.mark.parametrize("cut", [0.02, 0.5, 0.95])
def test_a_document_cut_off_is_repaired_or_rejected(parse_bytes: ParseBytes, cut: float) -> None:
    data = document(shown(SENTENCES))
    [found] = parse_bytes("a.pdf", data[: int(len(data) * cut)])
    assert isinstance(found, Article) or "damaged" in found.reason or "no text" in found.reason


def in_a_circle() -> bytes:
    """Return pages that contain themselves, and a picture that draws itself."""
    form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 7 0 R >> >> /Length 5 >>"
    data = document("/X Do " + shown(["Text."]), extra=[form + "\nstream\n/X Do\nendstream"])
    return data.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]").replace(b"/X 5 0 R", b"/X 7 0 R")


def bomb(size: int) -> bytes:
    """Return a page whose operators unpack to `size` bytes from about a thousandth of it."""
    packed = zlib.compress(b"BT /F1 9 Tf 0 0 Td (x) Tj ET\n" * (size // 29), 9).decode("latin-1")
    data = document("x")
    stream = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n{packed}\nendstream"
    return data.replace(b"<< /Length 1 >>\nstream\nx\nendstream", stream.encode("latin-1"))


@pytest.mark.parametrize(
    "data",
    [
        in_a_circle(),
        document(shown(SENTENCES)).replace(b"/Count 1", b"/Count 2147483647"),
        document(shown(SENTENCES)).replace(b"/Size 7", b"/Size 2000000000"),
        document("q " * 500_000 + shown(SENTENCES)),
        document("[" * 500_000),
        b"%PDF-1.7\n" + b"<<" * 500_000,
        b"%PDF-1.7\n" + b"1 0 obj\n" * 200_000,
    ],
    ids=["circle", "count", "size", "states", "lists", "dictionaries", "objects"],
)
def test_hostile_documents_take_bounded_time(parse_bytes: ParseBytes, data: bytes) -> None:
    began = time.monotonic()
    outcome = parse_bytes("a.pdf", data)
    assert len(outcome) == 1
    assert time.monotonic() - began < 60


limited = pytest.mark.skipif(sys.platform != "linux", reason="this system does not limit a process")


@limited
def test_a_document_that_takes_too_long_is_aborted(
    parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hasty = tmp_path / "hasty.py"
    hasty.write_text(pdf.PROGRAM.read_text().replace("MAX_SECONDS = 60", "MAX_SECONDS = 1"))
    monkeypatch.setattr(pdf, "PROGRAM", hasty)
    assert "cannot be parsed within a minute" in reason(parse_bytes("a.pdf", bomb(40_000_000)))


@limited
def test_a_document_that_takes_too_much_memory_is_aborted(
    parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    narrow = tmp_path / "narrow.py"
    narrow.write_text(pdf.PROGRAM.read_text().replace("MAX_MEMORY = 2**30", "MAX_MEMORY = 2**27"))
    monkeypatch.setattr(pdf, "PROGRAM", narrow)
    assert "Port Ellery" in article(parse_bytes("a.pdf", document(shown(SENTENCES)))).text
    assert "1 GB of memory" in reason(parse_bytes("a.pdf", bomb(20_000_000)))


def test_parsing_a_pdf_times_out(parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    assert "takes minutes to parse" in reason(parse_bytes("a.pdf", document(shown(SENTENCES))))


def line(text: str, top: float, left: float = 72, right: float = 300, size: float = 10) -> Line:
    return Line(text, left, right, top - size, top)


def texts(*pages: list[Line]) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(pages)]


def test_words_broken_at_the_end_of_a_line() -> None:
    assert texts([line("The state" + HYPHEN, 100), line("ment was brief.", 88)]) == [
        "The statement was brief."
    ]
    assert texts([line("A well-", 100), line("known and well-known man.", 88)]) == [
        "A well-known and well-known man."
    ]
    assert texts([line("The Franco-", 100), line("German pact.", 88)]) == ["The Franco-German pact."]
    assert texts([line("From 1990 -", 100), line("or so.", 88)]) == ["From 1990 - or so."]


def test_paragraphs_part_at_gaps_indents_and_short_lines() -> None:
    gap = [line("One.", 100), line("And so on.", 88), line("Two.", 66), line("And so on.", 54)]
    assert texts(gap) == ["One. And so on.", "Two. And so on."]
    indent = [line("One.", 100), line("And so on.", 88), line("Two.", 76, left=84), line("And so on.", 64)]
    assert texts(indent) == ["One. And so on.", "Two. And so on."]
    short = [line("One", 100), line("ends.", 88, right=110), line("Two", 76), line("ends.", 64)]
    assert texts(short) == ["One ends.", "Two ends."]


def test_sentences_go_on_in_the_next_column_and_on_the_next_page() -> None:
    left = [line("It ran", 100), line("on in", 88)]
    right = [line("the next column.", 100, left=320, right=560), line("Or not.", 88, left=320, right=560)]
    assert texts(left + right) == ["It ran on in the next column. Or not."]
    assert texts(left, [line("the next page.", 100)]) == ["It ran on in the next page."]
    assert texts([line("It ended.", 100)], [line("Another.", 100)]) == ["It ended.", "Another."]


def test_a_line_at_the_edge_of_one_page_is_text() -> None:
    pages = [
        [line("Ledger", 800), line(f"Text {word} is long.", 400), line("Done.", 388)]
        for word in ("one", "two")
    ]
    assert "Ledger" not in " ".join(texts(*pages))
    assert texts(pages[0])[0].startswith("Ledger")


def test_the_largest_letters_on_the_first_page_are_the_heading() -> None:
    body = [line("Text that is long enough to be most of it.", 400 - 12 * number) for number in range(9)]
    assert heading(paragraphs([[line("Wall breached", 500, size=20), *body]]), 200) == "Wall breached"
    assert heading(paragraphs([body]), 200) is None
    assert heading([], 200) is None


LEFT = [
    "The harbour board of Port Ellery voted",
    "on Tuesday to deepen the northern basin,",
    "in which two freighters ran aground in",
    "January. The work will take nine months",
    "and cost 3.7 million crowns.",
]
RIGHT = [
    "Bakers in Merrow may not sell bread on",
    "Sundays, the district court decided. The",
    "guild had asked for an exception for the",
    "months of summer, when the town has",
    "five times as many people to feed.",
]
BASIN, BREAD = " ".join(LEFT), " ".join(RIGHT)


def across(*columns: list[str], top: float = 700, size: float = 11, gutter: float = 250) -> str:
    """Return the operators that draw columns row by row."""
    rows = range(max(map(len, columns)))
    return "".join(
        shown([column[row]], top=top - 14 * row, size=size, left=60 + gutter * number)
        for row in rows
        for number, column in enumerate(columns)
        if row < len(column)
    )


def prose(found: Article) -> list[str]:
    return found.text.split("\n\n")


@pytest.mark.parametrize("gutter", [212, 250, 300])
def test_columns_drawn_row_by_row_are_read_one_after_the_other(
    parse_bytes: ParseBytes, gutter: float
) -> None:
    found = article(parse_bytes("a.pdf", document(across(LEFT, RIGHT, gutter=gutter))))
    assert prose(found) == [BASIN, BREAD]


def test_each_headline_stays_with_its_column(parse_bytes: ParseBytes) -> None:
    page = across(["Basin to be deepened"], ["No bread on Sundays"], top=730, size=16) + across(LEFT, RIGHT)
    found = article(parse_bytes("a.pdf", document(page)))
    assert prose(found) == ["Basin to be deepened", BASIN, "No bread on Sundays", BREAD]


def test_columns_of_different_length_and_three_columns(parse_bytes: ParseBytes) -> None:
    assert prose(article(parse_bytes("a.pdf", document(across(LEFT + MORE, RIGHT[:3]))))) == [
        BASIN,
        " ".join(MORE),
        " ".join(RIGHT[:3]),
    ]
    thirds = [[line[:24].rstrip() for line in column] for column in (LEFT, RIGHT, SENTENCES)]
    page = across(*thirds, gutter=165)
    text = article(parse_bytes("a.pdf", document(page))).text
    places = [text.index(line) for column in thirds for line in column]
    assert places == sorted(places)


def test_a_headline_above_two_columns_and_one_between_two_pairs_of_columns(parse_bytes: ParseBytes) -> None:
    page = shown(
        ["The board will deepen the basin in which two freighters ran aground"], top=740, size=16, left=60
    )
    page += across(LEFT, MORE) + shown(["The court forbids bread"], top=600, size=16, left=60)
    page += across(RIGHT, MORE, top=570)
    texts = prose(article(parse_bytes("a.pdf", document(page))))
    assert [text[:12] for text in texts] == [
        "The board wi",
        "The harbour ",
        "Ferries are ",
        "The court fo",
        "Bakers in Me",
        "Ferries are ",
    ]


def test_a_sentence_goes_on_in_the_next_column_although_rows_are_drawn(parse_bytes: ParseBytes) -> None:
    halves = across(LEFT[:2], LEFT[2:])
    assert prose(article(parse_bytes("a.pdf", document(halves)))) == [BASIN]


def test_a_table_stays_in_rows(parse_bytes: ParseBytes) -> None:
    table = across(["Town", "Merrow", "Ellery"], ["Boats", "14", "230"], ["Men", "61", "1,040"], top=600)
    found = article(parse_bytes("a.pdf", document(shown(SENTENCES) + table)))
    assert "Merrow 14 61" in found.text and "Ellery 230 1,040" in found.text


def test_a_page_whose_order_is_doubtful_is_left_out(parse_bytes: ParseBytes) -> None:
    # The second column begins inside a sentence of a column that is not there.
    torn = ["of the board, which meets again on the", *RIGHT[1:]]
    [rejected] = parse_bytes("a.pdf", document(across(LEFT, torn)))
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith(
        "1 of its 1 pages (1) left out: the order of the columns is not certain"
    )
    rejected, found = parse_bytes("b.pdf", document(shown(SENTENCES), across(LEFT, torn)))
    assert isinstance(found, Article) and isinstance(rejected, Rejected)
    assert "basin" not in found.text and "2 pages (2) left out" in rejected.reason


HEADLINES = across(["Basin to be deepened"], ["No bread on Sundays"], top=700, size=16) + across(
    LEFT, RIGHT, top=670
)


@pytest.mark.parametrize(
    ("name", "below", "published"),
    [
        ("The Merrow Courier", "Monday, May 14, 2018", "2018-05-14"),
        ("Harbour Gazette", "No. 12,345 14 May 2018 Price 60p", "2018-05-14"),
        ("THE ELLERY TIMES", "Founded by the guild of pilots", None),
        ("Vesper", "Vol. 12 Saturday, 3 March 1934", "1934-03-03"),
    ],
)
def test_a_masthead_is_the_outlet_and_no_title(
    parse_bytes: ParseBytes, name: str, below: str, published: str | None
) -> None:
    page = shown([name], top=800, size=30, left=150) + shown([below], top=760, size=9, left=220) + HEADLINES
    found = article(parse_bytes("a.pdf", document(page)))
    assert (found.title, found.outlet) == ("Basin to be deepened", name)
    assert found.published.iso == published
    assert name not in found.text


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("Basin in Ellery to be deepened", "Monday, May 14, 2018"),
        ("The Long Winter of the Herring Fleet", "A report from the north"),
        ("Record Catch for the Herring Fleet", "Monday, May 14, 2018"),
    ],
)
def test_a_title_with_a_day_is_no_masthead(parse_bytes: ParseBytes, title: str, below: str) -> None:
    page = shown([title], top=800, size=26) + shown([below], top=760, size=9) + HEADLINES
    found = article(parse_bytes("a.pdf", document(page)))
    assert (found.title, found.outlet) == (title, None)
