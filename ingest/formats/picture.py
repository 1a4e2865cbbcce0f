"""Parses pictures of printed pages (PNG, JPEG, TIFF, JPEG 2000): one file is one article, which OCR recognises."""

from collections.abc import Iterator

from assistant.article import Article
from ingest.formats import ocr, printed
from ingest.formats.containers import seekable
from ingest.formats.document_properties import Document
from ingest.formats.entry import Entry
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".jp2")

SMALLEST = 400
"""Minimum pixels of the longer side of a page; smaller pictures are icons."""

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  ")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is a picture."""
    return head.startswith(_BEGINNINGS)


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a picture, and a Rejected for pages whose order of columns is not certain."""
    if not ocr.is_installed():
        yield Rejected(entry.source, ocr.MISSING, extra=ocr.EXTRA)
        return
    with seekable(entry) as file:
        pages = [ocr.recognise(page) for page in ocr.pictures(file) if max(page.size) >= SMALLEST]
    yield from printed.recognised(pages, Document([]), entry.source, options)
