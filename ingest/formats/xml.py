"""Reads XML from unknown sources: expands no entity, fetches nothing, and loses only the broken record itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

import lxml.etree

from ingest.articles.markup import without_markup
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry, Unreadable
from ingest.formats.xml_tree import BrokenXml, Element, Preamble
from ingest.formats.xml_window import BrokenRecord, RecordBytes, XmlWindow
from ingest.sources.rejections import Rejected

_OF_TEXT = re.compile(
    r"(?:utf-?8|iso-?8859-|iso-2022-|windows-|cp\d|koi8|mac|gb|hz|big5|euc-|shift|s?jis|ks_c|tis|latin|(?:us-)?ascii).*"
)
"""Encodings that a document may declare; Python has others that are not for text and can be arbitrarily slow."""

_PROLOG = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*)?>)*+", re.DOTALL)
_NAME = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")


@dataclass(frozen=True)
class XmlRecord:
    """One record of a document: its place, its tree, and the element that contains it."""

    source: str
    element: Element
    parent: Element | None
    """The element that contains the records, such as a feed's channel, as read before the first record. None if the
    record is the document itself."""


def root_name(head: bytes) -> str | None:
    """Return the name of a document's root element, without its prefix; None if there is none.

    >>> root_name(b"<?xml version='1.0'?><!-- news --><rdf:RDF>")
    'RDF'
    """
    prolog = _PROLOG.match(head)
    name = _NAME.match(head, prolog.end()) if prolog else None
    return name[1].decode("utf-8", "replace") if name else None


def records(entry: Entry, *names: str, lenient: bool = False) -> Iterator[XmlRecord | Rejected]:
    """Yield the elements with these names. They are numbered from 1 unless one is the whole document.

    If `lenient`, children of a record that are not XML, such as unescaped HTML, are read as text.
    """
    encoding = _encoding(entry.head())
    window = XmlWindow(entry.stream, names)
    preamble: Preamble | None = None
    number = 0
    found = window.records()
    current = next(found, None)
    while current is not None:
        if preamble is None:
            preamble = Preamble(decode(window.preamble or b"", encoding), is_cut=window.preamble_is_cut)
        failure: Unreadable | None = None
        try:
            following = next(found, None)
        except Unreadable as error:
            following, failure = None, error
        number += 1
        alone = number == 1 and following is None and failure is None and preamble.is_empty
        yield _record(
            current, entry.source if alone else f"{entry.source}#{number}", preamble, encoding, lenient
        )
        if failure is not None:
            raise failure
        current = following
    if not number:
        yield Rejected(entry.source, "no records")


def local(element: Element) -> str:
    """Return the name of an element without its namespace; empty for other nodes."""
    tag = element.tag
    return re.split(r"[}:]", tag)[-1] if isinstance(tag, str) else ""


def inner(element: Element | None, *path: str) -> Element | None:
    """Return the first element at the end of a path of names, in any namespace."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children with this name."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def line(element: Element | None) -> str | None:
    """Return the text of an element on one line; None if there is none."""
    if element is None:
        return None
    return " ".join("".join(element.itertext()).split()) or None


def content(element: Element | None) -> str:
    """Return the content of an element in paragraphs: text, HTML written as text, or HTML elements."""
    return "" if element is None else without_markup(markup(element))


def markup(element: Element) -> str:
    """Return the content of an element: its text, which may be HTML, or its elements written as HTML again."""
    if not len(element):
        return element.text or ""
    for each in element.iter():
        each.tag = local(each)
    lxml.etree.strip_elements(element, "head", with_tail=False)
    pieces = (lxml.etree.tostring(child, method="html", encoding="unicode") for child in element)
    return f"<div>{escape(element.text or '')}{''.join(pieces)}</div>"


def language(element: Element | None) -> str | None:
    """Return the `xml:lang` of an element or of the elements around it."""
    while element is not None:
        if named := element.get("{http://www.w3.org/XML/1998/namespace}lang") or element.get("lang"):
            return str(named)
        element = element.getparent()
    return None


def _encoding(head: bytes) -> str | None:
    """Return the encoding that a document declares, if its bytes can be in it."""
    declared = _DECLARED.search(head[:1024])
    name = declared[1].decode("ascii").lower() if declared else ""
    return name if _OF_TEXT.fullmatch(name) else None


def _record(
    current: RecordBytes | BrokenRecord, source: str, preamble: Preamble, encoding: str | None, lenient: bool
) -> XmlRecord | Rejected:
    if isinstance(current, BrokenRecord):
        return Rejected(source, current.reason)
    text = decode(current.data, encoding)
    if not current.closed:
        text = f"{text}</{current.name.decode('utf-8', 'replace')}>"
    try:
        return XmlRecord(source, preamble.parse(text, lenient=lenient and current.closed), preamble.parent)
    except BrokenXml as error:
        return Rejected(source, str(error))
