"""Parses OpenDocument texts (.odt), one story per file, or a bundle of them.

Parsed directly, because odfpy builds the whole document and resolves entities that it declares.
"""

from collections.abc import Iterator

from assistant.article import Article
from ingest.formats.document_properties import Document, stories_of
from ingest.formats.entry import Entry, Unreadable
from ingest.formats.xml import children, inner, line, local
from ingest.formats.xml_tree import Element
from ingest.formats.zipped import opened, states_type
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".odt", ".ott")

DEEPEST = 500
"""Maximum nesting of elements."""

_TYPES = (b"application/vnd.oasis.opendocument.text",)
_PARAGRAPHS = ("p", "h")
_LEFT_OUT = frozenset(
    {"note", "annotation", "tracked-changes", "forms", "table-of-content", "sequence-decls"}
)
_BREAKS = {"line-break": "\n", "tab": "\t", "s": " "}


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is an OpenDocument text."""
    return states_type(head, *_TYPES)


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the story of a document, or those of a bundle, without headers, footers, notes and deleted text.

    Title, author and day are found as in Word documents.
    """
    with opened(entry) as document:
        content = document.xml("content.xml")
        stated = inner(document.xml("meta.xml"), "meta") if "meta.xml" in document else None
    body = inner(content, "body", "text")
    if body is None:
        raise Unreadable("not an OpenDocument text: it has no text")
    paragraphs: list[str] = []
    heading = ""
    for element in _paragraphs(body):
        text = _text(element)
        paragraphs.append(text)
        if local(element) == "h" and not heading:
            heading = text
    yield from stories_of(
        Document(
            paragraphs,
            heading=heading,
            title=line(inner(stated, "title")),
            author=line(inner(stated, "initial-creator")) or line(inner(stated, "creator")),
            created=line(inner(stated, "creation-date")),
            keywords=[line(each) for each in children(stated, "keyword")],
        ),
        entry.source,
        options,
    )


def _paragraphs(body: Element) -> Iterator[Element]:
    """Yield the paragraphs of a text in order; one inside a frame comes after the paragraph that holds the frame."""
    waiting: list[Element] = list(reversed(body))
    while waiting:
        element = waiting.pop()
        if local(element) in _LEFT_OUT:
            continue
        if local(element) in _PARAGRAPHS:
            yield element
        waiting.extend(reversed(element))


def _text(paragraph: Element) -> str:
    """Return the text of a paragraph, without paragraphs inside it."""
    pieces: list[str] = []
    waiting: list[Element | str] = [*reversed([*_content(paragraph)])]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            pieces.append(part)
        elif local(part) in _BREAKS:
            pieces.append(_BREAKS[local(part)])
        elif local(part) not in _LEFT_OUT and local(part) not in _PARAGRAPHS:
            waiting.extend(reversed([*_content(part)]))
    return "".join(pieces)


def _content(element: Element) -> Iterator[Element | str]:
    yield element.text or ""
    for child in element:
        yield child
        yield child.tail or ""
