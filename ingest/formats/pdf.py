"""Parses PDF: one document is one article, made from its text layer. OCR reads its pages that are pictures.

PDFium runs in its own process, so that memory and time can be limited and a crash stays there.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from assistant.article import Article
from assistant.errors import SourceError
from ingest.formats import ocr, printed
from ingest.formats.columns import Reading, in_reading_order
from ingest.formats.containers import seekable
from ingest.formats.document_properties import Document
from ingest.formats.entry import Entry, Unreadable, too_large
from ingest.formats.layout import Line
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".pdf",)

PATIENCE = 180
"""Seconds until parsing a PDF is aborted. Where the system allows it, processor time is limited to a third of this.
This limit is for other systems, and for busy machines."""

PROGRAM = Path(__file__).with_name("pdf_pages.py")

_FAILURES = {
    "password": "encrypted: save it without its password and ingest that",
    "damaged": "a damaged PDF: it cannot be opened",
    "pages": "a PDF of more than 5,000 pages: split it",
    "text": too_large(None),
}
_NO_TEXT = "no text layer. RapidOCR reads such scans: run pip install 'backfile[ocr]', and ingest it again"


@dataclass(frozen=True)
class _Document:
    stated: Document
    pages: list[list[Line]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    """Numbers of the pages that show something but contain no text."""
    doubtful: list[int] = field(default_factory=list)
    """Numbers of the pages that are left out, because the order of their columns is not certain."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a PDF; some have a few other bytes before."""
    return head.startswith(b"%PDF-") or (suffix in SUFFIXES and b"%PDF-" in head[:1024])


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a document, and another of its pages that are pictures, if OCR can read them.

    The properties state when the file was made, which for back numbers is decades later. So no date is taken from
    them.
    """
    with seekable(entry) as file:
        document = _document(file)
        found = printed.article(document.pages, document.stated, entry.source, options)
        if document.doubtful:
            yield Rejected(
                entry.source,
                f"{printed.numbered(document.doubtful, len(document.pages))} {printed.ORDER_IN_DOUBT}",
            )
        if found is not None:
            yield found
        elif not document.doubtful and not document.unread:
            yield Rejected(entry.source, "no text: its pages are empty")
        if document.unread and ocr.is_installed():
            # What was recognised is not mixed with the text that the document states.
            place = entry.source if found is None else f"{entry.source}#{document.unread[0]}"
            pages = [_recognised(file, number) for number in document.unread]
            yield from printed.recognised(pages, document.stated, place, options, document.unread)
        elif document.unread:
            yield Rejected(
                entry.source,
                f"{printed.numbered(document.unread, len(document.pages))} have {_NO_TEXT}",
                extra=ocr.EXTRA,
            )


def _recognised(file: IO[bytes], number: int) -> ocr.Page:
    """Return what OCR reads on a page."""
    drawn = _run(file, "--page", str(number))
    [page] = ocr.pictures(io.BytesIO(drawn.stdout)) if drawn.returncode == 0 else [None]
    return ocr.Page((), Reading([])) if page is None else ocr.recognise(page)


def _run(file: IO[bytes], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program on a document. Raises Unreadable, and SourceError if no process can be started."""
    try:
        return subprocess.run(
            # -P: modules in this folder have the names of standard modules.
            [sys.executable, "-P", str(PROGRAM), *arguments],
            stdin=file.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("a PDF that takes minutes to parse; not read") from None
    except OSError as error:
        # Not a Rejected, because that would be stored: the fault is not in the file.
        raise SourceError(
            f"no process could be started to read it ({error.strerror}): end some programs, and run the same command "
            "again"
        ) from error


def _document(file: IO[bytes]) -> _Document:
    done = _run(file)
    lines = done.stdout.splitlines()
    values = [json.loads(line) for line in lines[:-1]]
    # If the process was ended while writing, the last line is incomplete.
    if done.returncode == 0 and lines:
        values.append(json.loads(lines[-1]))
    failure = next((value["failure"] for value in values if "failure" in value), None)
    if failure is not None:
        raise Unreadable(_FAILURES[failure])
    if done.returncode != 0 or not values:
        raise Unreadable(
            "a PDF that cannot be parsed within a minute and 1 GB of memory, which real documents never need; not read"
        )
    first, *pages = values
    readings = [in_reading_order([Line(*line) for line in page["lines"]]) for page in pages]
    return _Document(
        Document([], title=first["title"], author=first["author"], keywords=first["keywords"]),
        [[] if reading.is_doubtful else reading.lines for reading in readings],
        [number for number, page in enumerate(pages, 1) if page["drawn"] and not page["lines"]],
        [number for number, reading in enumerate(readings, 1) if reading.is_doubtful],
    )
