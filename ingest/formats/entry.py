"""An entry, a file or a member of a container: its place and a stream, read within limits."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.sources.files import printable

MAX_ARTICLE_BYTES = 20_000_000
"""Maximum size of an article: of a text file, a page or one record.

The longest of 12,113 real articles, a live blog, has 0.1 MB; a book has 1 MB. Anything larger is another kind of
file. Reading it whole would let one file decide how much memory ingest takes."""

HEAD = 65_536
"""Bytes used to recognise a file's format."""


class Unreadable(Exception):
    """The rest of an entry cannot be read; the message is the reason for the report."""


class ByteStream(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; returns no bytes at the end."""


@dataclass(frozen=True)
class Entry:
    """A file, or a member of a container, whose bytes are read once and in order."""

    source: str
    """Its place, as in `Article.source`."""
    stream: io.BufferedReader
    depth: int = 0
    """Number of containers around it."""
    length: int | None = None
    """Its size in bytes, if known before reading."""
    beside: Callable[[str], bytes | None] | None = None
    """Returns the bytes of a small file at a path relative to it; None where files cannot be read out of order."""

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.source.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The suffix of its name in lower case with the dot; empty if there is none."""
        stem, dot, ending = self.name.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    def head(self) -> bytes:
        """Return the first bytes without consuming them. Raises Unreadable."""
        return self.stream.peek(HEAD)[:HEAD]

    def whole(self) -> bytes:
        """Return all bytes of an entry that contains one article. Raises Unreadable if it is too large."""
        if self.length is not None and self.length > MAX_ARTICLE_BYTES:
            raise Unreadable(too_large(self.length))
        data = self.stream.read(MAX_ARTICLE_BYTES + 1)
        if len(data) > MAX_ARTICLE_BYTES:
            raise Unreadable(too_large(None))
        return data

    def lines(self) -> Iterator[bytes | None]:
        """Yield the lines with their line ends; None in place of each line longer than an article may be."""
        while line := self.stream.readline(MAX_ARTICLE_BYTES + 1):
            if len(line) <= MAX_ARTICLE_BYTES or line.endswith(b"\n"):
                yield line
                continue
            while line and not line.endswith(b"\n"):
                line = self.stream.readline(HEAD)
            yield None


def too_large(size: int | None) -> str:
    """Return the reason for rejecting an article above the limit."""
    limit = f"one article may have {MAX_ARTICLE_BYTES // 1_000_000} MB of text"
    return f"too large: {limit}" if size is None else f"too large: {size / 1_000_000:.0f} MB, and {limit}"


def buffered(raw: io.RawIOBase) -> io.BufferedReader:
    """Return a stream whose first bytes can be looked at before they are read."""
    return io.BufferedReader(raw, HEAD)


def member_place(source: str, name: str) -> str:
    """Return the place of a member of the container at `source`."""
    return printable(f"{source}/{name}")
