"""Elements of a document of any length, cut out of its bytes one at a time.

An export may be larger than memory, and after an error a parser of XML stops. So a document is not parsed by
events: its records are found by their tags, and each is parsed alone. In every encoding that keeps ASCII the
tags are the same bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES, too_large

LONGEST_PREAMBLE = 1_000_000
"""Bytes kept of what stands before the first record: names of the feed and its authors, not its articles."""

LONGEST_TAG = 4_096
"""Bytes of a tag whose end is looked for."""

FULL_SCANS = 100
"""How often the end of a comment or CDATA section is looked for in vain before such beginnings mean nothing."""

_CLOSED_BY = {b"<!--": rb"-->", b"<![CDATA[": rb"\]\]>", b"<!DOCTYPE": rb"\]\s*>"}
_OPENING = rb"<!--|<!\[CDATA\[|<!DOCTYPE(?=[^<>\[]*\[)"
_TAG_END = re.compile(rb"[^<>\"']*+(?:(?:\"[^\"<]*\"|'[^'<]*')[^<>\"']*+)*+>")


@dataclass(frozen=True)
class RecordBytes:
    """A record: its bytes from the first of its start tag to the last of its end tag."""

    data: bytes
    name: bytes
    """Its name with its prefix, as its tags have it."""
    closed: bool = True
    """Whether its end tag was there; without one it goes as far as the next record."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be cut out."""

    reason: str


class _TooLarge(Exception):
    """A record takes more bytes than an article may."""


class XmlWindow:
    """The part of a document that is being read; what lies before it is forgotten."""

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
        """What stands before the first record; None as long as none was found."""
        self._before = bytearray()

    def records(self) -> Iterator[RecordBytes | BrokenRecord]:
        """Yield the records in order, those that cannot be cut out among them."""
        while (start := self._next_start()) is not None:
            if self.preamble is None:
                self.preamble = bytes(self._before)
                # A record's name has one prefix in a document; others of that name are not its records.
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
        """Whether more stands before the first record than is kept."""
        return len(self._before) >= LONGEST_PREAMBLE

    def _look_for(self, prefix: bytes, names: tuple[str, ...]) -> None:
        name = prefix + rb"(?:" + b"|".join(re.escape(each.encode()) for each in names) + rb")"
        self._token = re.compile(
            rb"(?P<opening>" + _OPENING + rb")|<(?P<slash>/?)(?P<name>" + name + rb")(?=[\s/>])"
        )
        # Where one record ends and the next begins, no comment or CDATA section goes on.
        between = rb"|(?P<between></" + name + rb"\s*>\s*<" + name + rb"[\s/>])"
        self._closing = {opening: re.compile(end + between) for opening, end in _CLOSED_BY.items()}

    def _next_start(self) -> bytes | None:
        """Go to the start tag of the next record and give its name; None at the end."""
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
        """The record that begins here, and the place behind it."""
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
        """How far behind this place the tag ends in which `offset` lies; None where it has no end."""
        while True:
            start = self._at + offset
            match = _TAG_END.match(self._data, start, start + LONGEST_TAG)
            if match:
                return match.end() - self._at
            if len(self._data) - start >= LONGEST_TAG or not self._more():
                return None

    def _behind(self, opening: re.Match[bytes]) -> int:
        """How far behind this place a comment, CDATA section or DOCTYPE ends; where it does not, its beginning
        means nothing."""
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
        """The next match at least `offset` behind this place; None where the document ends before one.

        Raises _TooLarge where a record is being cut out and becomes larger than one may be.
        """
        while True:
            if match := pattern.search(self._data, self._at + offset):
                return match
            # What the window's end cuts off may match in a larger one.
            offset = max(offset, len(self._data) - self._at - LONGEST_TAG)
            if len(self._data) - self._at > MAX_ARTICLE_BYTES:
                if self._cutting:
                    raise _TooLarge
                self._pass(offset)
                offset = 0
            if not self._more():
                return None

    def _pass(self, length: int) -> None:
        """Leave so many bytes, which belong to no record."""
        if self.preamble is None and len(self._before) < LONGEST_PREAMBLE:
            self._before += self._data[
                self._at : self._at + min(length, LONGEST_PREAMBLE - len(self._before))
            ]
        self._at += length

    def _more(self) -> bool:
        """Read on, as much again as is held, so that time grows with length alone. False at the end."""
        if self._ended:
            return False
        held = len(self._data) - self._at
        piece = self._stream.read(max(HEAD, min(held, MAX_ARTICLE_BYTES - held + 1)))
        self._ended = not piece
        self._data = self._data[self._at :] + piece
        self._at = 0
        return bool(piece)
