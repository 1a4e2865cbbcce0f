"""Word documents, normal and hostile ones."""

import io
import zipfile

import pytest

from assistant.article import PublicationDate
from tests.ingest.parsed import ParseBytes, article, reason

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def paragraph(text: str, style: str = "", inner: str = "") -> str:
    properties = (
        f'<w:pPr><w:pStyle w:val="{style}"/><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>' if style else ""
    )
    return f"<w:p>{properties}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>{inner}</w:p>"


def core(title: str = "", creator: str = "", created: str = "") -> str:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><dcterms:created>{created}</dcterms:created>"
        "</cp:coreProperties>"
    )


def docx(*paragraphs: str, properties: str | None = None, namespace: str = W, **parts: bytes) -> bytes:
    body = f'<?xml version="1.0"?><w:document xmlns:w="{namespace}" xmlns:mc="urn:mc"><w:body>'
    files: dict[str, bytes] = {
        "[Content_Types].xml": TYPES.encode(),
        "word/document.xml": (body + "".join(paragraphs) + "</w:body></w:document>").encode(),
        "word/media/image1.png": b"\x89PNG" + bytes(1000),
        "word/header1.xml": b"<w:hdr>Header</w:hdr>",
    }
    if properties is not None:
        files["docProps/core.xml"] = properties.encode()
    return zipped({**files, **{name.replace("__", "/") + ".xml": data for name, data in parts.items()}})


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["story.docx", "story.zip", "story"])
def test_a_document(parse_bytes: ParseBytes, name: str) -> None:
    data = docx(
        paragraph("Wall breached", "Title"),
        paragraph("By Petra Lunn"),
        paragraph(
            "The sea came over the wall.<!-- no --> Two people",
            inner="<w:r><w:tab/><w:t>were hurt.</w:t></w:r>",
        ),
        "<w:tbl><w:tr><w:tc>"
        + paragraph("Quay")
        + "</w:tc><w:tc>"
        + paragraph("1 m")
        + "</w:tc></w:tr></w:tbl>",
        paragraph("Last."),
        properties=core("Template of 2019", "Dale Whitcombe", "2023-11-25T06:10:00Z"),
    )
    found = article(parse_bytes(name, data))
    assert found.title == "Wall breached"
    assert found.text.split("\n\n")[2:] == [
        "The sea came over the wall. Two people were hurt.",
        "Quay",
        "1 m",
        "Last.",
    ]
    assert found.authors == ("Petra Lunn",)
    assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "metadata")


def test_a_document_in_strict_form(parse_bytes: ParseBytes) -> None:
    data = docx(paragraph("Text."), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")
    assert article(parse_bytes("a.docx", data)).text == "Text."


@pytest.mark.parametrize(
    ("stated", "first", "title"),
    [
        ("Wall breached", "WALL BREACHED!", "Wall breached"),
        ("Template of 2019", "Wall breached", "Wall breached"),
        ("Wall breached", "The sea came over the wall. " * 20, "Wall breached"),
        ("", "Wall breached", "Wall breached"),
    ],
)
def test_a_stated_title_counts_where_the_text_says_it_or_has_none(
    parse_bytes: ParseBytes, stated: str, first: str, title: str
) -> None:
    data = docx(paragraph(first), paragraph("Text."), properties=core(stated))
    assert article(parse_bytes("a.docx", data)).title == title


@pytest.mark.parametrize(
    ("creator", "authors"),
    [
        ("Petra Lunn", ("Petra Lunn",)),
        ("Microsoft Office User", ()),
        ("plunn", ()),
        ("python-docx", ()),
        ("", ()),
    ],
)
def test_a_stated_author_counts_where_it_is_a_person(
    parse_bytes: ParseBytes, creator: str, authors: tuple[str, ...]
) -> None:
    data = docx(paragraph("Wall breached"), paragraph("Text."), properties=core(creator=creator))
    assert article(parse_bytes("a.docx", data)).authors == authors


def test_the_day_it_was_made_gives_way_to_the_dateline(parse_bytes: ParseBytes) -> None:
    lead = (
        "PORT ELLERY, March 4, 2024 (Tidewater Wire) — All sailings were cancelled on Monday as gales neared."
    )
    data = docx(paragraph("Gales near"), paragraph(lead), properties=core(created="2023-11-25T06:10:00Z"))
    assert article(parse_bytes("a.docx", data)).published == PublicationDate("2024-03-04", "dateline")


def test_invisible_text_is_left_out(parse_bytes: ParseBytes) -> None:
    data = docx(
        paragraph("Shown."),
        "<w:p><w:del><w:r><w:delText>struck</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>Kept.</w:t></w:r></w:p>",
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>"
        + paragraph("Box.")
        + "</w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent>"
        + paragraph("Box.")
        + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:t>Around.</w:t></w:r></w:p>",
    )
    assert article(parse_bytes("a.docx", data)).text == "Shown.\n\nKept.\n\nBox.\n\nAround."


def test_within_containers(parse_bytes: ParseBytes) -> None:
    data = zipped({"a/story.docx": docx(paragraph("Wall breached"))})
    assert article(parse_bytes("week.zip", data)).source == "desk/week.zip/a/story.docx"


def test_other_office_documents_and_old_ones_are_named(parse_bytes: ParseBytes) -> None:
    sheet = zipped({"[Content_Types].xml": TYPES.encode(), "ppt/presentation.xml": b"<x/>"})
    assert "an office document" in reason(parse_bytes("a.pptx", sheet))
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "save it as .docx" in reason(parse_bytes("a.doc", old))
    assert "encrypted, or an old Word document" in reason(parse_bytes("a.docx", old))


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + f']><w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>'
)
EXTERNAL = (
    BOMB.partition("<!ENTITY")[0] + '<!ENTITY i SYSTEM "file:///etc/passwd">' + BOMB[BOMB.index("]>") :]
)


@pytest.mark.parametrize("xml", [BOMB, EXTERNAL, BOMB.replace('<?xml version="1.0"?>', "\ufeff")])
@pytest.mark.parametrize("part", ["word/document.xml", "docProps/core.xml"])
def test_entities_are_refused(parse_bytes: ParseBytes, xml: str, part: str) -> None:
    honest = f'<w:document xmlns:w="{W}"><w:body>{paragraph("Text.")}</w:body></w:document>'
    files = {"[Content_Types].xml": TYPES, "word/document.xml": honest, part: xml}
    data = zipped({name: text.encode() for name, text in files.items()})
    assert "declares entities" in reason(parse_bytes("a.docx", data))


def test_bombs_are_stopped(parse_bytes: ParseBytes) -> None:
    spaces = docx(paragraph("Text." + " " * 30_000_000))
    assert "as only bombs do" in reason(parse_bytes("a.docx", spaces))
    deep = docx("<w:sdt>" * 100_000)
    assert "nests more than 500 elements" in reason(parse_bytes("a.docx", deep))
    attribute = docx(f'<w:p w:x="{"y" * 30_000_000}"></w:p>')
    assert "as only bombs do" in reason(parse_bytes("a.docx", attribute))


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_damaged_documents_are_refused(parse_bytes: ParseBytes, cut: float) -> None:
    data = docx(paragraph("Text."))
    assert "damaged .docx" in reason(parse_bytes("a.docx", data[: int(len(data) * cut)]))


def test_damaged_contents_are_refused(parse_bytes: ParseBytes) -> None:
    assert "damaged XML" in reason(parse_bytes("a.docx", docx("<w:p>")))
    assert "no word/document.xml" in reason(parse_bytes("a.docx", zipped({"a.txt": b"x"})))
    assert reason(parse_bytes("a.docx", docx(paragraph("")))) == "no text"
    assert "damaged XML" in reason(parse_bytes("a.docx", docx(paragraph("a\x00b"))))
