"""Parses responses of web servers as crawls store them: status, headers, and the decoded body."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.formats import compression
from ingest.formats.entry import MAX_ARTICLE_BYTES, Unreadable, too_large

MAX_HEAD_BYTES = 262_144
"""Maximum bytes of a response's headers; servers and browsers accept only a fraction of it."""

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_PACKINGS: Mapping[str, Callable[[], compression.Decompressor]] = {
    "gzip": compression.gzip,
    "x-gzip": compression.gzip,
    "deflate": compression.deflate,
    "br": compression.br,
    "zstd": compression.zstd,
}


@dataclass(frozen=True)
class Response:
    """A response; headers by their names in lower case."""

    status: int
    body: bytes
    """The body as sent."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media(self) -> str:
        """Its media type without parameters, such as `text/html`; empty if it states none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The encoding of its text, if stated."""
        match = _CHARSET.search(self.headers.get("content-type", ""))
        return match[1] if match else None

    def content(self) -> bytes:
        """Return the body without chunking and compression. Raises Unreadable if it is cut off, damaged or too
        large.

        Some crawlers decode the body but keep the headers. So a body that is not chunked or compressed as stated is
        returned unchanged.
        """
        data = self.body
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            data = _without_chunks(data)
        encodings = [name.strip().lower() for name in self.headers.get("content-encoding", "").split(",")[:4]]
        for name in reversed(encodings):
            if name in _PACKINGS:
                data = _unpack(data, name)
        return data


def parse(block: bytes) -> Response | None:
    """Parse a response; None if the bytes are not one."""
    if not (status := _STATUS.match(block)):
        return None
    end = _HEAD_END.search(block, 0, MAX_HEAD_BYTES)
    if end is None:
        return Response(int(status[1]), b"")
    headers: dict[str, str] = {}
    for line in re.split(r"\r?\n(?![ \t])", block[: end.start()].decode("latin-1"))[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), " ".join(value.split()))
    return Response(int(status[1]), block[end.end() :], headers)


def _without_chunks(data: bytes) -> bytes:
    pieces: list[bytes] = []
    at = 0
    while match := _CHUNK.match(data, at):
        size = int(match[1], 16)
        if not size:
            return b"".join(pieces)
        piece = data[match.end() : match.end() + size]
        if len(piece) < size:
            break
        pieces.append(piece)
        at = match.end() + size
        at += len(data[at : at + 2]) if data[at : at + 2] == b"\r\n" else data[at : at + 1] == b"\n"
    if not pieces and match is None:
        return data
    raise Unreadable("cut off or damaged inside its chunks")


def _unpack(data: bytes, name: str) -> bytes:
    packed = compression.Decompressed(io.BytesIO(data), _PACKINGS[name])
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := packed.read(MAX_ARTICLE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ARTICLE_BYTES:
                raise Unreadable(too_large(None))
    except EOFError:
        raise Unreadable(f"cut off: its {name} data ends too early") from None
    except compression.ERRORS as error:
        if pieces or not _is_text(data):
            raise Unreadable(f"cannot be decompressed as {name}: {error}") from error
        return data
    return b"".join(pieces)


def _is_text(data: bytes) -> bool:
    """Whether a page was stored uncompressed: compressed data never begins with a readable tag."""
    return data[:64].lstrip().startswith(b"<")
