"""Turns the text of a record into a tree: repairs common errors, and never expands declared entities."""

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
"""Maximum elements of a broken record that are examined one by one; feed entries have a few dozen."""

MOST_NAMESPACES = 100
"""Maximum namespaces of the elements around the records, each repeated for every record; feeds declare up to 30."""

LONGEST_NAMESPACE = 300

_FIVE = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*+(?:\[.*?(?:\]\s*>|\Z)|>)", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.:-]+)")
# An unclosed part extends to the end: searching its end again and again would take quadratic time.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_START = re.compile(r"<([^\W\d][\w.:-]*)(?:\s[^<>]*)?>")
_FIRST_TAG = re.compile(r"<\w.*", re.DOTALL)
# A CDATA section, a reference, an ampersand outside references, an empty HTML element, a bracket outside tags.
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
"""Errors in text that is dropped anyway. After other errors the parser would continue, but inside the wrong
element."""


class BrokenXml(Exception):
    """A record cannot be parsed; the message is the reason for the report."""


def parse_xml(text: str) -> Element:
    """Parse a whole document that is stored in a field. Raises BrokenXml."""
    return Preamble("").parse(_from_first_tag(text))


class Preamble:
    """The text before a document's first record: its declarations, and the elements around the records."""

    def __init__(self, text: str, *, is_cut: bool = False) -> None:
        doctype = _DOCTYPE.search(text)
        self._entities = frozenset(_ENTITY.findall(doctype[0]) if doctype else ())
        elements = _from_first_tag(text)
        self.is_empty = not elements
        self.parent = _innermost(self._repaired(elements, set())) if elements else None
        if is_cut and self.parent is not None and not len(self.parent):
            # It was probably cut off inside an element that does not contain the records.
            self.parent = self.parent.getparent()
        self._opening, self._closing = "<_>", "</_>"
        if self.parent is not None:
            names = (
                f" xmlns{':' if prefix else ''}{prefix or ''}={quoteattr(uri)}"
                for prefix, uri in islice(self.parent.nsmap.items(), MOST_NAMESPACES)
                if len(prefix or "") + len(uri) <= LONGEST_NAMESPACE
            )
            address = self.parent.base or ""
            base = f" xml:base={quoteattr(address)}" if 0 < len(address) <= LONGEST_ADDRESS else ""
            self._opening = f"<_{''.join(names)}{base}>"

    def parse(self, text: str, *, lenient: bool = False) -> Element:
        """Parse a record. Raises BrokenXml if it cannot be parsed, or only with a loss of content."""
        used: set[str] = set()
        repaired = self._repaired(text, used)
        if used:
            raise BrokenXml(
                f"uses &{min(used)[:40]};, an entity declared in the file; such entities are never expanded"
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
        """Return the element that a text contains, and the errors that change it."""
        parser = lxml.etree.XMLParser(recover=True, **_SAFE)
        try:
            root = lxml.etree.fromstring(f"{self._opening}{repaired}{self._closing}".encode(), parser)
        except lxml.etree.XMLSyntaxError:
            root = None
        log = parser.error_log
        errors = [error for error in log if error.level >= _FATAL and error.type not in _HARMLESS]
        return (None if root is None else next(iter(root), None)), errors

    def _with_text_parts(self, record: str) -> str | None:
        """Return a record with its non-XML children as text; None if its children cannot be separated."""
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
        """Return the text with only the five XML entities, each stray `&` and `<` escaped, no control characters.

        Character names of HTML become characters; names that only the file declares are added to `used`.
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
    """Return a stray bracket as text; close elements such as `<br>`, which HTML leaves open."""
    if token == "<" or token.startswith("<!"):
        return "&lt;" if token == "<" else token
    return "" if token[1] == "/" else f"{token[:-1].rstrip('/')}/>"


def _from_first_tag(text: str) -> str:
    """Return a document from its first element on, without declarations, comments and other text before it."""
    first = _FIRST_TAG.search(_COMMENT.sub("", _DOCTYPE.sub("", text, count=1)))
    return first[0] if first else ""


def _innermost(text: str) -> Element | None:
    """Return the innermost element that is still open at the end of the text."""
    parser = lxml.etree.XMLPullParser(events=("start", "end"), recover=True, **_SAFE)
    still_open: list[Element] = []
    try:
        # The parser holds back a last start tag until more text follows.
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
    """Return the parser's error as a reason for the report."""
    if not errors:
        return "broken XML: nothing in it can be read"
    first = errors[0]
    if first.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return "nested too deeply" if "depth" in first.message else too_large(None)
    return f"broken XML: {first.message[:1].lower()}{first.message[1:200].strip()} (in its line {first.line})"
