"""Streams between a file's bytes and its parser."""

import codecs
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.formats.entry import MAX_ARTICLE_BYTES, Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class DiskFile(io.FileIO):
    """A file on disk; read errors raise Unreadable, so that they reject the file."""

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into `buffer`. Raises Unreadable."""
        try:
            return super().readinto(buffer) or 0
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def read_beside(path: Path, relative: str) -> bytes | None:
    """Return the bytes of a file at a path relative to that of another; None if there is no such file, or if it has
    more than an article may have."""
    other = path.parent / relative
    try:
        return other.read_bytes() if other.is_file() and other.stat().st_size <= MAX_ARTICLE_BYTES else None
    except OSError:
        return None


class Utf8Stream(io.RawIOBase):
    """Converts a text in another Unicode encoding to UTF-8."""

    def __init__(self, inner: io.BufferedReader, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the whole buffer unless the text ends."""
        view = memoryview(buffer).cast("B")
        while len(self._ready) < len(view) and not self._ended:
            data = self._inner.read(len(view))
            self._ended = not data
            self._ready += self._decoder.decode(data, final=self._ended).encode("utf-8", "replace")
        piece, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(piece)] = piece
        return len(piece)
