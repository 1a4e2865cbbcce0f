"""PDF: one document, one article, of its text layer.

PDFium reads it, in a process of its own: that can be given limits of memory and time, and take a crash with it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.article import Article
from assistant.errors import SourceError
from ingest.articles.builder import Extracted, build_article
from ingest.articles.canonical import clean, join
from ingest.formats import layout
from ingest.formats.containers import seekable
from ingest.formats.document_properties import LONGEST_TITLE_LINE, add_author, choose_title
from ingest.formats.entry import Entry, Unreadable, too_large
from ingest.formats.layout import Line
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".pdf",)

PATIENCE = 180
"""Seconds after which reading a PDF is given up. Its processor time is limited to a third of that where a system
can; this is for the others, and for machines with much else to do."""

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
    """Numbers of the pages that show something and hold no text."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a PDF; some have a few bytes of something else before."""
    return head.startswith(b"%PDF-") or (suffix in SUFFIXES and b"%PDF-" in head[:1024])


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of a document; Rejected for pages that are pictures, and where all of them are.

    Its properties say when the file was made, which for back numbers is decades later: no date is taken from them.
    """
    document = _document(entry)
    found = [
        layout.Paragraph(text, paragraph.size, paragraph.page)
        for paragraph in layout.paragraphs(document.pages)
        if (text := clean(paragraph.text))
    ]
    if not found:
        yield Rejected(entry.source, _NO_TEXT if document.unread else "no text: its pages are empty")
        return
    parts = [paragraph.text for paragraph in found]
    title = layout.heading(found, LONGEST_TITLE_LINE) or choose_title(document.title, parts)
    yield add_author(
        build_article(
            Extracted(text=join(parts), title=title, keywords=document.keywords), entry.source, options
        ),
        document.author,
    )
    if document.unread:
        yield Rejected(
            entry.source,
            f"{len(document.unread)} of its {len(document.pages)} pages ({_ranges(document.unread)}) have {_NO_TEXT}",
        )


def _document(entry: Entry) -> _Document:
    with seekable(entry) as file:
        try:
            done = subprocess.run(
                # -P: modules beside the program have names of the standard library's.
                [sys.executable, "-P", str(PROGRAM)],
                stdin=file.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable("a PDF that takes minutes to read; not read") from None
        except OSError as error:
            # No verdict on the file, which would be remembered.
            raise SourceError(
                f"no process could be started to read {entry.source} ({error.strerror}): end some programs, and run "
                "the same command again"
            ) from error
    lines = done.stdout.splitlines()
    values = [json.loads(line) for line in lines[:-1]]
    # The last line is cut off where the process was ended within it.
    if done.returncode == 0 and lines:
        values.append(json.loads(lines[-1]))
    failure = next((value["failure"] for value in values if "failure" in value), None)
    if failure is not None:
        raise Unreadable(_FAILURES[failure])
    if done.returncode != 0 or not values:
        raise Unreadable(
            "a PDF that cannot be read within a minute and 1 GB of memory, as no honest one takes; not read"
        )
    first, *pages = values
    return _Document(
        first["title"],
        first["author"],
        first["keywords"],
        [[Line(*line) for line in page["lines"]] for page in pages],
        [number for number, page in enumerate(pages, 1) if page["drawn"] and not page["lines"]],
    )


def _ranges(numbers: Sequence[int]) -> str:
    """`3, 5–9` for 3, 5, 6, 7, 8, 9; the first ten of such ranges."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in ranges[:10]]
    return ", ".join(shown) + (", …" if len(ranges) > 10 else "")
