"""Decompresses gzip, bzip2, xz, zstd and the encodings of web servers, in small pieces."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli
import zstandard

from ingest.formats.entry import ByteStream

FED = 1_024
"""Compressed bytes given to a decompressor at once. Those of gzip and zstd decompress all of them at once, up to 1
and 32 MB (a zstd block of 128 kB takes 4 bytes)."""

UNPACKED = 2**20
"""Maximum bytes that the other decompressors return at once. Those of bzip2 have no limit: 45 bytes may give 46
MB."""

MAX_DICTIONARY = 2**27
"""Maximum window of decompression in bytes, which is held in memory. The strongest xz uses half as much; a header
can ask for 4 GiB."""

ERRORS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    MemoryError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    brotli.error,
)
"""Exceptions of decompressors for damaged and cut-off data."""


class Decompressor(Protocol):
    """Decompresses one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """The input after its end."""

    @property
    def needs_input(self) -> bool:
        """Whether all input has been decompressed."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Decompress the next piece; returns at most `max_length` bytes where that can be limited."""


class Decompressed:
    """The content of compressed streams, one after another, as a file may contain several.

    Raises one of ERRORS for damaged data, and EOFError if the last stream is cut off; the data before is returned
    first.
    """

    def __init__(self, inner: ByteStream, fresh: Callable[[], Decompressor]) -> None:
        self._inner = inner
        self._fresh = fresh
        self._decompressor = fresh()
        self._begun = False
        self._ready = b""
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; returns no bytes at the end."""
        while self._at == len(self._ready):
            if not self._feed():
                return b""
        piece = self._ready[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _feed(self) -> bool:
        """Decompress a little more; returns whether there was anything."""
        data = b""
        if self._decompressor.eof:
            data = self._decompressor.unused_data
            self._decompressor, self._begun = self._fresh(), False
        if self._decompressor.needs_input:
            data = data or self._inner.read(FED)
            if not data:
                if self._begun:
                    raise EOFError("it ends too early")
                return False
        if not self._begun:
            data = data.lstrip(b"\0")  # zeros between streams are padding
        if data or self._begun:
            self._begun = True
            self._ready, self._at = self._decompressor.decompress(data, UNPACKED), 0
        return True


def gzip() -> Decompressor:
    """Return a decompressor for one member of a .gz."""
    return _AtOnce(zlib.decompressobj(wbits=31))


def bzip2() -> Decompressor:
    """Return a decompressor for one stream of a .bz2."""
    return bz2.BZ2Decompressor()


def xz() -> Decompressor:
    """Return a decompressor for one stream of an .xz or .lzma."""
    return lzma.LZMADecompressor(memlimit=2 * MAX_DICTIONARY)


def zstd() -> Decompressor:
    """Return a decompressor for one frame of a .zst."""
    return _AtOnce(zstandard.ZstdDecompressor(max_window_size=MAX_DICTIONARY).decompressobj())


def deflate() -> Decompressor:
    """Return a decompressor for HTTP's deflate: the zlib format or, against the standard, raw deflate."""
    return _Deflate()


def br() -> Decompressor:
    """Return a decompressor for brotli."""
    return _Brotli()


class _Simple(Protocol):
    """A decompressor that decompresses all its input at once."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class _AtOnce:
    def __init__(self, inner: _Simple) -> None:
        self._inner = inner
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(data)


class _Deflate(_AtOnce):
    """Recognises the format of a stream by its first bytes."""

    def __init__(self) -> None:
        super().__init__(zlib.decompressobj())
        self._first = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        first, self._first = self._first, False
        try:
            return super().decompress(data, max_length)
        except zlib.error:
            if not first:
                raise
        self._inner = zlib.decompressobj(wbits=-15)
        return super().decompress(data, max_length)


class _Brotli:
    unused_data = b""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._inner.is_finished())

    @property
    def needs_input(self) -> bool:
        return bool(self._inner.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece: bytes = self._inner.process(data, output_buffer_limit=max_length)
        return piece
