"""Members of a .tar, read once and in order.

The standard library's reader keeps every name, reads extended headers of any size into memory, and on some
Pythons never ends on a header that leads backwards. This one goes forwards only and holds one header.
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
"""Bytes of a header, and of the unit that members are filled up to."""

MAX_EXTENSION = 65_536
"""Bytes of an extended header or long name. Paths have some thousand at most."""

_FILES = (b"0", b"\0", b"7")
_WITHOUT_CONTENT = {
    b"1": "a link to another member, which is read itself if it is a file",
    b"2": "a link; not followed",
    b"3": "a device; not opened",
    b"4": "a device; not opened",
    b"6": "a pipe; not opened",
}
_FOLDER, _LONG_NAME, _EXTENDED = b"5", b"L", b"x"
_SKIPPED = (b"g", b"K", b"V")
"""Headers for all that follows, long targets of links, and the name of a volume."""

_PAX = re.compile(rb"(\d{1,9}) ([^=\n]+)=")


class MemberContent(io.RawIOBase):
    """The content of one member: the next bytes of the .tar, and no more. Raises Unreadable where they end early."""

    def __init__(self, inner: io.BufferedReader, size: int) -> None:
        self._inner = inner
        self.left = size

    def readable(self) -> bool:
        """Always."""
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
    """What a header announces."""

    name: str
    content: MemberContent
    is_folder: bool = False
    reason: str | None = None
    """Why it is no file to read; None where it is one."""


def is_header(block: bytes) -> bool:
    """Whether these bytes are the header of a member, by their mark or their sum."""
    return block[257:262] == b"ustar" or _sum_is_right(block)


def members(stream: io.BufferedReader) -> Iterator[Member]:
    """Yield what a .tar holds; the content of each is to be read before the next.

    Raises Unreadable where the .tar is damaged or cut off.
    """
    name: str | None = None
    size: int | None = None
    sparse = False
    while len(block := stream.read(BLOCK)) == BLOCK and any(block):
        if not _sum_is_right(block):
            raise Unreadable(
                "damaged .tar: what should be the header of a member is none; what came before is in"
            )
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
                reason = "a kind of member that is no plain file; not opened"
            yield Member(shown, content, kind == _FOLDER or shown.endswith("/"), reason)
            name, size, sparse = None, None, False
        _skip(stream, content.left + -length % BLOCK)
    if len(block) < BLOCK:
        raise Unreadable("the .tar is cut off, or lacks the mark of its end; what came before is in")


def _sum_is_right(block: bytes) -> bool:
    """Whether a header's own sum is that of its bytes, counted with spaces in place of itself."""
    if len(block) != BLOCK or not any(block):
        return False
    try:
        stated = int(block[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block[:148]) + 8 * ord(" ") + sum(block[156:])


def _number(field: bytes) -> int:
    """A size, in octal digits or, marked by its first bit, in binary."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ") or b"0"
    if not digits.isdigit() or set(digits) & set(b"89"):
        raise Unreadable("damaged .tar: a member's size is no number; what came before is in")
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
            f"damaged .tar: a name or extended header of {length:,} bytes; what came before is in"
        )
    data = stream.read(length)
    if len(data) < length:
        raise Unreadable("the .tar is cut off; what came before is in")
    _skip(stream, -length % BLOCK)
    return data


def _records(data: bytes) -> dict[bytes, bytes]:
    """The records of an extended header, each `length key=value` and a line end."""
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
            raise Unreadable("the .tar is cut off; what came before is in")
        count -= len(data)
