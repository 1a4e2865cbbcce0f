"""From the text of a record to its tree: what strangers break is repaired, what they declare is never expanded."""

import html
import re
from html.entities import html5
from itertools import islice
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

import lxml.etree

from ingest.articles.builder import LONGEST_ADDRESS
from ingest.articles.markup import NOT_IN_MARKUP
from ingest.formats.entry import too_large

Element: TypeAlias = lxml.etree._Element

MOST_PARTS = 200
"""Elements of a broken record that are looked at one by one; entries of feeds have some dozens."""

MOST_NAMESPACES = 100
"""Namespaces of the elements around the records, each repeated for every record; feeds declare up to 30."""

LONGEST_NAMESPACE = 300

_FIVE = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*+(?:\[.*?(?:\]\s*>|\Z)|>)", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.:-]+)")
# What is not closed goes to the end: looking for the end of each again would take the square of the time.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_START = re.compile(r"<([^\W\d][\w.:-]*)(?:\s[^<>]*)?>")
_FIRST_TAG = re.compile(r"<\w.*", re.DOTALL)
# A CDATA section, a reference, an ampersand that begins none, an empty element of HTML, a bracket that begins no tag.
_TO_REPAIR = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][\w.:-]*);|&"
    r"|</?(?:br|hr|img)(?:\s[^<>]*)?/?>|<(?![^\W\d]|[:/!?])",
    re.DOTALL,
)
_SAFE = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_FATAL = lxml.etree.ErrorLevels.FATAL
_HARMLESS = frozenset(
    {lxml.etree.ErrorTypes.ERR_HYPHEN_IN_COMMENT, lxml.etree.ErrorTypes.ERR_RESERVED_XML_NAME}
)
"""Errors in what is left out. After others the parser would go on, but with what follows in the wrong element."""


class BrokenXml(Exception):
    """A record cannot be read; the message is the reason for the report."""


def parse_xml(text: str) -> Element:
    """The tree of a whole document that stands in a field. Raises BrokenXml."""
    return Preamble("").parse(_from_first_tag(text))


class Preamble:
    """What stands before a document's first record: what it declares, and the elements around the records."""

    def __init__(self, text: str, *, is_cut: bool = False) -> None:
        doctype = _DOCTYPE.search(text)
        self._entities = frozenset(_ENTITY.findall(doctype[0]) if doctype else ())
        elements = _from_first_tag(text)
        self.is_empty = not elements
        self.around = _innermost(self._repaired(elements, set())) if elements else None
        if is_cut and self.around is not None and not len(self.around):
            # Most likely cut off within an element that does not hold the records.
            self.around = self.around.getparent()
        self._opening, self._closing = "<_>", "</_>"
        if self.around is not None:
            names = (
                f" xmlns{':' if prefix else ''}{prefix or ''}={quoteattr(uri)}"
                for prefix, uri in islice(self.around.nsmap.items(), MOST_NAMESPACES)
                if len(prefix or "") + len(uri) <= LONGEST_NAMESPACE
            )
            address = self.around.base or ""
            base = f" xml:base={quoteattr(address)}" if 0 < len(address) <= LONGEST_ADDRESS else ""
            self._opening = f"<_{''.join(names)}{base}>"

    def parse(self, text: str, *, lenient: bool = False) -> Element:
        """The tree of a record. Raises BrokenXml where it cannot be read, or not without losing some of it."""
        used: set[str] = set()
        repaired = self._repaired(text, used)
        if used:
            raise BrokenXml(
                f"uses &{min(used)[:40]};, an entity that the file itself declares; such are never expanded"
            )
        found, errors = self._tree(repaired)
        too_much = any(error.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in errors)
        if errors and lenient and not too_much and (loosened := self._with_text_parts(repaired)):
            found, others = self._tree(loosened)
            errors = others and errors
        if found is None or errors:
            raise BrokenXml(_complaint(errors))
        return found

    def _tree(self, repaired: str) -> tuple[Element | None, list[lxml.etree._LogEntry]]:
        """The element that a text is, and the errors that make another of it."""
        parser = lxml.etree.XMLParser(recover=True, **_SAFE)
        try:
            root = lxml.etree.fromstring(f"{self._opening}{repaired}{self._closing}".encode(), parser)
        except lxml.etree.XMLSyntaxError:
            root = None
        log = parser.error_log
        errors = [error for error in log if error.level >= _FATAL and error.type not in _HARMLESS]
        return (None if root is None else next(iter(root), None)), errors

    def _with_text_parts(self, record: str) -> str | None:
        """A record with those of its parts as text that are no XML; None where its parts cannot be told."""
        opening, closing = _START.match(record), record.rfind("</")
        if opening is None:
            return None
        pieces, at = [record[: opening.end()]], opening.end()
        for _ in range(MOST_PARTS):
            start = _START.search(record, at, closing)
            if start is None:
                return "".join([*pieces, record[at:]])
            end = start.end()
            pieces.append(record[at:end])
            if start[0].endswith("/>"):
                at = end
                continue
            at = record.find(f"</{start[1]}", end, closing)
            if at < 0:
                return None
            held = record[end:at]
            _, errors = self._tree(f"<_>{held}</_>")
            if errors and "<![CDATA[" in held:
                return None
            pieces.append(escape(held) if errors else held)
        return None

    def _repaired(self, text: str, used: set[str]) -> str:
        """The text with only the five entities of XML in it, each `&` and `<` in its place, no control characters.

        Names of characters that HTML knows become characters; those that only the file declares go to `used`.
        """

        def repair(match: re.Match[str]) -> str:
            token = match[0]
            if token[0] == "<":
                return _repaired_tag(token)
            name = token[1:-1]
            if name in _FIVE:
                return token
            if name.startswith("#"):
                return escape(html.unescape(token))
            if character := html5.get(f"{name};") if name else None:
                return escape(character)
            if name in self._entities:
                used.add(name)
            return f"&amp;{token[1:]}"

        return NOT_IN_MARKUP.sub("", _TO_REPAIR.sub(repair, text))


def _repaired_tag(token: str) -> str:
    """A lone bracket as text; `<br>` and its like closed, as HTML leaves them open."""
    if token == "<" or token.startswith("<!"):
        return "&lt;" if token == "<" else token
    return "" if token[1] == "/" else f"{token[:-1].rstrip('/')}/>"


def _from_first_tag(text: str) -> str:
    """A document without what stands before its first element: declarations, comments, and noise of who sent it."""
    first = _FIRST_TAG.search(_COMMENT.sub("", _DOCTYPE.sub("", text, count=1)))
    return first[0] if first else ""


def _innermost(text: str) -> Element | None:
    """The innermost element that is still open where the text ends."""
    parser = lxml.etree.XMLPullParser(events=("start", "end"), recover=True, **_SAFE)
    still_open: list[Element] = []
    try:
        # A start tag that is not closed yet is held back until something follows it.
        parser.feed(f"{text.strip()} ".encode())
        for event, element in parser.read_events():
            if event == "start":
                still_open.append(element)
            elif still_open:
                still_open.pop()
    except lxml.etree.XMLSyntaxError:
        pass
    return still_open[-1] if still_open else None


def _complaint(errors: list[lxml.etree._LogEntry]) -> str:
    """The reason for the report: the parser's, in words."""
    if not errors:
        return "broken XML: nothing in it can be read"
    first = errors[0]
    if first.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return "nested too deeply" if "depth" in first.message else too_large(None)
    return f"broken XML: {first.message[:1].lower()}{first.message[1:200].strip()} (in its line {first.line})"
