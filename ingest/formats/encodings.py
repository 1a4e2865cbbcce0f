"""Decodes bytes: by byte-order mark, as UTF-8, by the declared encoding as browsers read it, as Windows-1252, or by a
guess."""

import codecs

from charset_normalizer import from_bytes

MOSTLY_ASCII = 0.15
"""Text that is not UTF-8 and has a smaller share of bytes above 127 is decoded as Windows-1252.

Accented letters are 1 to 8 % of French, German and Spanish; letters of Cyrillic, Greek or Arabic code pages are
more than half. A guess from so few bytes is often wrong: one pound sign is not evidence."""

SAMPLE = 65_536
"""Bytes used to guess an encoding."""

BINARY_SHARE = 0.02
"""Bytes with a larger share of control characters are not text; text contains a few in a thousand at most."""

_AS_BROWSERS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Encodings by their names in Python, and the larger ones as which browsers read them.

Programs declare the older names, and their quotation marks, dashes and euro signs exist only in the larger ones:
https://encoding.spec.whatwg.org/#names-and-labels"""

_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b\x08")) + b"\x7f"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


# Only a named handler can decode a stream that is UTF-8 except for single bytes.
codecs.register_error("backfile-windows-1252", _as_windows_1252)
LENIENT = "backfile-windows-1252"
"""Error handler that decodes bytes that are not UTF-8 as Windows-1252, for text decoded piece by piece."""


def bom_encoding(head: bytes) -> tuple[bytes, str] | None:
    """Return the byte-order mark at the start of `head`, and its encoding."""
    return next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), None)


def utf16_without_bom(head: bytes) -> str | None:
    """Return `utf-16-le` or `utf-16-be` if every other byte of mostly ASCII text is NUL, else None."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and even < 0.02 * len(head):
        return "utf-16-le"
    if even > 0.4 * len(head) / 2 and odd < 0.02 * len(head):
        return "utf-16-be"
    return None


def is_binary(head: bytes) -> bool:
    """Whether bytes are not text in any encoding that extends ASCII."""
    if not head:
        return False
    return len(head) - len(head.translate(None, _CONTROL_BYTES)) > BINARY_SHARE * len(head)


def as_browsers(declared: str) -> str:
    """Return the encoding in which browsers read a declared one.

    >>> as_browsers("ISO-8859-1")
    'cp1252'

    Raises:
        LookupError: there is no such encoding.
    """
    return _AS_BROWSERS.get(codecs.lookup(declared).name, declared)


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode a whole text: byte-order mark, UTF-8, the encoding declared, Windows-1252, then a guess.

    >>> decode(b"a \\xa315.8m signing")
    'a £15.8m signing'
    """
    if marked := bom_encoding(data):
        bom, encoding = marked
        return data[len(bom) :].decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            return data.decode(as_browsers(declared))
        except (LookupError, UnicodeError):
            pass
    lenient = data.decode("utf-8", LENIENT)
    sample = data[:SAMPLE]
    foreign = sum(byte > 127 for byte in sample)
    # Damaged UTF-8 is still UTF-8; a guessed encoding would spoil the undamaged text.
    damaged = sample.decode("utf-8", "replace").count("\ufffd")
    if foreign < MOSTLY_ASCII * len(sample) or damaged < foreign / 4:
        return lenient
    guess = from_bytes(sample).best()
    return lenient if guess is None else data.decode(guess.encoding, "replace")
