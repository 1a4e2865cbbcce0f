"""Makes canonical text: no invisible characters, paragraphs separated by blank lines."""

import re
import unicodedata
from collections.abc import Iterable

from ingest.articles.wrapping import paragraphs_of

_NO_VALUES = frozenset(
    "nan NaN NAN -nan NaT <NA> #N/A N/A n/a None none NONE null Null NULL nil undefined [] {} [None] [nan] ['']".split()
)
"""Texts by which programs mean that there is no value."""

_LINE_ENDS = ("\r\n", *"\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
# Control characters, lone surrogates, byte-order marks, soft hyphens, zero-width spaces, the object replacement
# character, noncharacters, and marks that change the direction of text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffc\ufffe\uffff\ud800-\udfff]"
)
_WINDOWS_1252 = {
    chr(code): shown for code in range(0x80, 0xA0) if (shown := bytes([code]).decode("cp1252", "ignore"))
}
"""Control characters that stand for characters of Windows-1252: a reference such as `&#146;`, or a header that
declares iso-8859-1."""

_ODD_SPACES = (
    "\t",
    "\xa0",
    "\u1680",
    *(chr(code) for code in range(0x2000, 0x200B)),
    "\u202f",
    "\u205f",
    "\u3000",
)
_SPACES = re.compile("  +")
_BLANK_LINES = re.compile(r"\n(?: *\n)+")


def clean(text: str) -> str:
    """Normalise line ends and spaces, and remove characters that cannot be seen or stored.

    >>> clean("Storm\\x00 Maren \\r\\n\\r\\n\\r\\nhits")
    'Storm Maren\\n\\nhits'
    """
    # Replacing one at a time is five times faster than one pattern or `translate`: most of these never occur.
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    for space in _ODD_SPACES:
        text = text.replace(space, " ")
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", _UNSEEN.sub(_seen, text)))
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    return _BLANK_LINES.sub("\n\n", text).strip()


def _seen(unseen: re.Match[str]) -> str:
    return _WINDOWS_1252.get(unseen[0], "")


def on_one_line(text: str) -> str:
    """Return a short text such as a name, cleaned and on one line.

    >>> on_one_line("Petra\\r\\n Lunn ")
    'Petra Lunn'
    """
    return " ".join(clean(text).split())


def is_value(text: str) -> bool:
    """Whether text says anything, and does not only stand for a missing value.

    >>> is_value("Nan Goldin"), is_value("nan"), is_value(" ")
    (True, False, False)
    """
    text = text.strip()
    return bool(text) and text not in _NO_VALUES


def paragraphs(text: str) -> list[str]:
    """Split cleaned text into paragraphs.

    Blank lines separate paragraphs. In a text without blank lines, every line is a paragraph. Lines that were
    broken to fit a column are joined.
    """
    unwrapped = paragraphs_of(text)
    blocks = unwrapped.split("\n\n")
    if len(blocks) == 1 and unwrapped == text:
        blocks = text.split("\n")
    return [block for block in blocks if block]


def join(parts: Iterable[str]) -> str:
    """Join paragraphs into canonical text."""
    return "\n\n".join(parts)
