"""Pages that OCR programs recognised: ALTO, METS with ALTO, PAGE XML and hOCR."""

import io
import zipfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from assistant.article import Article
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected, Skipped
from tests.ingest.parsed import ParseBytes, article, reason

TITLE = ["Wall breached at Merrow"]
STORY = ["The sea came over the wall of", "Merrow in the night, and forty cel-", "lars were under water."]
BREAD = ["Bakers may not sell bread on Sun-", "days, the court decided."]


def alto(*pages: dict[str, list[str]], version: int = 3, confidence: float = 0.9) -> str:
    """Return an ALTO document with these blocks, by id; `a+b|` marks a word broken at the line end."""

    def line(text: str) -> str:
        words = [f'<String CONTENT={quoteattr(word)} WC="{confidence}"/>' for word in text.split()]
        return f"<TextLine>{'<SP/>'.join(words)}</TextLine>"

    shown = "".join(
        "<Page><PrintSpace><ComposedBlock>"
        + "".join(
            f'<TextBlock ID="{name}">{"".join(map(line, lines))}</TextBlock>' for name, lines in page.items()
        )
        + "</ComposedBlock></PrintSpace></Page>"
        for page in pages
    )
    space = f"http://www.loc.gov/standards/alto/ns-v{version}#"
    return f'<?xml version="1.0"?><alto xmlns="{space}"><Layout>{shown}</Layout></alto>'


WHOLE = "The sea came over the wall of Merrow in the night, and forty cellars were under water."


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_page_of_alto_is_an_article(parse_bytes: ParseBytes, version: int) -> None:
    data = alto({"B1": TITLE, "B2": STORY, "B3": BREAD}, version=version)
    found = article(parse_bytes("0001.xml", data.encode()))
    assert found.title == TITLE[0]
    assert found.text.split("\n\n") == [
        TITLE[0],
        WHOLE,
        "Bakers may not sell bread on Sundays, the court decided.",
    ]
    assert found.keywords == ("read by OCR, 90 %",)


def test_words_that_alto_says_are_broken(parse_bytes: ParseBytes) -> None:
    lines = (
        '<TextLine><String CONTENT="forty"/><SP/><String CONTENT="cel" SUBS_TYPE="HypPart1" SUBS_CONTENT="cellars"/>'
        '<HYP CONTENT="-"/></TextLine><TextLine><String CONTENT="lars" SUBS_TYPE="HypPart2" SUBS_CONTENT="cellars"/>'
        '<SP/><String CONTENT="in"/><SP/><String CONTENT="the"/><SP/><String CONTENT="har"/><HYP CONTENT="\xad"/>'
        '</TextLine><TextLine><String CONTENT="bour"/></TextLine>'
    )
    data = alto({"B1": ["x"]}).replace('<TextLine><String CONTENT="x" WC="0.9"/></TextLine>', lines)
    found = article(parse_bytes("a.xml", data.encode()))
    assert found.text == "forty cellars in the harbour"
    assert found.keywords == ("read by OCR",)


def test_blocks_of_a_page_are_not_joined(parse_bytes: ParseBytes) -> None:
    data = alto({"B1": ["The mayor said that"], "B2": ["bread is not sold."]})
    assert article(parse_bytes("a.xml", data.encode())).text == "The mayor said that\n\nbread is not sold."


def test_each_page_of_a_document_is_an_article(parse_bytes: ParseBytes) -> None:
    first, second = parse_bytes("a.xml", alto({"B1": STORY}, {"B2": BREAD}).encode())
    assert (first.source, second.source) == ("desk/a.xml#1", "desk/a.xml#2")
    assert reason(parse_bytes("b.xml", alto({}).encode())) == "no text"
    assert reason(parse_bytes("c.xml", alto().encode())) == "no pages in the file"


def issue(folder: str = "alto/", divisions: str | None = None) -> dict[str, str]:
    """Return the files of an issue with two pages; one story begins on the first and ends on the second."""

    def area(file: int, block: str) -> str:
        return f'<fptr><area FILEID="F{file}" BETYPE="IDREF" BEGIN="{block}"/></fptr>'

    stories = (
        f'<div TYPE="ARTICLE" LABEL="Wall breached"><div TYPE="BODY">{area(1, "B1")}{area(2, "B4")}</div></div>'
        f'<div TYPE="Advertisement">{area(1, "B2")}</div>'
        f'<div TYPE="Section"><div TYPE="article" LABEL="No bread on Sundays">{area(1, "B3")}</div></div>'
    )
    mets = (
        (
            '<?xml version="1.0"?><mets:mets xmlns:mets="http://www.loc.gov/METS/" '
            'xmlns:xlink="http://www.w3.org/1999/xlink" '
            'xmlns:mods="http://www.loc.gov/mods/v3"><mets:dmdSec><mets:mdWrap><mets:xmlData><mods:mods><mods:titleInfo>'
            "<mods:title>The Merrow Post</mods:title></mods:titleInfo><mods:originInfo><mods:dateIssued>1907-04-19"
            "</mods:dateIssued></mods:originInfo></mods:mods></mets:xmlData></mets:mdWrap></mets:dmdSec><mets:fileSec>"
            + "".join(
                f'<mets:file ID="F{number}"><mets:FLocat xlink:href="file://{folder}000{number}.xml"/></mets:file>'
                for number in (1, 2)
            )
            + '</mets:fileSec><mets:structMap TYPE="PHYSICAL"/><mets:structMap TYPE="LOGICAL">'
            + f'<mets:div TYPE="Newspaper">{divisions or stories}</mets:div></mets:structMap></mets:mets>'
        )
        .replace("<div", "<mets:div")
        .replace("</div", "</mets:div")
        .replace("<fptr", "<mets:fptr")
    )
    mets = mets.replace("</fptr", "</mets:fptr").replace("<area", "<mets:area")
    return {
        "mets.xml": mets,
        f"{folder}0001.xml": alto({"B1": STORY[:2], "B2": ["Fish for sale"], "B3": BREAD}),
        f"{folder}0002.xml": alto({"B4": STORY[2:], "B5": ["Weather"]}, confidence=0.7),
    }


def parsed(folder: Path, files: dict[str, str]) -> list[Article | Rejected | Skipped]:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    return [item for file in walk([folder]) for item in parse(file, ReadOptions(today=date(2026, 1, 1)))]


@pytest.mark.parametrize("folder", ["alto/", ""])
def test_the_stories_of_a_mets_document_are_articles(tmp_path: Path, folder: str) -> None:
    found = parsed(tmp_path / "issue", issue(folder))
    wall, bread = (item for item in found if isinstance(item, Article))
    assert (wall.title, bread.title) == ("Wall breached", "No bread on Sundays")
    assert wall.text == WHOLE
    assert (wall.outlet, wall.published.iso) == ("The Merrow Post", "1907-04-19")
    assert wall.source == "issue/mets.xml#1"
    assert wall.keywords == ("read by OCR, 86 %",)
    counts = [
        item.count for item in found if isinstance(item, Skipped) and "outside of its stories" in item.kind
    ]
    assert counts == [2]
    assert not [item for item in found if isinstance(item, Rejected)]


def test_pages_of_a_mets_document_without_stories_are_articles(tmp_path: Path) -> None:
    found = parsed(tmp_path / "issue", issue(divisions='<div TYPE="Page"/>'))
    assert [item.source for item in found if isinstance(item, Article)] == [
        "issue/alto/0001.xml",
        "issue/alto/0002.xml",
    ]


def test_a_page_that_is_missing_or_outside_costs_its_stories(tmp_path: Path) -> None:
    files = issue()
    del files["alto/0002.xml"]
    found = parsed(tmp_path / "issue", files)
    assert [type(item) for item in found] == [Skipped, Rejected, Article, Skipped]
    rejected = found[1]
    assert isinstance(rejected, Rejected) and "0002.xml is missing" in rejected.reason
    found = parsed(tmp_path / "other", {"mets.xml": issue("../issue/alto/")["mets.xml"]})
    assert all(isinstance(item, Rejected) and "outside of its folder" in item.reason for item in found)


def test_in_a_container_pages_are_read_one_by_one(parse_bytes: ParseBytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in issue().items():
            archive.writestr(name, text)
    found = parse_bytes("issue.zip", buffer.getvalue())
    assert [type(item) for item in found] == [Skipped, Article, Article]


def page_xml(regions: dict[str, list[str]], order: list[str]) -> str:
    refs = "".join(
        f'<RegionRefIndexed index="{index}" regionRef="{name}"/>' for index, name in enumerate(order)
    )
    shown = "".join(
        f'<TextRegion id="{name}">'
        + "".join(
            f'<TextLine><Word><TextEquiv conf="0.5"><Unicode>x</Unicode></TextEquiv></Word><TextEquiv conf="0.8">'
            f"<Unicode>{escape(line)}</Unicode></TextEquiv></TextLine>"
            for line in lines
        )
        + f"<TextEquiv><Unicode>{escape(chr(10).join(lines))}</Unicode></TextEquiv></TextRegion>"
        for name, lines in regions.items()
    )
    space = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
    return (
        f'<?xml version="1.0"?><PcGts xmlns="{space}"><Page><ReadingOrder><OrderedGroup>{refs}</OrderedGroup>'
        f"</ReadingOrder>{shown}</Page></PcGts>"
    )


def test_page_xml_is_read_in_its_order(parse_bytes: ParseBytes) -> None:
    data = page_xml(
        {"r2": [*STORY[:1], "Merrow in the night, and forty cel¬", STORY[2]], "r3": BREAD, "r1": TITLE},
        ["r1", "r2"],
    )
    found = article(parse_bytes("0001.xml", data.encode()))
    assert found.text.split("\n\n") == [
        TITLE[0],
        WHOLE,
        "Bakers may not sell bread on Sundays, the court decided.",
    ]
    assert found.keywords == ("read by OCR, 50 %",)


def hocr(*pages: list[list[str]]) -> str:
    def block(lines: list[str]) -> str:
        return "".join(
            "<span class='ocr_line'>"
            + " ".join(
                f"<span class='ocrx_word' title='bbox 1 1 9 9; x_wconf 88'>{word}</span>"
                for word in line.split()
            )
            + "</span>\n"
            for line in lines
        )

    shown = "".join(
        "<div class='ocr_page'>"
        + "".join(f"<p class='ocr_par'>{block(each)}</p>" for each in page)
        + "</div>"
        for page in pages
    )
    head = "<head><title></title><meta name='ocr-system' content='x'/></head>"
    return f"<!DOCTYPE html><html lang='en'>{head}<body>{shown}</body></html>"


@pytest.mark.parametrize("name", ["0001.hocr", "0001.html", "0001"])
def test_hocr(parse_bytes: ParseBytes, name: str) -> None:
    found = article(parse_bytes(name, hocr([TITLE, STORY]).encode()))
    assert found.text.split("\n\n") == [TITLE[0], WHOLE]
    assert (found.language, found.keywords) == ("en", ("read by OCR, 88 %",))


def test_each_page_of_hocr_is_an_article(parse_bytes: ParseBytes) -> None:
    found = parse_bytes("a.hocr", hocr([STORY], [BREAD]).encode())
    assert [item.source for item in found] == ["desk/a.hocr#1", "desk/a.hocr#2"]


@pytest.mark.parametrize(
    "data", [b"<alto", b"<alto><Page>", b"<PcGts>&x;</PcGts>", b"<mets:mets>", b"<html class='ocr_page'"]
)
def test_damaged_pages_are_rejected(parse_bytes: ParseBytes, data: bytes) -> None:
    assert not [item for item in parse_bytes("a.xml", data) if isinstance(item, Article)]
