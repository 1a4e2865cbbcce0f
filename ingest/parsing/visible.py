"""Finds the words that a reader of a file sees, in its own way: conservation compares them with what the parsers found.

Each function returns the records of a file, and of each record the pieces of text in their order.
"""

import csv
import email
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from email.message import Message

import lxml.etree
import lxml.html
import pypdfium2

from ingest.articles.markup import has_markup, parse_html
from ingest.formats import http_response
from ingest.formats.encodings import decode

Records = list[list[str]]
"""The pieces of text of each record of a file."""

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "svg", "select", "textarea", "title", "object"}
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike "
    "strong sub sup time tt u var wbr".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ITEMS = frozenset({"item", "entry", "newsItem", "nitf"})
_LINK = re.compile(r"\]\([^)\n]*\)|<[^>\n]*>|^\[[^\]\n]+\]:.*$", re.MULTILINE)
_TAG = re.compile(r"<[^>]*>")
_WARC = re.compile(rb"^WARC/\d\.\d\r?\n((?:[^\r\n]+\r?\n)+)\r?\n", re.MULTILINE)
_ARC = re.compile(rb"^(\w+:\S*) [\d.]+ \d{14} (\S+) (\d+)\n", re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_RESPONSE = re.compile(rb"^warc-type:\s*(?:response|resource)", re.IGNORECASE | re.MULTILINE)


def visible(form: str, data: bytes) -> Records:
    """Return what a file of a format shows; of a format without a function of its own, all of its text."""
    return [[piece for piece in record if piece.strip()] for record in _READERS.get(form, _text)(data)]


def _text(data: bytes) -> Records:
    return [decode(data).split("\n\n")]


def _markdown(data: bytes) -> Records:
    return [_LINK.sub(" ", decode(data)).split("\n\n")]


def _html(data: bytes) -> Records:
    charset = _CHARSET.search(data[:4096])
    return [_blocks(parse_html(decode(data, charset[1].decode("ascii") if charset else None)))]


def _blocks(tree: lxml.html.HtmlElement | None) -> list[str]:
    """Return the text of a page, cut where a browser begins a new line."""
    pieces: list[str] = []
    waiting: list[tuple[lxml.html.HtmlElement, bool]] = [] if tree is None else [(tree, False)]
    line: list[str] = []
    while waiting:
        element, is_end = waiting.pop()
        shown = isinstance(element.tag, str) and element.tag not in _UNSEEN and not _is_hidden(element)
        if shown and element.tag not in _INLINE:
            pieces.append("".join(line))
            line = []
        if not is_end and shown:
            line.append(element.text or "")
            waiting.append((element, True))
            waiting.extend((child, False) for child in reversed(element))
        elif element is not tree:
            line.append(element.tail or "")
    return [*pieces, "".join(line)]


def _is_hidden(element: lxml.html.HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _shown(text: str) -> list[str]:
    """Return a value that may be HTML as it is shown."""
    return _blocks(parse_html(f"<div>{text}</div>")) if has_markup(text) else text.split("\n\n")


def _xml(data: bytes) -> Records:
    """Return the records of an XML file; what is outside of them is a record of its own."""
    tree = lxml.etree.fromstring(
        data, lxml.etree.XMLParser(recover=True, huge_tree=True, remove_comments=True)
    )
    if tree is None:
        return _text(data)
    records: Records = [[]]
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        name = lxml.etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "start" and name in _ITEMS:
            records.append([])
        records[-1] += _shown((element.text if event == "start" else element.tail) or "")
    return records


def _sgml(data: bytes) -> Records:
    records = decode(data).split("<REUTERS")[1:]
    return [html.unescape(_TAG.sub("\n\n", record.partition(">")[2])).split("\n\n") for record in records]


def _json(data: bytes) -> Records:
    try:
        found = json.loads(data)
    except ValueError:
        return _text(data)
    while isinstance(found, dict) and (
        lists := [each for each in found.values() if isinstance(each, list | dict)]
    ):
        longest = max(lists, key=len)
        if not (isinstance(longest, list) and longest and isinstance(longest[0], dict)):
            break
        found = longest
    return [list(_strings(each)) for each in (found if isinstance(found, list) else [found])]


def _json_lines(data: bytes) -> Records:
    return [
        [piece for record in _json(line) for piece in record] for line in data.splitlines() if line.strip()
    ]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _shown(value)
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _table(data: bytes) -> Records:
    header, _, _ = decode(data).lstrip().partition("\n")
    delimiter = max(",;\t|", key=header.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(data) + 1))
    try:
        rows = list(csv.reader(io.StringIO(decode(data)), delimiter=delimiter))
    except csv.Error:
        return _text(data)
    return [[piece for cell in row for piece in _shown(cell)] for row in rows[1:]]


def _mail(data: bytes) -> Records:
    pieces: list[str] = []
    mail = email.message_from_bytes(data)
    for part in mail.walk():
        content = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(content, bytes) and not part.get_filename():
            text = decode(content, part.get_content_charset())
            pieces += (
                _blocks(parse_html(text)) if part.get_content_subtype() == "html" else text.split("\n\n")
            )
    return [[*_subject(mail), *pieces]]


def _subject(mail: Message) -> list[str]:
    return (
        [str(email.header.make_header(email.header.decode_header(mail["subject"])))]
        if mail["subject"]
        else []
    )


def _mbox(data: bytes) -> Records:
    return [
        record for each in re.split(rb"^From .*\n", data, flags=re.MULTILINE)[1:] for record in _mail(each)
    ]


def _word(data: bytes) -> Records:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        tree = lxml.etree.fromstring(file.read("word/document.xml"))
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return [["".join(run.text or "" for run in part.iter(f"{space}t")) for part in tree.iter(f"{space}p")]]


def _pdf(data: bytes) -> Records:
    with pypdfium2.PdfDocument(data) as document:
        # PDFium writes a hyphen at the end of a line as a control character, without the end of the line.
        return [[page.get_textpage().get_text_bounded().replace("\x02", "-\n") for page in document]]


def _crawl(data: bytes) -> Records:
    return [record for block in _responses(data) for record in _page(block)]


def _responses(data: bytes) -> Iterator[bytes]:
    """Yield the blocks of the responses in a WARC or ARC file."""
    at = 0
    while match := _WARC.search(data, at) or _ARC.search(data, at):
        is_arc = match.re is _ARC
        length = re.search(rb"\d+", match[3]) if is_arc else _LENGTH.search(match[1])
        at = match.end() + (int(length[length.lastindex or 0]) if length else 0)
        if is_arc or _RESPONSE.search(match[1]):
            yield data[match.end() : at]


def _page(block: bytes) -> Records:
    response = http_response.parse(block)
    if response is None:
        return []
    try:
        content = response.content()
    except Exception:
        return []
    return _html(content) if response.media in ("text/html", "application/xhtml+xml") else []


_READERS: Mapping[str, Callable[[bytes], Records]] = {
    "WARC and ARC": _crawl,
    "PDF": _pdf,
    "Word": _word,
    "mbox": _mbox,
    "mail": _mail,
    "JSON Lines": _json_lines,
    "JSON": _json,
    "WordPress export": _xml,
    "RSS and Atom": _xml,
    "NITF": _xml,
    "NewsML-G2": _xml,
    "Reuters SGML": _sgml,
    "HTML": _html,
    "Markdown": _markdown,
    "CSV": _table,
}
