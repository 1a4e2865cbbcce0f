"""Bundles of press databases are split into their stories; bundles of other forms are set aside."""

import io
import zipfile
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest

from assistant.article import Article
from ingest.formats.bundles import stories_of_lines
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, reason

WALL = "The outer wall of the harbour gave way on Saturday night, and forty boats were lost."
PILOTS = "The pilots voted for a strike by 31 to 4. They want two men on every cutter."

NUMBERED = f"""                               1 of 2 DOCUMENTS


                              The Harbour Ledger

                           February 3, 2019 Sunday
                                Late Edition

Harbour wall gives way in the
worst gale of the century

BYLINE: Petra Lunn and Dale Whitcombe

SECTION: NEWS; Pg. 12

LENGTH: 214 words

DATELINE: PORT ELLERY

The outer wall of the harbour gave way on Saturday night, and forty boats
were lost. Nobody was hurt, because the pubs had just closed.

Quarrymen: that is who will have to mend it, said the harbour master, who
has asked for 31 of them.

GRAPHIC: Photo, the wall on Sunday

LOAD-DATE: February 4, 2019

LANGUAGE: ENGLISH

SUBJECT: HARBORS & PORTS (92%); STORMS (78%)

CORRECTION: February 5, 2019: Thirty-nine boats were lost, not forty.


                    Copyright 2019 The Harbour Ledger Ltd
                              All Rights Reserved

                               2 of 2 DOCUMENTS


                              The Tidewater Wire

                           February 4, 2019 Monday

Pilots vote for a strike

LENGTH: 86 words

{PILOTS}

LOAD-DATE: February 4, 2019
"""

UNI = [
    "Page 1 of 3",
    "User Name: Reader",
    "Date and Time: Thursday, October 17, 2019 11:02:00 PM CEST",
    "Documents (2)",
    "1. Harbour wall gives way",
    "2. Pilots vote for a strike",
    "Harbour wall gives way",
    "The Harbour Ledger",
    "February 3, 2019 Sunday",
    "Copyright 2019 The Harbour Ledger Ltd All Rights Reserved",
    "Section: NEWS; Pg. 12",
    "Length: 214 words",
    "Byline: Petra Lunn",
    "Body",
    "Correction: this is the second version.",
    WALL,
    "Classification",
    "Language: ENGLISH",
    "Load-Date: February 4, 2019",
    "End of Document",
    "Pilots vote for a strike",
    "The Tidewater Wire",
    "February 4, 2019 Monday",
    "Body",
    PILOTS,
    "End of Document",
]

FACTIVA = f"""News
Harbour wall gives way in
the worst gale
By Petra Lunn and Dale Whitcombe
131 words
3 February 2019
07:15 GMT
The Harbour Ledger
HARLED
12
English
(c) 2019 The Harbour Ledger. All rights reserved

The outer wall of the harbour gave way on Saturday night, and
forty boats were lost.

Document HARLED0020190203ef230000a

Pilots vote for a strike
86 words
4 February 2019
The Tidewater Wire
TIDEW
English
Copyright 2019. Tidewater Wire.

{PILOTS}

Document TIDEW00020190204ef240000b

Search Summary
Text: pilots and strike
"""

CODED = f"""SE  News
HD  Harbour wall gives way
BY  By Petra Lunn
WC  131 words
PD  3 February 2019
SN  The Harbour Ledger
PG  12
LA  English
LP
{WALL}
TD
Nobody was hurt.
NS  gdis : Disasters | gcat : General News
AN
Document HARLED0020190203ef230000a
"""

PROQUEST = f"""Report Information from ProQuest
____________________________________________________________

Document 1 of 2

Harbour wall gives way

Author: Lunn, Petra; Whitcombe, Dale

Publication info: The Harbour Ledger ; Port Ellery. 03 Feb 2019: A.3.

Abstract: A wall fell.

Full text: {WALL}

Subject: Harbors; Storms

Title: Harbour wall gives way

Publication title: The Harbour Ledger

Pages: A.3

Publication date: Feb 3, 2019

Section: News

ProQuest document ID: 2174001

Document URL: https://search.example/docview/2174001
____________________________________________________________

Document 2 of 2

Pilots vote for a strike

Full text: {PILOTS}

Publication title: The Tidewater Wire

Publication date: Feb 4, 2019

ProQuest document ID: 2174002
"""


def both(outcome: list[Article | Rejected]) -> tuple[Article, Article]:
    first, second = outcome
    assert isinstance(first, Article) and isinstance(second, Article), outcome
    return first, second


def docx(lines: list[str]) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
        )
    return held.getvalue()


def rtf(text: str) -> bytes:
    lines = "".join(f"{line}\\par\n" for line in text.split("\n"))
    return f"{{\\rtf1\\ansi {lines}}}".encode("ascii")


def odt(lines: list[str]) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f'<o:document-content xmlns:o="{space}:office:1.0" xmlns:t="{space}:text:1.0"><o:body><o:text>'
            + "".join(f"<t:p>{line}</t:p>" for line in lines)
            + "</o:text></o:body></o:document-content>",
        )
    return held.getvalue()


@pytest.mark.parametrize(
    "mark", ["2 of 2 DOCUMENTS", "Document 2 of 2 documents", "Dokument 2 von 2 Dokumenten"]
)
def test_nexis_text(parse_bytes: ParseBytes, mark: str) -> None:
    data = NUMBERED.replace("2 of 2 DOCUMENTS", mark)
    first, second = both(parse_bytes("Files.TXT", data.encode("utf-8-sig")))
    assert (first.source, first.outlet) == ("desk/Files.TXT#1", "The Harbour Ledger")
    assert first.title == "Harbour wall gives way in the worst gale of the century"
    assert (first.published.iso, first.published.origin) == ("2019-02-03", "metadata")
    assert (first.authors, first.section) == (("Petra Lunn", "Dale Whitcombe"), "NEWS; Pg. 12")
    assert (first.place, first.language) == ("PORT ELLERY", "en")
    assert first.keywords == ("HARBORS & PORTS", "STORMS")
    assert first.text == (
        f"{WALL} Nobody was hurt, because the pubs had just closed.\n\n"
        "Quarrymen: that is who will have to mend it, said the harbour master, who has asked for 31 of them.\n\n"
        "Correction: February 5, 2019: Thirty-nine boats were lost, not forty."
    )
    assert (second.title, second.outlet) == ("Pilots vote for a strike", "The Tidewater Wire")
    assert (second.published.iso, second.text) == ("2019-02-04", PILOTS)


def test_nexis_uni_as_documents_and_as_lines(parse_bytes: ParseBytes) -> None:
    of_lines = stories_of_lines(UNI, "desk/Files.DOCX", ReadOptions())
    assert of_lines is not None
    for outcome in (
        parse_bytes("Files.DOCX", docx(UNI)),
        parse_bytes("Files.rtf", rtf("\n".join(UNI))),
        parse_bytes("Files.odt", odt(UNI)),
        list(of_lines),
    ):
        first, second = both([item for item in outcome if isinstance(item, Article | Rejected)])
        assert (first.title, first.outlet) == ("Harbour wall gives way", "The Harbour Ledger")
        assert (first.published.iso, first.authors) == ("2019-02-03", ("Petra Lunn",))
        assert first.text == f"Correction: this is the second version.\n\n{WALL}"
        assert (second.outlet, second.published.iso) == ("The Tidewater Wire", "2019-02-04")
        assert second.text == PILOTS


def test_a_nexis_page(parse_bytes: ParseBytes) -> None:
    paragraphs = "".join(
        f"<div><p><span>{number} of 2 DOCUMENTS</span></p></div><div><p>{outlet}</p></div>"
        f"<div><p>{day}</p></div><div><p>{title}</p></div><div><p>{text}</p></div>"
        "<div><p><span>LOAD-DATE: </span><span>February 5, 2019</span></p></div>"
        for number, outlet, day, title, text in (
            (1, "The Harbour Ledger", "February 3, 2019 Sunday", "Harbour wall gives way", WALL),
            (2, "The Tidewater Wire", "February 4, 2019", "Pilots vote for a strike", PILOTS),
        )
    )
    first, second = both(
        parse_bytes("Files.html", f"<!DOCTYPE html><html><body>{paragraphs}</body></html>".encode())
    )
    assert (first.title, first.outlet, first.text) == ("Harbour wall gives way", "The Harbour Ledger", WALL)
    assert (second.title, second.published.iso, second.text) == (
        "Pilots vote for a strike",
        "2019-02-04",
        PILOTS,
    )


def test_factiva_text(parse_bytes: ParseBytes) -> None:
    first, second = both(parse_bytes("Factiva.txt", FACTIVA.encode()))
    assert first.title == "Harbour wall gives way in the worst gale"
    assert (first.outlet, first.published.iso) == ("The Harbour Ledger", "2019-02-03")
    assert (first.authors, first.section) == (("Petra Lunn", "Dale Whitcombe"), "News, Page 12")
    assert (first.guid, first.language) == ("factiva:HARLED0020190203ef230000a", "en")
    assert first.text == WALL
    assert (second.title, second.outlet, second.text) == (
        "Pilots vote for a strike",
        "The Tidewater Wire",
        PILOTS,
    )


def test_factiva_with_codes(parse_bytes: ParseBytes) -> None:
    [found] = parse_bytes("Factiva.txt", CODED.encode())
    assert isinstance(found, Article)
    assert (found.title, found.outlet) == ("Harbour wall gives way", "The Harbour Ledger")
    assert (found.section, found.authors) == ("News, Page 12", ("Petra Lunn",))
    assert found.keywords == ("Disasters", "General News")
    assert found.text == f"{WALL}\n\nNobody was hurt."


def test_a_factiva_page(parse_bytes: ParseBytes) -> None:
    stories = "".join(
        f'<div class="article"><p><span class="hd"><b>{title}</b></span></p><div class="author">{author}</div>'
        f"<div>131 words</div><div>{day}</div><div>07:15</div><div>{outlet}</div><div>CODE</div><div>English</div>"
        f"<div>(c) 2019 {outlet}</div><p>{text}</p><p>Document {code}0020190203ef230000a</p></div>"
        for title, author, day, outlet, text, code in (
            ("Harbour wall gives way", "Petra Lunn", "3 February 2019", "The Harbour Ledger", WALL, "HARLED"),
            (
                "Pilots vote for a strike",
                "By Dale Whitcombe",
                "4 February 2019",
                "Tidewater Wire",
                PILOTS,
                "TIDEW",
            ),
        )
    )
    page = f"<html><head><title>Factiva</title></head><body><a href='#'>Dow Jones</a>{stories}</body></html>"
    first, second = both(parse_bytes("Factiva.html", page.encode()))
    assert (first.title, first.authors, first.text) == ("Harbour wall gives way", ("Petra Lunn",), WALL)
    assert (second.outlet, second.authors, second.text) == ("Tidewater Wire", ("Dale Whitcombe",), PILOTS)


def test_proquest_text(parse_bytes: ParseBytes) -> None:
    first, second = both(parse_bytes("ProQuest.txt", PROQUEST.encode()))
    assert (first.title, first.outlet) == ("Harbour wall gives way", "The Harbour Ledger")
    assert (first.published.iso, first.section) == ("2019-02-03", "News, Page A.3")
    assert first.authors == ("Petra Lunn", "Dale Whitcombe")
    assert (first.url, first.guid) == ("https://search.example/docview/2174001", "proquest:2174001")
    assert first.text == WALL
    assert (second.title, second.text) == ("Pilots vote for a strike", PILOTS)


def test_a_story_without_its_closing_mark_is_not_lost(parse_bytes: ParseBytes) -> None:
    cut = "\n\n".join(UNI[:-1])
    outcome = parse_bytes("Files.txt", cut.encode())
    assert [item.title for item in outcome if isinstance(item, Article)] == [
        "Harbour wall gives way",
        "Pilots vote for a strike",
    ]


def test_a_story_of_a_bundle_without_outlet_and_date_is_rejected(parse_bytes: ParseBytes) -> None:
    data = NUMBERED.replace("The Tidewater Wire", "").replace("February 4, 2019 Monday", "")
    first, second = parse_bytes("Files.txt", data.encode())
    assert isinstance(first, Article) and isinstance(second, Rejected)
    assert second.reason == "a story in a bundle of Nexis without its lines for outlet and date"


@pytest.mark.parametrize(
    "bundle",
    [
        f"=== Article 1 ===\nHarbour wall\n\n{WALL}\n\n=== Article 2 ===\nPilots\n\n{PILOTS}\n",
        f"Story 1 of 2\n\n{WALL}\n\nStory 2 of 2\n\n{PILOTS}\n",
        f"{WALL}\nEnd of Article\n{PILOTS}\nEnd of Article\n",
        f"Headline: Wall\nDate: 3 February 2019\n\n{WALL}\n\nHeadline: Pilots\nDate: 4 February 2019\n\n{PILOTS}\n",
        f"TI - Wall\nPD - 3 February 2019\n{WALL}\n\nTI - Pilots\nPD - 4 February 2019\n{PILOTS}\n",
        f"Wall\n3 February 2019\n{WALL}\n----------\nPilots\n4 February 2019\n{PILOTS}\n",
        f"Wall\nPublished: 2019-02-03\n{WALL}\n\f\nPilots\nPublished: 2019-02-04\n{PILOTS}\n",
        f"<article>\n{WALL}\n</article>\n<article>\n{PILOTS}\n</article>\n",
        f"Record 1\n{WALL}\n\nRecord 2\n{PILOTS}\n",
        f"*** STORY 1 ***\n{WALL}\n\n*** STORY 2 ***\n{PILOTS}\n",
    ],
)
def test_a_bundle_of_an_unknown_form_is_set_aside(parse_bytes: ParseBytes, bundle: str) -> None:
    assert reason(parse_bytes("bundle.txt", bundle.encode())).startswith(
        "a bundle of 2 stories in a form that is not known: save each story in a file of its own"
    )


@pytest.mark.parametrize(
    "story",
    [
        f"Harbour wall gives way\n\n{WALL}\n\nArticle 1\n\nThe wall is ours.\n\nArticle 2\n\nSo is the sea.\n",
        f"Harbour wall gives way\n\n{WALL}\n\n* * * * *\n\n{PILOTS}\n\n* * * * *\n\nIt rained.\n",
        f"Headline: Harbour wall gives way\nDate: 3 February 2019\n\n{WALL}\n",
        f"Harbour wall gives way\n\nPage 1 of 2\n\n{WALL}\n\nPage 2 of 2\n\n{PILOTS}\n",
        f"Harbour wall gives way\n\n{WALL}\n\nDocument HARBOUR of the archive has 131 words\n",
    ],
)
def test_single_stories_stay_single(parse_bytes: ParseBytes, story: str) -> None:
    [found] = parse_bytes("story.txt", story.encode())
    assert isinstance(found, Article) and found.title == "Harbour wall gives way" and WALL in found.text


@pytest.mark.parametrize("suffix", ["rtf", "docx", "odt"])
@pytest.mark.parametrize("bundle", [NUMBERED, FACTIVA, PROQUEST], ids=["Nexis", "Factiva", "ProQuest"])
def test_a_document_with_the_lines_of_a_bundle_is_read_like_its_text(
    parse_bytes: ParseBytes, bundle: str, suffix: str
) -> None:
    lines = escape(bundle).split("\n")
    made = {"rtf": rtf(bundle), "docx": docx(lines), "odt": odt(lines)}
    read = parse_bytes(f"Files.{suffix}", made[suffix])
    expected = parse_bytes("Files.txt", bundle.encode())
    assert [replace(each, source="") for each in read] == [replace(each, source="") for each in expected]


def test_an_unknown_bundle_in_a_document_is_set_aside(parse_bytes: ParseBytes) -> None:
    bundle = f"*** STORY 1 ***\n{WALL}\n\n*** STORY 2 ***\n{PILOTS}\n"
    assert reason(parse_bytes("Files.rtf", rtf(bundle))).startswith("a bundle of 2 stories in a form")
