"""Reads XML parts of documents that are a .zip of XML files, such as ODT and EPUB, within limits."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import lxml.etree

from ingest.formats.containers import ERRORS, LimitedStream, seekable
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, Unreadable, too_large
from ingest.formats.xml_tree import Element

MIMETYPE = b"mimetype"
"""Name of the first, uncompressed member, which says what the document is."""


def states_type(head: bytes, *types: bytes) -> bool:
    """Whether a .zip begins with a member that names one of these media types."""
    return head.startswith(b"PK\x03\x04") and any(head[30:].startswith(MIMETYPE + kind) for kind in types)


class Zipped:
    """The members of a document."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._size = size

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def read(self, name: str) -> bytes:
        """Return a member. Raises Unreadable if it is missing, damaged, encrypted or too large."""
        try:
            member = self._archive.getinfo(name)
            if member.flag_bits & 0x1:
                raise Unreadable("encrypted: save it without a password")
            with self._archive.open(member) as opened:
                packed = partial(min, member.compress_size, self._size)
                data = io.BufferedReader(LimitedStream(opened, packed, "part of the document")).read(
                    MAX_ARTICLE_BYTES + 1
                )
        except KeyError:
            raise Unreadable(f"a damaged document: it has no {name}") from None
        except ERRORS as error:
            raise Unreadable(f"a damaged document: {error}") from error
        if len(data) > MAX_ARTICLE_BYTES:
            raise Unreadable(too_large(None))
        return data

    def xml(self, name: str) -> Element:
        """Return the tree of an XML member. Raises Unreadable as `read` does, and for broken XML."""
        parser = lxml.etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = lxml.etree.fromstring(self.read(name), parser)
        except lxml.etree.XMLSyntaxError as error:
            raise Unreadable(f"damaged XML in {name}: {error.msg}") from error
        if (
            root.getroottree().docinfo.internalDTD is not None
            and root.getroottree().docinfo.internalDTD.entities()
        ):
            raise Unreadable("its XML declares entities, which documents of this kind never do; not read")
        return root


@contextmanager
def opened(entry: Entry) -> Iterator[Zipped]:
    """Open a document. Raises Unreadable, SourceError."""
    with seekable(entry) as file:
        size = file.seek(0, io.SEEK_END)
        try:
            archive = zipfile.ZipFile(file)
        except ERRORS as error:
            raise Unreadable(f"a damaged document: {error}") from error
        yield Zipped(archive, size)
