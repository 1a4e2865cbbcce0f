"""Streams between a file's bytes and its parser."""

import codecs
import io
from typing import TYPE_CHECKING

from ingest.formats.entry import Unreadable

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
