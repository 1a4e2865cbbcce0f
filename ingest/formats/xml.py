"""XML as it comes from strangers: no entity is expanded, nothing is fetched, and a broken record costs only itself."""

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

_AS_WINDOWS_1252 = re.compile(r"iso[-_]?8859-1|latin-?1|(?:us-)?ascii")
"""Encodings under whose names that one is written, and none of whose own characters it lacks."""

_OF_TEXT = re.compile(
    r"(?:utf-?8|iso-?8859-|iso-2022-|windows-|cp\d|koi8|mac|gb|hz|big5|euc-|shift|s?jis|ks_c|tis|latin).*"
)
"""Encodings that text may declare; Python has others, made for other things and as slow as one likes."""

_PROLOG = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*)?>)*+", re.DOTALL)
_NAME = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")


@dataclass(frozen=True)
class XmlRecord:
    """One record of a document: its place, its tree, and the element in which it lies."""

    source: str
    element: Element
    around: Element | None
    """The element that holds the records, such as a feed's channel, as far as it was read before the first of
    them; None where the record is the document itself."""


def root_name(head: bytes) -> str | None:
    """The name of the element that a document begins with, without its prefix; None where it begins with none.

    >>> root_name(b"<?xml version='1.0'?><!-- news --><rdf:RDF>")
    'RDF'
    """
    prolog = _PROLOG.match(head)
    name = _NAME.match(head, prolog.end()) if prolog else None
    return name[1].decode("utf-8", "replace") if name else None


def records(entry: Entry, *names: str, lenient: bool = False) -> Iterator[XmlRecord | Rejected]:
    """Yield the elements of these names; they are numbered from 1 unless one is the whole document.

    Read `lenient`, a part of a record that is no XML, such as HTML that nobody escaped, is taken for text.
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
    """The name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return re.split(r"[}:]", tag)[-1] if isinstance(tag, str) else ""


def inner(element: Element | None, *path: str) -> Element | None:
    """The first element at the end of a path of names, whatever their namespaces."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The elements of this name that lie directly in another."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def line(element: Element | None) -> str | None:
    """All text of an element, on one line; None where there is none."""
    if element is None:
        return None
    return " ".join("".join(element.itertext()).split()) or None


def content(element: Element | None) -> str:
    """The text of an element that holds text, HTML written as text, or elements of HTML, in paragraphs."""
    return "" if element is None else without_markup(markup(element))


def markup(element: Element) -> str:
    """What an element holds, as it stands there: text, which may be HTML, or elements written as HTML again."""
    if not len(element):
        return element.text or ""
    for each in element.iter():
        each.tag = local(each)
    lxml.etree.strip_elements(element, "head", with_tail=False)
    pieces = (lxml.etree.tostring(child, method="html", encoding="unicode") for child in element)
    return f"<div>{escape(element.text or '')}{''.join(pieces)}</div>"


def language(element: Element | None) -> str | None:
    """What `xml:lang` says of an element, itself or those around it."""
    while element is not None:
        if named := element.get("{http://www.w3.org/XML/1998/namespace}lang") or element.get("lang"):
            return str(named)
        element = element.getparent()
    return None


def _encoding(head: bytes) -> str | None:
    """The encoding that a document declares, if it is one that its bytes can be in here."""
    declared = _DECLARED.search(head[:1024])
    name = declared[1].decode("ascii").lower() if declared else ""
    if _AS_WINDOWS_1252.fullmatch(name):
        return "windows-1252"
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
        return XmlRecord(source, preamble.parse(text, lenient=lenient and current.closed), preamble.around)
    except BrokenXml as error:
        return Rejected(source, str(error))
