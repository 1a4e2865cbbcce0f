"""Parses PDF: one document is one article, made from its text layer.

PDFium runs in its own process, so that memory and time can be limited and a crash stays there.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.article import UNDATED, Article
from assistant.errors import SourceError
from ingest.articles.builder import Extracted, build_article
from ingest.articles.canonical import clean, join
from ingest.formats import layout
from ingest.formats.columns import in_reading_order
from ingest.formats.containers import seekable
from ingest.formats.document_properties import LONGEST_TITLE_LINE, add_author, choose_title
from ingest.formats.entry import Entry, Unreadable, too_large
from ingest.formats.layout import Line
from ingest.formats.masthead import masthead
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
_NO_TEXT = "no text layer, as scans have none: run text recognition (OCR) over it first"


@dataclass(frozen=True)
class _Document:
    title: str | None
    author: str | None
    keywords: str | None
    pages: list[list[Line]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    """Numbers of the pages that show something but contain no text."""
    doubtful: list[int] = field(default_factory=list)
    """Numbers of the pages that are left out, because the order of their columns is not certain."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a PDF; some have a few other bytes before."""
    return head.startswith(b"%PDF-") or (suffix in SUFFIXES and b"%PDF-" in head[:1024])


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a document, and a Rejected for pages that are pictures.

    The properties state when the file was made, which for back numbers is decades later. So no date is taken from
    them.
    """
    document = _document(entry)
    found = [
        layout.Paragraph(text, paragraph.size, paragraph.page)
        for paragraph in layout.paragraphs(document.pages)
        if (text := clean(paragraph.text))
    ]
    if document.doubtful:
        yield Rejected(
            entry.source,
            f"{_pages(document.doubtful, document)} left out: the order of the columns is not certain, and a wrong one "
            "would join parts of different sentences. Save each column, or the text, as a document of its own",
        )
    if not found:
        if not document.doubtful:
            yield Rejected(entry.source, _NO_TEXT if document.unread else "no text: its pages are empty")
        return
    printed = masthead(found)
    found = found[printed.length :] if printed else found
    parts = [paragraph.text for paragraph in found]
    title = layout.heading(found, LONGEST_TITLE_LINE) or choose_title(document.title, parts)
    yield add_author(
        build_article(
            Extracted(
                text=join(parts),
                title=title,
                outlet=printed.name if printed else None,
                mentioned=printed.published if printed else UNDATED,
                keywords=document.keywords,
            ),
            entry.source,
            options,
        ),
        document.author,
    )
    if document.unread:
        yield Rejected(
            entry.source,
            f"{_pages(document.unread, document)} have {_NO_TEXT}",
        )


def _document(entry: Entry) -> _Document:
    with seekable(entry) as file:
        try:
            done = subprocess.run(
                # -P: modules in this folder have the names of standard modules.
                [sys.executable, "-P", str(PROGRAM)],
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
                f"no process could be started to read {entry.source} ({error.strerror}): end some programs, and run "
                "the same command again"
            ) from error
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
        first["title"],
        first["author"],
        first["keywords"],
        [[] if reading.is_doubtful else reading.lines for reading in readings],
        [number for number, page in enumerate(pages, 1) if page["drawn"] and not page["lines"]],
        [number for number, reading in enumerate(readings, 1) if reading.is_doubtful],
    )


def _pages(numbers: Sequence[int], document: _Document) -> str:
    return f"{len(numbers)} of its {len(document.pages)} pages ({_ranges(numbers)})"


def _ranges(numbers: Sequence[int]) -> str:
    """Return `3, 5–9` for 3, 5, 6, 7, 8, 9; only the first ten ranges."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in ranges[:10]]
    return ", ".join(shown) + (", …" if len(ranges) > 10 else "")
