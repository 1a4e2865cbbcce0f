"""Opens containers (compressed files, .zip and .tar) as streams within limits; no member is written to disk under
its name."""

import io
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING

from assistant.errors import SourceError
from ingest.formats import compression, tar
from ingest.formats.entry import (
    HEAD,
    MAX_ARTICLE_BYTES,
    ByteStream,
    Entry,
    Unreadable,
    buffered,
    member_place,
)
from ingest.sources.files import is_hidden
from ingest.sources.rejections import Rejected, Skipped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_DEPTH = 4
"""Maximum nesting of containers. Real archives have two levels (a .zip of .gz); self-reproducing bombs have no
end."""

MAX_RATIO = 200
"""Maximum ratio of unpacked to packed bytes. News packs 3 to 10 times, as .jsonl.gz and as web pages. The densest
deflate, of which bombs are made, packs 1,032 times."""

RATIO_FREE = 10_000_000
"""Bytes a member may have at any ratio: a small file of one repeated line is dense but harmless."""

MAX_MEMBER_BYTES = 64 * 2**30
"""Maximum unpacked bytes of a member. This limits time, not memory; files of news crawls are far smaller."""

MAX_NESTED_BYTES = 2 * 2**30
"""Maximum bytes of a .zip or document inside another container. Such files are read from their end, so they are
held in memory up to NESTED_IN_MEMORY, and beyond that in a temporary file without a name."""

NESTED_IN_MEMORY = 16_000_000

_CRAWL = "archive/"
_DRIVE = re.compile(r"[A-Za-z]:")
ERRORS: tuple[type[Exception], ...] = (
    *compression.ERRORS,
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
)
"""Exceptions for damaged, truncated, encrypted and unsupported members."""


def is_gzip(head: bytes, suffix: str) -> bool:
    """Whether a file is compressed by gzip."""
    return head.startswith(b"\x1f\x8b\x08")


def is_zip(head: bytes, suffix: str) -> bool:
    """Whether a file is a .zip of files, and not an office document or e-book, which have the same structure."""
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    return not head[30:].startswith((b"[Content_Types].xml", b"_rels/", b"mimetype"))


def is_bzip2(head: bytes, suffix: str) -> bool:
    """Whether a file is compressed by bzip2."""
    return re.match(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", head) is not None


def is_xz(head: bytes, suffix: str) -> bool:
    """Whether a file is compressed by xz, or by its predecessor, which only the name shows."""
    return head.startswith(b"\xfd7zXZ\x00") or (suffix == ".lzma" and head.startswith(b"]\x00\x00"))


def is_zstd(head: bytes, suffix: str) -> bool:
    """Whether a file is compressed by zstd."""
    return head.startswith(b"\x28\xb5\x2f\xfd")


def is_tar(head: bytes, suffix: str) -> bool:
    """Whether a file begins with the header of a .tar member."""
    return tar.is_header(head[: tar.BLOCK])


def open_gzip(entry: Entry) -> Iterator[Entry | Rejected]:
    """Yield the compressed file. It keeps its place, because .gz is only an encoding."""
    yield _unpacked(entry, compression.gzip, "gzip data")


def open_bzip2(entry: Entry) -> Iterator[Entry | Rejected]:
    """Yield the one file that is packed, in its place."""
    yield _unpacked(entry, compression.bzip2, "bzip2 data")


def open_xz(entry: Entry) -> Iterator[Entry | Rejected]:
    """Yield the one file that is packed, in its place."""
    yield _unpacked(entry, compression.xz, "xz data")


def open_zstd(entry: Entry) -> Iterator[Entry | Rejected]:
    """Yield the one file that is packed, in its place."""
    yield _unpacked(entry, compression.zstd, "zstd data")


def open_tar(entry: Entry) -> Iterator[Entry | Rejected]:
    """Yield the members of a .tar in its order; Rejected for those that are not files or must not be opened.

    A later member of the same name is a newer version: this is how files are added to a .tar.
    """
    for member in tar.members(entry.stream):
        name = member.name.replace("\\", "/")
        if member.is_folder or _is_left_out(name):
            continue
        place = member_place(entry.source, name)
        if reason := member.reason or _leads_out(name, ".tar"):
            yield Rejected(place, reason)
        else:
            yield Entry(place, buffered(member.content), entry.depth + 1, length=member.content.left)


def open_zip(entry: Entry) -> Iterator[Entry | Rejected | Skipped]:
    """Yield the members of a .zip in its order; Rejected for those that must not or cannot be opened.

    Of a web archive in a .zip (WACZ), only the crawl is opened; the other members list the same pages again.
    """
    file = seekable(entry)
    with file:
        size = file.seek(0, io.SEEK_END)
        try:
            archive = zipfile.ZipFile(file)
        except ERRORS as error:
            raise Unreadable(f"a damaged .zip: {error}") from error
        seen: set[str] = set()
        unpacked = lists = 0
        is_crawl = "datapackage.json" in archive.namelist() and any(
            name.startswith(_CRAWL) for name in archive.namelist()
        )
        for member in archive.infolist():
            name = member.filename.replace("\\", "/")
            place = member_place(entry.source, name)
            if name.endswith("/") or _is_left_out(name):
                continue
            if is_crawl and not name.startswith(_CRAWL):
                lists += 1
                continue
            if reason := _forbidden(member, name, seen):
                yield Rejected(place, reason)
                continue
            seen.add(name)
            try:
                opened = archive.open(member)
            except ERRORS as error:
                yield Rejected(place, f"cannot be unpacked: {error}")
                continue
            with opened:
                # A member cannot be packed in more bytes than the .zip has, whatever it claims.
                raw = LimitedStream(opened, partial(min, member.compress_size, size), "member of the .zip")
                beside = partial(_read_beside, archive, name)
                yield Entry(place, buffered(raw), entry.depth + 1, beside=beside)
            unpacked += raw.count
            if unpacked > max(RATIO_FREE, MAX_RATIO * size):
                raise Unreadable(
                    f"unpacks to more than {MAX_RATIO} times its size, as only zip bombs do; stopped"
                )
        if lists:
            yield Skipped(entry.source, "lists of pages", lists)


def _read_beside(archive: zipfile.ZipFile, name: str, relative: str) -> bytes | None:
    """Return the bytes of a small member at a path relative to that of another; None if it cannot be read."""
    try:
        with archive.open(posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))) as member:
            data = member.read(MAX_ARTICLE_BYTES + 1)
    except KeyError:
        return None
    except ERRORS:
        return None
    return data if len(data) <= MAX_ARTICLE_BYTES else None


class LimitedStream(io.RawIOBase):
    """The unpacked bytes of a member, counted as they come, because a container's own statements are not trusted.

    Raises Unreadable for damaged data and beyond the limits.
    """

    def __init__(self, inner: ByteStream, packed: Callable[[], int], what: str) -> None:
        self._inner = inner
        self._packed = packed
        self._what = what
        self._failure: Unreadable | None = None
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the whole buffer unless the data ends or fails, so that a first look sees many bytes."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._failure is None:
            try:
                piece = self._inner.read(len(view) - filled)
            except ERRORS as error:
                self._failure = Unreadable(f"damaged or cut-off {self._what}: {error}")
                break
            if not piece:
                break
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
            self.count += len(piece)
            self._failure = self._beyond_limits()
        # The data before the damage is returned first.
        if self._failure is not None and not filled:
            raise self._failure
        return filled

    def _beyond_limits(self) -> Unreadable | None:
        if self.count > RATIO_FREE and self.count > MAX_RATIO * self._packed():
            return Unreadable(f"unpacks to more than {MAX_RATIO} times its size, as only bombs do")
        if self.count > MAX_MEMBER_BYTES:
            return Unreadable(f"unpacks to more than {MAX_MEMBER_BYTES // 2**30} GiB")
        return None


class _Counted:
    """A packed stream that counts the bytes read from it."""

    def __init__(self, inner: ByteStream) -> None:
        self._inner = inner
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        self.count += len(data)
        return data


def _unpacked(entry: Entry, fresh: Callable[[], compression.Decompressor], what: str) -> Entry:
    packed = _Counted(entry.stream)
    stream = buffered(LimitedStream(compression.Decompressed(packed, fresh), lambda: packed.count, what))
    return Entry(entry.source, stream, entry.depth + 1)


def _is_left_out(name: str) -> bool:
    return any(is_hidden(part) for part in name.split("/") if part not in ("..", "."))


def _leads_out(name: str, what: str) -> str | None:
    """Return why a member of this name is not opened; None if it may be."""
    if name.startswith("/") or _DRIVE.match(name):
        return f"its name in the {what} is an absolute path, which valid archives never have; not opened"
    if ".." in name.split("/"):
        return f"its name in the {what} leads out of it (..), which valid archives never have; not opened"
    return None


def _forbidden(member: zipfile.ZipInfo, name: str, seen: set[str]) -> str | None:
    """Return why a member of a .zip is not opened; None if it may be."""
    if reason := _leads_out(name, ".zip"):
        return reason
    if member.flag_bits & 0x1:
        return "encrypted: unpack it with its password and ingest the files"
    return "a second member of the same name in the .zip" if name in seen else None


def seekable(entry: Entry) -> IO[bytes]:
    """Return the bytes of a .zip or document as a seekable file. Raises Unreadable, SourceError."""
    if entry.stream.seekable():
        entry.stream.seek(0)
        return entry.stream
    held = tempfile.SpooledTemporaryFile(max_size=NESTED_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    size = 0
    try:
        while data := entry.stream.read(HEAD):
            size += len(data)
            if size > MAX_NESTED_BYTES:
                raise Unreadable(
                    f"larger than {MAX_NESTED_BYTES // 2**30} GiB inside a container: unpack the outer one"
                )
            held.write(data)
        held.seek(0)
    except OSError as error:
        with suppress(OSError):
            held.close()
        # Not a Rejected, because that would be stored: the machine has no room.
        raise SourceError(
            f"no room to unpack {entry.source} in {tempfile.gettempdir()} ({error.strerror}): free some disk "
            "space, or set TMPDIR to another folder, and run the same command again"
        ) from error
    except BaseException:
        held.close()
        raise
    return held
