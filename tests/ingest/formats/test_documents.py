"""ODT, RTF, EPUB, spreadsheets and Parquet: normal, damaged and hostile ones."""

import io
import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assistant.article import Article, PublicationDate
from ingest.formats import parquet
from ingest.sources.rejections import Rejected, Skipped
from tests.ingest.parsed import ParseBytes, article, reason

LEAD = "The sea came over the wall of Merrow in the night to Monday, and forty cellars were under water by the morning."
MORE = "The mayor, Oda Brandt, said that the gap will be closed with stone before the next spring tide."
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, method)
    return buffer.getvalue()


def odt(body: str, meta: str = "", prolog: str = "") -> bytes:
    space = f'xmlns:office="{OFFICE}" xmlns:text="{TEXT}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    space += 'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:draw="urn:draw"'
    content = (
        f"<?xml version='1.0'?>{prolog}<office:document-content {space}><office:body><office:text>{body}"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content + "</office:text></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {space}><office:meta>{meta}</office:meta></office:document-meta>",
        }
    )


@pytest.mark.parametrize("name", ["wall.odt", "wall", "wall.zip"])
def test_an_open_document(parse_bytes: ParseBytes, name: str) -> None:
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes><text:h>Wall breached</text:h>"
        "<text:p>By Petra Lunn</text:p><text:p>The sea<text:s/>came <text:span>over</text:span> the wall."
        "<text:note><text:note-body><text:p>Note.</text:p></text:note-body></text:note> Two were hurt.</text:p>"
        "<text:list><text:list-item><text:p>One.</text:p></text:list-item></text:list>"
        "<text:p>Outside.<draw:frame><text:p>Inside.</text:p></draw:frame></text:p>"
    )
    meta = "<dc:title>Draft 3</dc:title><meta:creation-date>2019-11-04T08:00:00</meta:creation-date>"
    found = article(parse_bytes(name, odt(body, meta + "<meta:keyword>flood</meta:keyword>")))
    assert found.title == "Wall breached"
    assert found.authors == ("Petra Lunn",)
    assert found.keywords == ("flood",)
    assert found.published == PublicationDate("2019-11-04T08:00:00", "metadata")
    assert found.text.split("\n\n")[2:] == [
        "The sea came over the wall. Two were hurt.",
        "One.",
        "Outside.",
        "Inside.",
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (odt("&x;", prolog="<!DOCTYPE x [<!ENTITY x 'boom'>]>"), "declares entities"),
        (odt("<text:p>"), "damaged XML in content.xml"),
        (odt("")[:200], "a damaged document"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "it has no content.xml"),
        (odt("<text:p/>" * 3 + " " * 30_000_000), "200 times its size"),
    ],
    ids=["entities", "broken", "cut", "empty", "bomb"],
)
def test_an_open_document_that_cannot_be_read(parse_bytes: ParseBytes, data: bytes, why: str) -> None:
    assert why in reason(parse_bytes("a.odt", data))


RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\info{\title Draft}{\author Petra Lunn}"
    r"{\creatim\yr2019\mo11\dy4\hr8}}\f0 {\b Wall breached}\par The sea came \'93over\'94 the \u322?ód\'9f wall"
    r"{\footnote A note.} by {\field{\*\fldinst{HYPERLINK "
    r'"https://x.example/a"}}{\fldrslt the harbour}}.\par\trowd One\cell Two\cell\row}'
)


@pytest.mark.parametrize("name", ["wall.rtf", "wall.doc", "wall.txt"])
def test_rich_text(parse_bytes: ParseBytes, name: str) -> None:
    found = article(parse_bytes(name, RTF.encode()))
    assert found.text.split("\n\n") == [
        "Wall breached",
        "The sea came “over” the łódŸ wall by the harbour.",
        "One Two",
    ]
    assert found.authors == ("Petra Lunn",)
    assert found.published == PublicationDate("2019-11-04", "metadata")


def test_rich_text_without_paragraph_marks(parse_bytes: ParseBytes) -> None:
    data = f"{{\\rtf1\\ansi Wall breached\n{LEAD}\n{MORE}}}".encode()
    assert article(parse_bytes("a.rtf", data)).text.split("\n\n") == ["Wall breached", LEAD, MORE]


@pytest.mark.parametrize(
    "data", [b"{\\rtf1", b"{\\rtf1 " + b"{" * 40_000, b"{\\rtf1\\uc\\u55357?\\'zz}", RTF[:150].encode()]
)
def test_damaged_rich_text_is_read_or_rejected(parse_bytes: ParseBytes, data: bytes) -> None:
    assert len(parse_bytes("a.rtf", data)) == 1


def epub(chapters: dict[str, str], metadata: str = "", folder: str = "OEBPS/") -> bytes:
    kinds = {name: ' properties="nav"' if name == "nav.xhtml" else "" for name in chapters}
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"{kind}/>'
        for name, kind in kinds.items()
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" xmlns:dc='
        f'"http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata><manifest>{items}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    container = f'<container><rootfiles><rootfile full-path="{folder}content.opf"/></rootfiles></container>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            f"{folder}content.opf": package,
            **{f"{folder}{name}": page for name, page in chapters.items()},
        }
    )


def chapter(title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    return f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>x</title></head><body><h1>{title}</h1>{text}</body></html>"


def test_each_story_of_an_epub_is_an_article(parse_bytes: ParseBytes) -> None:
    data = epub(
        {
            "cover.xhtml": chapter("The Merrow Post"),
            "nav.xhtml": chapter("Contents", LEAD),
            "a%20b.xhtml".replace("%20", "_"): chapter("Wall breached", LEAD, MORE),
            "2.xhtml": chapter("Ferries stay in port", MORE),
        },
        "<dc:publisher>The Merrow Post</dc:publisher><dc:date opf:event='modification'>2024-01-01</dc:date>"
        "<dc:date>2019-11-04</dc:date><dc:language>en-GB</dc:language><dc:creator>Oda Brandt</dc:creator>",
    )
    first, second, skipped = parse_bytes("a.epub", data)
    assert isinstance(first, Article) and isinstance(second, Article) and isinstance(skipped, Skipped)
    assert (first.title, second.title, skipped.count) == ("Wall breached", "Ferries stay in port", 2)
    assert (first.outlet, first.published.iso, first.language) == ("The Merrow Post", "2019-11-04", "en")
    assert first.authors == ("Oda Brandt",)
    assert first.source == "desk/a.epub/OEBPS/a_b.xhtml"
    assert first.text == f"Wall breached\n\n{LEAD}\n\n{MORE}"


def test_a_damaged_chapter_costs_only_itself(parse_bytes: ParseBytes) -> None:
    data = epub({"1.xhtml": chapter("Wall breached", LEAD)}).replace(b"1.xhtml", b"2.xhtml", 1)
    assert (
        "it has no OEBPS/1.xhtml" in reason(parse_bytes("a.epub", data))
        or len(parse_bytes("a.epub", data)) == 1
    )
    assert "META-INF/container.xml" in reason(
        parse_bytes("b.epub", zipped({"mimetype": "application/epub+zip"}))
    )


def xlsx(*sheets: list[list[object]]) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        if isinstance(value, date):
            return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'

    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="Week {n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{types}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{types}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{types}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'{links}<Relationship Id="s" Type="{types}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {space}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    for number, rows in zip(numbers, sheets, strict=True):
        lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {space}><sheetData>{lines}</sheetData></worksheet>"
        )
    return zipped(files)


TABLE: list[list[object]] = [
    ["Merrow archive, exported in March", "", "", ""],
    ["Headline", "Body", "Date", "Word count"],
    ["Wall breached", LEAD, date(2019, 11, 4), 22],
    ["Ferries stay", MORE, "November 5, 2019", 19],
]


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.zip"])
def test_each_row_of_a_spreadsheet_is_an_article(parse_bytes: ParseBytes, name: str) -> None:
    first, second = parse_bytes(name, xlsx(TABLE))
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.title, first.text, first.published.iso) == ("Wall breached", LEAD, "2019-11-04")
    assert (second.source, second.published.iso) == (f"desk/{name}#2", "2019-11-05")


def test_sheets_have_places_of_their_own(parse_bytes: ParseBytes) -> None:
    found = parse_bytes("a.xlsx", xlsx(TABLE[:3], [], TABLE[1:], [["Name", "Salary"], ["Lunn", 3]]))
    assert [item.source for item in found] == [
        "desk/a.xlsx/Week 1#1",
        "desk/a.xlsx/Week 3#1",
        "desk/a.xlsx/Week 3#2",
        "desk/a.xlsx/Week 4",
    ]
    last = found[-1]
    assert isinstance(last, Rejected) and "none of its fields (Name, Salary) is known as text" in last.reason


def test_spreadsheets_that_cannot_be_read(parse_bytes: ParseBytes) -> None:
    assert "a damaged spreadsheet" in reason(parse_bytes("a.xlsx", xlsx(TABLE)[:900]))
    assert "a damaged spreadsheet" in reason(parse_bytes("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600)))
    assert reason(parse_bytes("a.xlsx", xlsx([]))) == "no records"


def table(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, row_group_size=2)
    return buffer.getvalue()


def test_each_row_of_a_parquet_table_is_an_article(parse_bytes: ParseBytes) -> None:
    days: list[object] = [datetime(2019, 11, 4, 8), None, datetime(2019, 11, 6)]
    data = table({"title": ["One", "Two", "Three"], "text": [LEAD, MORE, None], "date": days})
    first, second, third = parse_bytes("a.parquet", data)
    assert isinstance(first, Article) and isinstance(second, Article) and isinstance(third, Rejected)
    assert (first.title, first.published.iso) == ("One", "2019-11-04T08:00:00")
    assert second.published.iso is None and third.source == "desk/a.parquet#3"


def test_parquet_tables_that_cannot_be_read(parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a damaged Parquet table" in reason(parse_bytes("a.parquet", table({"text": [LEAD]})[:-20]))
    assert "none of its fields (salary)" in reason(parse_bytes("a.parquet", table({"salary": [1]})))
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    assert "pip install 'backfile[parquet]'" in reason(parse_bytes("a.parquet", table({"text": [LEAD]})))
