"""Cuts the records out of a document of any length, one at a time.

An export may be larger than memory, and an XML parser stops at an error. So records are found by their tags, and
each is parsed alone. In every encoding that extends ASCII, the tags are the same bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES, too_large

LONGEST_PREAMBLE = 1_000_000
"""Maximum bytes kept of the text before the first record: names of the feed and its authors, not its articles."""

LONGEST_TAG = 4_096
"""Maximum bytes searched for the end of a tag."""

FULL_SCANS = 100
"""Number of failed searches for the end of a comment or CDATA section, after which their starts are ignored."""

_CLOSED_BY = {b"<!--": rb"-->", b"<![CDATA[": rb"\]\]>", b"<!DOCTYPE": rb"\]\s*>"}
_OPENING = rb"<!--|<!\[CDATA\[|<!DOCTYPE(?=[^<>\[]*\[)"
_TAG_END = re.compile(rb"[^<>\"']*+(?:(?:\"[^\"<]*\"|'[^'<]*')[^<>\"']*+)*+>")


@dataclass(frozen=True)
class RecordBytes:
    """The bytes of a record, from its start tag to its end tag."""

    data: bytes
    name: bytes
    """Its name with its prefix, as in its tags."""
    closed: bool = True
    """Whether its end tag exists; without one, the record extends to the next record."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be cut out."""

    reason: str


class _TooLarge(Exception):
    """A record is longer than an article may be."""


class XmlWindow:
    """The part of a document being read; the bytes before it are forgotten."""

    def __init__(self, stream: io.BufferedReader, names: tuple[str, ...]) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._ended = False
        self._scans_left = FULL_SCANS
        self._cutting = False
        self._look_for(rb"(?:[\w.-]+:)?", names)
        self._names = names
        self.preamble: bytes | None = None
        """The bytes before the first record; None until one is found."""
        self._before = bytearray()

    def records(self) -> Iterator[RecordBytes | BrokenRecord]:
        """Yield the records in order, including those that cannot be cut out."""
        while (start := self._next_start()) is not None:
            if self.preamble is None:
                self.preamble = bytes(self._before)
                # Records have one prefix in a document; elements of this name with another prefix are not records.
                prefix = start[: start.rfind(b":") + 1]
                self._look_for(re.escape(prefix), self._names)
            self._cutting = True
            try:
                yield self._cut(start)
            except _TooLarge:
                yield BrokenRecord(too_large(None))
                self._at = max(self._at + 1, len(self._data) - LONGEST_TAG)
            self._cutting = False
        if self.preamble is None:
            self.preamble = bytes(self._before)

    @property
    def preamble_is_cut(self) -> bool:
        """Whether there are more bytes before the first record than are kept."""
        return len(self._before) >= LONGEST_PREAMBLE

    def _look_for(self, prefix: bytes, names: tuple[str, ...]) -> None:
        name = prefix + rb"(?:" + b"|".join(re.escape(each.encode()) for each in names) + rb")"
        self._token = re.compile(
            rb"(?P<opening>" + _OPENING + rb")|<(?P<slash>/?)(?P<name>" + name + rb")(?=[\s/>])"
        )
        # A comment or CDATA section does not continue where one record ends and the next begins.
        between = rb"|(?P<between></" + name + rb"\s*>\s*<" + name + rb"[\s/>])"
        self._closing = {opening: re.compile(end + between) for opening, end in _CLOSED_BY.items()}

    def _next_start(self) -> bytes | None:
        """Go to the start tag of the next record and return its name; None at the end."""
        while match := self._search(self._token, 0):
            if match["opening"]:
                self._pass(self._behind(match))
            elif match["slash"]:
                self._pass(match.end() - self._at)
            else:
                name: bytes = match["name"]
                self._pass(match.start() - self._at)
                return name
        self._pass(len(self._data) - self._at)
        return None

    def _cut(self, name: bytes) -> RecordBytes | BrokenRecord:
        """Return the record that begins here, and go to the position after it."""
        offset = 1 + len(name)
        end = self._tag_end(offset)
        if end is not None and self._data[self._at + end - 2 : self._at + end] == b"/>":
            return self._taken(end, name)
        while match := self._search(self._token, offset):
            if match["opening"]:
                offset = self._behind(match)
            elif not match["slash"]:
                return self._taken(match.start() - self._at, name, closed=False)
            elif match["name"] == name:
                offset = match.end() - self._at
                return self._taken(self._tag_end(offset) or offset, name)
            else:
                offset = match.end() - self._at
        self._at = len(self._data)
        return BrokenRecord("the file is cut off here")

    def _taken(self, length: int, name: bytes, *, closed: bool = True) -> RecordBytes:
        data = self._data[self._at : self._at + length]
        self._at += length
        return RecordBytes(data, name, closed)

    def _tag_end(self, offset: int) -> int | None:
        """Return the offset of the end of the tag that contains `offset`; None if it has no end."""
        while True:
            start = self._at + offset
            match = _TAG_END.match(self._data, start, start + LONGEST_TAG)
            if match:
                return match.end() - self._at
            if len(self._data) - start >= LONGEST_TAG or not self._more():
                return None

    def _behind(self, opening: re.Match[bytes]) -> int:
        """Return the offset after a comment, CDATA section or DOCTYPE; without an end, its start is ignored."""
        begun = opening.end() - self._at
        if self._scans_left == 0:
            return begun
        try:
            match = self._search(self._closing[opening["opening"]], begun)
        except _TooLarge:
            match = None
        if match is None or match["between"]:
            self._scans_left -= 1
            return begun
        return match.end() - self._at

    def _search(self, pattern: re.Pattern[bytes], offset: int) -> re.Match[bytes] | None:
        """Return the next match at or after `offset`; None if the document ends before one.

        Raises _TooLarge if a record is being cut out and becomes too large.
        """
        while True:
            if match := pattern.search(self._data, self._at + offset):
                return match
            # A match cut off by the end of the window may be complete in a larger one.
            offset = max(offset, len(self._data) - self._at - LONGEST_TAG)
            if len(self._data) - self._at > MAX_ARTICLE_BYTES:
                if self._cutting:
                    raise _TooLarge
                self._pass(offset)
                offset = 0
            if not self._more():
                return None

    def _pass(self, length: int) -> None:
        """Skip bytes that belong to no record."""
        if self.preamble is None and len(self._before) < LONGEST_PREAMBLE:
            self._before += self._data[
                self._at : self._at + min(length, LONGEST_PREAMBLE - len(self._before))
            ]
        self._at += length

    def _more(self) -> bool:
        """Read more, as much as is already held, so that time stays proportional to length. Returns False at the
        end."""
        if self._ended:
            return False
        held = len(self._data) - self._at
        piece = self._stream.read(max(HEAD, min(held, MAX_ARTICLE_BYTES - held + 1)))
        self._ended = not piece
        self._data = self._data[self._at :] + piece
        self._at = 0
        return bool(piece)
