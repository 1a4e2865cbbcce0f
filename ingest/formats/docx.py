"""Parses Word documents (.docx), one story per file.

Parses the two relevant files of the .docx directly. Libraries unpack and hold the whole document with its pictures,
and allow it to declare entities. Here text is read piece by piece, and declarations are refused.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from xml.parsers import expat

from assistant.article import Article
from ingest.formats.containers import ERRORS, LimitedStream, seekable
from ingest.formats.document_properties import Document, stories_of
from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES, Entry, Unreadable, too_large
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".docx",)

MAX_XML_BYTES = 400_000_000
"""Maximum bytes of a document's XML. It has ten to twenty bytes for one of text, more with tracked changes."""

DEEPEST = 500
"""Maximum nesting of elements; tables in tables and text boxes need a few dozen."""

_PART = "word/document.xml"
_PROPERTIES = "docProps/core.xml"
_OLD = b"\xd0\xcf\x11\xe0"
_FIRST_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"customXml/")
_NAMESPACE = re.compile(r"http://(?:schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml)/wordprocessingml/")
_LEFT_OUT = frozenset({"Fallback", "moveFrom", "del", "footnoteReference", "endnoteReference"})
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_OFF = ("0", "false", "off")
_CORE = {"title": "title", "creator": "creator", "created": "created", "keywords": "keywords"}
_HEADING = re.compile(r"Title|Titel|Titre|Heading ?1|(?:Ü)?berschrift ?1|Titre1", re.IGNORECASE)
"""Names of Word's title styles in English, German and French."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is a Word document: a .zip that begins with the parts of one or has the suffix."""
    if suffix in SUFFIXES:
        return head.startswith((b"PK\x03\x04", _OLD))
    return head.startswith(b"PK\x03\x04") and head[30:].startswith(_FIRST_PARTS) and b"word/" in head


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the story of a document, or those of a bundle, without headers, footers, notes and deleted text."""
    if entry.head().startswith(_OLD):
        raise Unreadable("encrypted, or an old Word document: save it as .docx without a password")
    with seekable(entry) as file:
        size = file.seek(0, io.SEEK_END)
        try:
            archive = zipfile.ZipFile(file)
        except ERRORS as error:
            raise Unreadable(f"a damaged .docx: {error}") from error
        body = _Body()
        _parse(archive, _PART, body, size)
        core = _Core()
        if _PROPERTIES in archive.namelist():
            _parse(archive, _PROPERTIES, core, size)
    yield from stories_of(
        Document(
            body.paragraphs,
            heading=body.heading,
            title=core.found.get("title"),
            author=core.found.get("creator"),
            created=core.found.get("created"),
            keywords=core.found.get("keywords"),
        ),
        entry.source,
        options,
    )


class _Handler:
    """Handles the elements of a part."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element; names are `namespace name`."""

    def end(self, name: str) -> None:
        """Handle the end of an element."""

    def text(self, text: str) -> None:
        """Handle characters inside an element."""


class _Body(_Handler):
    """The paragraphs of a document. A text box is inside a paragraph, and comes before it."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self.heading = ""
        """The first paragraph with a title style."""
        self._open: list[list[str]] = []
        self._size = 0
        self._left_out = 0
        self._in_text = False
        self._hidden = False
        self._is_heading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._left_out or local in _LEFT_OUT:
            self._left_out += 1
        elif not _NAMESPACE.match(space):
            return
        elif local == "p":
            self._open.append([])
        elif local == "r":
            self._hidden = False
        elif local == "vanish":
            self._hidden = _value(attributes) not in _OFF
        elif local == "pStyle":
            self._is_heading = _HEADING.fullmatch(_value(attributes)) is not None
        elif local == "t":
            self._in_text = True
        elif local in _BREAKS and self._open:
            self._add(_BREAKS[local])

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if self._left_out:
            self._left_out -= 1
        elif local == "t":
            self._in_text = False
        elif local == "p" and self._open and _NAMESPACE.match(name):
            text = "".join(self._open.pop())
            self.paragraphs.append(text)
            if self._is_heading and not self.heading:
                self.heading = text
            self._is_heading = False

    def text(self, text: str) -> None:
        if self._in_text and not self._hidden and not self._left_out and self._open:
            self._add(text)

    def _add(self, text: str) -> None:
        self._open[-1].append(text)
        self._size += len(text)
        if self._size > MAX_ARTICLE_BYTES:
            raise Unreadable(too_large(None))


class _Core(_Handler):
    """The properties of a document by name."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._name = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._name = _CORE.get(name.rpartition(" ")[2], "")

    def end(self, name: str) -> None:
        self._name = ""

    def text(self, text: str) -> None:
        if self._name and len(self.found.get(self._name, "")) < HEAD:
            self.found[self._name] = self.found.get(self._name, "") + text


def _value(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.rpartition(" ")[2] == "val"), "")


def _parse(archive: zipfile.ZipFile, name: str, handler: _Handler, size: int) -> None:
    """Pass the elements of a part to its handler. Raises Unreadable for damaged or hostile parts."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Unreadable(f"its XML nests more than {DEEPEST} elements")
        handler.start(element, attributes)

    def end(element: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(element)

    def declares(*_: object) -> None:
        raise Unreadable("its XML declares entities, which Word documents never do; not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = declares
    try:
        member = archive.getinfo(name)
        if member.flag_bits & 0x1:
            raise Unreadable("encrypted: save it without a password")
        with archive.open(member) as opened:
            stream = LimitedStream(opened, partial(min, member.compress_size, size), "part of the .docx")
            read = 0
            while data := stream.read(HEAD):
                read += len(data)
                if read > MAX_XML_BYTES:
                    raise Unreadable(too_large(None))
                parser.Parse(data, False)
            parser.Parse(b"", True)
    except KeyError:
        raise Unreadable(f"not a Word document: it has no {name}") from None
    except expat.ExpatError as error:
        raise Unreadable(f"damaged XML in {name}: {error}") from error
    except ERRORS as error:
        raise Unreadable(f"a damaged .docx: {error}") from error
