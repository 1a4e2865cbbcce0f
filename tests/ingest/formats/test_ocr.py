"""Pictures of pages, and pages of PDF documents that are pictures."""

import io
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz.distance import Levenshtein

from assistant.answer import Citation
from assistant.archive.catalog import Catalog
from assistant.article import Article, Source
from assistant.terminal.printing import citation_lines
from ingest.__main__ import main
from ingest.formats import ocr, registry
from ingest.formats.columns import Reading, in_reading_order
from ingest.formats.layout import Line
from ingest.sources.rejections import Rejected
from tests import fakes
from tests.fakes import WordEncoder
from tests.ingest.formats.test_pdf import document, shown
from tests.ingest.parsed import ParseBytes, article, reason

PRINTED = [
    "Sea wall gives way at Merrow",
    "The sea wall at Merrow gave way on Tuesday",
    "night, and forty cellars in the harbour were",
    "under water. Nobody was hurt in the flood.",
]
STORY = " ".join(PRINTED[1:])


def picture(lines: Sequence[str], format: str = "PNG", size: tuple[int, int] = (900, 420)) -> bytes:
    """Return a picture with these lines."""
    page = Image.new("L", size, 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((50, 40 + 50 * number), line, fill=0, font=ImageFont.load_default(32))
    held = io.BytesIO()
    page.save(held, format)
    return held.getvalue()


def scan(lines: Sequence[str]) -> bytes:
    """Return a PDF whose second page is a picture of these lines; the first has text."""
    page = Image.open(io.BytesIO(picture(lines))).convert("L")
    stream = page.tobytes().hex()
    drawn = (
        f"<< /Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /ColorSpace /DeviceGray "
        f"/BitsPerComponent 8 /Filter /ASCIIHexDecode /Length {len(stream)} >>\nstream\n{stream}\nendstream"
    )
    return document(
        shown(["All sailings were cancelled."]), "q 540 0 0 252 20 500 cm /X Do Q", extra=[drawn]
    ).replace(b"/X 5 0 R", b"/X 9 0 R")


class Printed:
    """Stands for the recogniser: returns pages in turn."""

    def __init__(self, *pages: ocr.Page) -> None:
        self._pages = list(pages)

    def __call__(self, picture: Image.Image) -> ocr.Page:
        return self._pages.pop(0)


def page(lines: Sequence[str], confidence: float = 0.9, *, is_doubtful: bool = False) -> ocr.Page:
    """Return a page with these lines, as it is recognised."""
    placed = [Line(line, 40, 40 + 6 * len(line), 700 - 14 * n, 711 - 14 * n) for n, line in enumerate(lines)]
    words = [ocr.Word(word, 0, 0, 0, 0, confidence) for line in lines for word in line.split()]
    return ocr.Page(words, Reading(placed, is_doubtful))


@pytest.fixture
def recognised(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    return monkeypatch


@pytest.mark.models
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "JPEG2000"])
def test_a_picture_of_a_page_is_an_article(parse_bytes: ParseBytes, format: str) -> None:
    pytest.importorskip("rapidocr")
    found = article(parse_bytes("0001", picture(PRINTED, format)))
    assert STORY in " ".join(found.text.split())
    assert found.keywords[-1].startswith("read by OCR, ")


LONGER = [
    "Bakers at Port Ellery may not sell bread on Sundays,",
    "the county court decided on Monday. Two of them had",
    "sued the harbour board, which owns the market hall,",
    "for 31,400 crowns. The judge said that an order of",
    "1907 was still in force, although nobody had obeyed",
    "it since the war. The bakers want to go to a higher",
    "court. Until then, their ovens stay cold on Sundays,",
    "and the ferry brings bread from Skerra at noon.",
]


def worn(page: Image.Image) -> Image.Image:
    """Return a page as an old print gives it: askew, blurred, stained, dim and grainy, in a coarse JPEG."""
    chance = np.random.default_rng(1907)
    page = page.rotate(0.7, fillcolor=250, resample=Image.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(1.2)
    )
    grey = np.asarray(page, float)
    grey -= np.linspace(0, 60, page.width) + chance.normal(0, 22, grey.shape)
    stained = chance.random(grey.shape)
    grey[stained < 0.002], grey[stained > 0.998] = 40, 250
    held = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(held, "JPEG", quality=30)
    return Image.open(held)


@pytest.mark.models
def test_few_letters_are_read_wrongly() -> None:
    pytest.importorskip("rapidocr")
    clean = Image.open(io.BytesIO(picture(LONGER, size=(1000, 500))))
    for kind, most in ((clean, 0.03), (worn(clean), 0.1)):
        read = "\n".join(line.text for line in ocr.recognise(kind).reading.lines)
        wrong = Levenshtein.distance(read, "\n".join(LONGER))
        assert wrong <= most * len("\n".join(LONGER)), read


@pytest.mark.models
def test_a_page_that_lies_askew_is_read_line_by_line() -> None:
    pytest.importorskip("rapidocr")
    straight = Image.open(io.BytesIO(picture(PRINTED, size=(900, 900))))
    read = ocr.recognise(straight.rotate(2, fillcolor=255))
    assert [line.text for line in read.reading.lines] == PRINTED
    assert len(read.words) == len(" ".join(PRINTED).split())
    assert all(word.left < word.right and word.bottom < word.top for word in read.words)


@pytest.mark.models
def test_a_scanned_page_of_a_pdf_is_not_mixed_with_its_text(parse_bytes: ParseBytes) -> None:
    pytest.importorskip("rapidocr")
    stated, read = parse_bytes("a.pdf", scan(PRINTED))
    assert isinstance(stated, Article) and isinstance(read, Article)
    assert (stated.text, stated.keywords) == ("All sailings were cancelled.", ())
    assert read.source == "desk/a.pdf#2"
    assert STORY in " ".join(read.text.split())
    assert read.keywords[0].startswith("read by OCR, ")


def test_how_surely_a_page_was_read_is_a_keyword(
    parse_bytes: ParseBytes, recognised: pytest.MonkeyPatch
) -> None:
    recognised.setattr(ocr, "recognise", Printed(page(PRINTED, 0.87)))
    assert article(parse_bytes("0001.png", picture([]))).keywords == ("read by OCR, 87 %",)


def test_the_pages_of_a_tiff_are_one_article(parse_bytes: ParseBytes, recognised: pytest.MonkeyPatch) -> None:
    held = io.BytesIO()
    pages = [Image.new("L", (500, 700), 255) for _ in range(2)]
    pages[0].save(held, "TIFF", save_all=True, append_images=pages[1:])
    recognised.setattr(ocr, "recognise", Printed(page(PRINTED[:3]), page(PRINTED[3:])))
    assert STORY in " ".join(article(parse_bytes("0001.tif", held.getvalue())).text.split())


def test_a_page_whose_columns_are_in_doubt_is_left_out(
    parse_bytes: ParseBytes, recognised: pytest.MonkeyPatch
) -> None:
    recognised.setattr(ocr, "recognise", Printed(page(PRINTED, is_doubtful=True)))
    assert reason(parse_bytes("0001.png", picture([]))).startswith(
        "1 of its 1 pages (1) left out: the order of the columns is not certain"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (picture([])[:200], "a damaged picture: "),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a damaged picture: "),
        (b"\xff\xd8\xff" + bytes(range(256)), "a damaged picture: "),
        (picture([], size=(12_000, 9_000)), "a picture of more than 100 million pixels"),
        (picture([], size=(64, 64)), "a picture with fewer than 12 words"),
    ],
)
def test_a_picture_that_cannot_be_read_is_rejected(
    parse_bytes: ParseBytes, recognised: pytest.MonkeyPatch, data: bytes, why: str
) -> None:
    recognised.setattr(ocr, "recognise", Printed())
    assert reason(parse_bytes("0001.png", data)).startswith(why)


def test_a_photograph_is_no_article(parse_bytes: ParseBytes, recognised: pytest.MonkeyPatch) -> None:
    recognised.setattr(ocr, "recognise", Printed(page(["Harbour Street"])))
    assert reason(parse_bytes("0001.png", picture([]))) == "a picture with fewer than 12 words"


def test_columns_that_are_recognised_row_by_row_are_read_one_after_the_other() -> None:
    left = [
        "The sea wall at Merrow gave way on",
        "Tuesday night, and forty cellars were",
        "under water, the mayor said there.",
    ]
    right = [
        "The pilots voted for a strike by",
        "thirty one to four. They want two",
        "men on every cutter from May on.",
    ]
    drawn = [
        Line(text, at, at + 180, 700 - 14 * row, 710 - 14 * row)
        for row, pair in enumerate(zip(left, right, strict=True))
        for text, at in zip(pair, (40, 300), strict=True)
    ]
    assert [line.text for line in in_reading_order(drawn).lines] == [*left, *right]


@pytest.mark.parametrize(
    ("name", "data"), [("0001.png", picture([])), ("0001.jpg", picture([], "JPEG")), ("a.pdf", scan(PRINTED))]
)
def test_without_the_extra_a_scan_is_set_aside_and_read_once_it_is_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    data: bytes,
) -> None:
    monkeypatch.chdir(tmp_path)
    made = WordEncoder()
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: made)
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / name).write_bytes(data)

    def set_installed(is_installed: bool) -> None:
        monkeypatch.setattr(ocr, "is_installed", lambda: is_installed)
        monkeypatch.setitem(registry.EXTRAS, ocr.EXTRA, lambda: is_installed)

    def ingest() -> str:
        main(["desk"])
        return capsys.readouterr().out

    set_installed(False)
    for _ in range(2):
        assert "pip install 'backfile[ocr]'" in ingest()
    set_installed(True)
    monkeypatch.setattr(ocr, "recognise", Printed(page(PRINTED)))
    assert "1 added" in ingest()
    assert "0 added" in ingest()


def test_a_rejection_names_the_extra_that_is_missing() -> None:
    assert Rejected("a.png", ocr.MISSING, extra=ocr.EXTRA).extra in registry.EXTRAS


def test_citations_say_how_surely_a_page_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recognised: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/0001.png").write_bytes(picture([]))
    (tmp_path / "desk/pilots.txt").write_text(
        "Pilots vote\n\nThe pilots of Port Ellery voted for a strike.\n"
    )
    monkeypatch.setattr(ocr, "recognise", Printed(page(PRINTED, 0.87)))
    assert fakes.ingest(Path("archive"), tmp_path / "desk").outcomes["added"] == 2
    with closing(Catalog.open(Path("archive/catalog.sqlite"))) as catalog:
        scanned, typed = catalog.articles()
        assert catalog.recognised([scanned.id, typed.id]) == {scanned.id: "read by OCR, 87 %"}
    source = Source(title="Wall", outlet=None, published=None, url=None, recognised="read by OCR, 87 %")
    cited = Citation(n=1, article=scanned.id, version=1, start=0, end=4, quote="Wall", source=source)
    assert next(citation_lines(cited)) == "[1] Wall – outlet and date unknown (read by OCR, 87 %)"
    assert Citation.from_json(cited.to_json()) == cited
