"""Parses RTF, one story per file, or a bundle of them, with striprtf."""

import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from assistant.article import Article
from ingest.formats.document_properties import Document, stories_of
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry, Unreadable
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".rtf",)

_INSTRUCTION = re.compile(r"\{\\\*\\fldinst(?:[^{}]++|\{[^{}]*+\})*+\}")
"""What a field is for, such as the address of a link; its text follows."""

_CELL = re.compile(r"\\(?:nest)?cell(?![a-z])")
_PARAGRAPH = re.compile(r"\\(?:par|line|sect|row)(?![a-z])")
_LINE_END = re.compile(r"\r\n?|\n")
_CREATED = re.compile(r"\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is an RTF document, whatever its name."""
    return head.lstrip().startswith(b"{\\rtf")


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the story of a document, or those of a bundle. Title, author and day are found as in Word documents."""
    data = decode(entry.whole())
    created = _CREATED.search(data)
    yield from stories_of(
        Document(
            _text(data).split("\n"),
            title=_property(data, "title"),
            author=_property(data, "author"),
            created="{}-{:0>2}-{:0>2}".format(*created.groups()) if created else None,
            keywords=_property(data, "keywords"),
        ),
        entry.source,
        options,
    )


def _text(data: str) -> str:
    if not _PARAGRAPH.search(data):
        # Programs that write no paragraphs mean their line ends.
        data = _LINE_END.sub(r"\\par ", data)
    # The library writes addresses into the text, and bars between cells.
    data = _CELL.sub(r"\\tab", _INSTRUCTION.sub("", data))
    try:
        text: str = rtf_to_text(data, errors="replace")  # type: ignore[no-untyped-call]
    except Exception as error:
        # The library fails in many ways on damaged documents.
        raise Unreadable(f"a damaged RTF document: {error}") from error
    # Characters above 65,535 come in two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _property(data: str, name: str) -> str | None:
    match = re.search(rf"\{{\\{name} ([^{{}}]{{1,1000}})\}}", data[:65_536])
    return _text(f"{{\\rtf1 {match[1]}}}") if match else None
