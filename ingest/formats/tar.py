"""Reads the members of a .tar once and in order.

The standard library keeps every name, reads extended headers of any size into memory, and on some Python versions
loops forever on a header that points backwards. This module only moves forwards and keeps one header.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.formats.entry import HEAD, Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 512
"""Bytes of a header, and of the unit to which members are padded."""

MAX_EXTENSION = 65_536
"""Maximum bytes of an extended header or long name. Paths have a few thousand at most."""

_FILES = (b"0", b"\0", b"7")
_WITHOUT_CONTENT = {
    b"1": "a link to another member; a file is read under its own name",
    b"2": "a link; not followed",
    b"3": "a device; not opened",
    b"4": "a device; not opened",
    b"6": "a pipe; not opened",
}
_FOLDER, _LONG_NAME, _EXTENDED = b"5", b"L", b"x"
_SKIPPED = (b"g", b"K", b"V")
"""Types of headers that are skipped: for all following members, long link targets, and the volume name."""

_PAX = re.compile(rb"(\d{1,9}) ([^=\n]+)=")


class MemberContent(io.RawIOBase):
    """The content of one member: the next bytes of the .tar. Raises Unreadable if they end early."""

    def __init__(self, inner: io.BufferedReader, size: int) -> None:
        self._inner = inner
        self.left = size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the whole buffer unless the member or the .tar ends."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.left)
        data = self._inner.read(wanted)
        if wanted and not data:
            raise Unreadable("the .tar is cut off here")
        view[: len(data)] = data
        self.left -= len(data)
        return len(data)


@dataclass(frozen=True)
class Member:
    """A member as its header describes it."""

    name: str
    content: MemberContent
    is_folder: bool = False
    reason: str | None = None
    """Why it cannot be read; None if it can."""


def is_header(block: bytes) -> bool:
    """Whether these bytes are the header of a member, by its magic bytes or its checksum."""
    return block[257:262] == b"ustar" or _sum_is_right(block)


def members(stream: io.BufferedReader) -> Iterator[Member]:
    """Yield the members of a .tar. The content of each must be read before the next.

    Raises Unreadable if the .tar is damaged or cut off.
    """
    name: str | None = None
    size: int | None = None
    sparse = False
    while len(block := stream.read(BLOCK)) == BLOCK and any(block):
        if not _sum_is_right(block):
            raise Unreadable("damaged .tar: a member has no valid header; the members before it were read")
        kind = block[156:157]
        length = _number(block[124:136])
        if kind == _LONG_NAME:
            name = _text(_extension(stream, length).rstrip(b"\0"))
            continue
        if kind == _EXTENDED:
            extended = _records(_extension(stream, length))
            if b"path" in extended:
                name = _text(extended[b"path"])
            if extended.get(b"size", b"").isdigit():
                size = int(extended[b"size"][:20])
            sparse = any(key.startswith(b"GNU.sparse") for key in extended)
            continue
        reason = _WITHOUT_CONTENT.get(kind)
        length = 0 if reason else length if size is None else size
        content = MemberContent(stream, length)
        if kind not in _SKIPPED:
            shown = _name(block) if name is None else name
            if (kind not in (*_FILES, _FOLDER) and reason is None) or sparse:
                reason = "a member that is not a plain file; not opened"
            yield Member(shown, content, kind == _FOLDER or shown.endswith("/"), reason)
            name, size, sparse = None, None, False
        _skip(stream, content.left + -length % BLOCK)
    if len(block) < BLOCK:
        raise Unreadable("the .tar is cut off or has no end marker; the members before that were read")


def _sum_is_right(block: bytes) -> bool:
    """Whether a header's checksum matches its bytes, counted with spaces in place of the checksum."""
    if len(block) != BLOCK or not any(block):
        return False
    try:
        stated = int(block[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block[:148]) + 8 * ord(" ") + sum(block[156:])


def _number(field: bytes) -> int:
    """Parse a size, in octal digits or, if its first bit is set, in binary."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ") or b"0"
    if not digits.isdigit() or set(digits) & set(b"89"):
        raise Unreadable("damaged .tar: a member's size is not a number; the members before it were read")
    return int(digits, 8)


def _name(block: bytes) -> str:
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace").replace("\0", "")


def _extension(stream: io.BufferedReader, length: int) -> bytes:
    if length > MAX_EXTENSION:
        raise Unreadable(
            f"damaged .tar: a name or extended header of {length:,} bytes; the members before it were read"
        )
    data = stream.read(length)
    if len(data) < length:
        raise Unreadable("the .tar is cut off; the members before that were read")
    _skip(stream, -length % BLOCK)
    return data


def _records(data: bytes) -> dict[bytes, bytes]:
    """Parse the records of an extended header, each `length key=value` and a line end."""
    found: dict[bytes, bytes] = {}
    at = 0
    while match := _PAX.match(data, at):
        end = at + int(match[1])
        if end <= match.end():
            break
        found[match[2]] = data[match.end() : end - 1]
        at = end
    return found


def _skip(stream: io.BufferedReader, count: int) -> None:
    while count > 0:
        data = stream.read(min(count, HEAD))
        if not data:
            raise Unreadable("the .tar is cut off; the members before that were read")
        count -= len(data)
