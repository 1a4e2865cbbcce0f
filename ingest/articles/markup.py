"""Extracts text from fields that may contain HTML."""

import html
import re

import lxml.etree
import lxml.html

from ingest.articles.canonical import clean

_MARKUP = re.compile(
    r"<(?:/?(?:p|div|span|a|b|i|u|em|strong|small|h[1-6]|ul|ol|li|blockquote|figure|figcaption|table|t[dr]|section"
    r"|article|header|footer|body|html|font|center|script|style|iframe|img|br|hr|pre|sup|sub|cite|q|video|noscript)"
    r")(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
NOT_IN_MARKUP = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that HTML and XML documents may not contain, but that references such as `&#1;` can produce."""

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_DROPPED = ("script", "style", "noscript", "iframe", "template", "svg", "head", "object", "button", "select")


def has_markup(text: str) -> bool:
    """Whether text contains HTML tags."""
    return "<" in text and _MARKUP.search(text) is not None


def without_markup(text: str) -> str:
    """Return the text of a field: HTML becomes paragraphs, character references become characters.

    >>> without_markup("<p>Fish &amp; chips</p><p>Tea<br>Milk</p><script>x()</script>")
    'Fish & chips\\n\\nTea\\nMilk'
    """
    if has_markup(text):
        return _from_html(text)
    return html.unescape(text) if _ENTITY.search(text) else text


def parse_html(text: str) -> lxml.html.HtmlElement | None:
    """Return the tree of a page or fragment; None if it is empty or nested deeper than the parser allows."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # Passed as bytes, because lxml rejects strings that declare an encoding. NUL would end the text early.
    data = NOT_IN_MARKUP.sub("", text).encode("utf-8", "ignore")
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return None
    # Beyond its maximum depth the parser silently drops the rest.
    cut = any(entry.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
    return None if cut else root


def _from_html(text: str) -> str:
    if (root := parse_html(f"<div>{text}</div>")) is None:
        return html.unescape(_MARKUP.sub(" ", text))
    pieces: list[str] = []
    skipped = 0
    # Uses events instead of recursion, because markup may be nested deeper than Python's stack.
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        name = element.tag
        if event == "start":
            skipped += name in _DROPPED
            if not skipped:
                pieces.append("\n\n" if name in _BLOCKS else "\n" if name == "br" else "")
                pieces.append(_flowing(element.text))
        else:
            skipped -= name in _DROPPED
            if not skipped:
                pieces.append("\n\n" if name in _BLOCKS else "")
                pieces.append(_flowing(element.tail))
    return clean("".join(pieces))


def _flowing(text: str | None) -> str:
    """Return the text between tags: line ends become spaces, but blank lines stay, because many exports mean
    them."""
    if not text:
        return ""
    return "\n\n".join(re.sub(r"\s+", " ", part) for part in re.split(r"\n\s*\n", text))
