"""Parses recognised pages: ALTO, PAGE XML and hOCR. One page is one article."""

import re
from collections.abc import Iterator

import lxml.html

from assistant.article import Article
from ingest.articles.builder import Extracted
from ingest.articles.markup import parse_html
from ingest.formats import mets
from ingest.formats.alto import pages_of
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry, Unreadable
from ingest.formats.recognised import Block, Recognised, article
from ingest.formats.xml import children, inner, local, root_name
from ingest.formats.xml_tree import BrokenXml, Element, parse_xml
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

ALTO_SUFFIXES = (".alto",)
HOCR_SUFFIXES = (".hocr",)
PAGE_SUFFIXES = (".page",)

_HOCR = re.compile(rb"""class\s*=\s*["']ocr_page\b|name\s*=\s*["']ocr-system["']""")
_CONFIDENCE = re.compile(r"\bx_wconf\s+(\d{1,3})")


def recognises_alto(head: bytes, suffix: str) -> bool:
    """Whether a file begins like an ALTO document."""
    return root_name(head) == "alto"


def recognises_page(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a PAGE XML document."""
    return root_name(head) == "PcGts"


def recognises_hocr(head: bytes, suffix: str) -> bool:
    """Whether a file is HTML in which an OCR program marked pages and words."""
    return b"<html" in head[:4096].lower() and _HOCR.search(head) is not None


def parse_alto(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each page, unless the METS document of its issue divides it into stories."""
    if mets.divides(entry):
        yield Skipped(entry.source, "pages that a METS document divides into stories", 1)
        return
    yield from _articles(pages_of(_tree(entry)), entry, options)


def parse_page(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each page, its regions in the stated order of reading."""
    pages = [each for each in _tree(entry) if local(each) == "Page"]
    yield from _articles([Recognised([*map(_region, _regions(page))]) for page in pages], entry, options)


def parse_hocr(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each page."""
    tree = parse_html(decode(entry.whole()))
    if tree is None:
        raise Unreadable("no pages in the file")
    language = Extracted(text="", language=tree.get("lang"))
    pages = _of_class(tree, "ocr_page")
    yield from _articles([Recognised([*_blocks(page)], language) for page in pages], entry, options)


def _articles(pages: list[Recognised], entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    if not pages:
        yield Rejected(entry.source, "no pages in the file")
    for number, page in enumerate(pages, 1):
        yield article(page, entry.source if len(pages) == 1 else f"{entry.source}#{number}", options)


def _tree(entry: Entry) -> Element:
    try:
        return parse_xml(decode(entry.whole()))
    except BrokenXml as error:
        raise Unreadable(str(error)) from error


def _regions(page: Element) -> list[Element]:
    """Return the regions of text in the stated order, the others after them."""
    regions = {region.get("id"): region for region in page.iter() if local(region) == "TextRegion"}
    order = inner(page, "ReadingOrder")
    stated = (
        [] if order is None else [each.get("regionRef") for each in order.iter() if each.get("regionRef")]
    )
    names = dict.fromkeys([*(name for name in stated if name in regions), *regions])
    return [regions[name] for name in names]


def _region(region: Element) -> Block:
    lines: list[str] = []
    confidences: list[float] = []
    for line in children(region, "TextLine"):
        lines.append(
            _transcription(line) or " ".join(filter(None, map(_transcription, children(line, "Word"))))
        )
        for each in [*children(line, "Word")] or [line]:
            confidences += _confidence(inner(each, "TextEquiv"))
    return Block(lines if any(lines) else (_transcription(region) or "").split("\n"), confidences)


def _transcription(element: Element) -> str:
    unicode = inner(element, "TextEquiv", "Unicode")
    return "" if unicode is None else unicode.text or ""


def _confidence(equivalent: Element | None) -> list[float]:
    try:
        return [float(equivalent.get("conf"))] if equivalent is not None else []
    except (TypeError, ValueError):
        return []


def _of_class(element: lxml.html.HtmlElement, *names: str) -> list[lxml.html.HtmlElement]:
    return [each for each in element.iter() if set(names) & set((each.get("class") or "").split())]


def _blocks(page: lxml.html.HtmlElement) -> Iterator[Block]:
    blocks = _of_class(page, "ocr_par") or _of_class(page, "ocr_carea") or [page]
    for block in blocks:
        lines = _of_class(block, "ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat") or [block]
        words = _of_class(block, "ocrx_word")
        stated = (_CONFIDENCE.search(word.get("title") or "") for word in words)
        yield Block(
            [" ".join(line.text_content().split()) for line in lines],
            [int(match[1]) / 100 for match in stated if match],
        )
