"""Which reader reads what: decided by what a file holds first, by its name second."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from assistant.article import Article
from ingest.formats import (
    containers,
    docx,
    feeds,
    html,
    json,
    jsonl,
    mail,
    markdown,
    newsml,
    nitf,
    pdf,
    plaintext,
    sgml,
    tabular,
    warc,
    wordpress,
)
from ingest.formats.encodings import bom_encoding, is_binary, utf16_without_bom
from ingest.formats.entry import Entry, Unreadable, buffered
from ingest.formats.streams import DiskFile, Utf8Stream
from ingest.sources.files import ReadOptions, SourceFile, is_readme
from ingest.sources.rejections import Rejected, Skipped

VERSION = 3
"""Goes up when readers make other articles of the same bytes, so that unchanged files are read again."""


ParseResult = Article | Rejected | Skipped
"""What comes of a record, or of many."""


@dataclass(frozen=True)
class Format:
    """A family of files and how it is read."""

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    """Whether a file that begins with these bytes, in UTF-8, and whose name ends so is certainly one."""
    parse: Callable[[Entry, ReadOptions], Iterator[ParseResult]]
    is_binary: bool = False
    """Whether it holds what is no text, so that its bytes are to be left as they are."""


@dataclass(frozen=True)
class Container:
    """A kind of file that holds other files."""

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    open: Callable[[Entry], Iterator[Entry | Rejected]]


CONTAINERS = (
    Container("gzip", (".gz", ".tgz"), containers.is_gzip, containers.open_gzip),
    Container("bzip2", (".bz2", ".tbz2"), containers.is_bzip2, containers.open_bzip2),
    Container("xz", (".xz", ".txz", ".lzma"), containers.is_xz, containers.open_xz),
    Container("zstd", (".zst", ".tzst"), containers.is_zstd, containers.open_zstd),
    Container("tar", (".tar",), containers.is_tar, containers.open_tar),
    Container("zip", (".zip",), containers.is_zip, containers.open_zip),
)

FORMATS = (
    Format("WARC and ARC", warc.SUFFIXES, warc.recognises, warc.parse, is_binary=True),
    Format("PDF", pdf.SUFFIXES, pdf.recognises, pdf.parse, is_binary=True),
    Format("Word", docx.SUFFIXES, docx.recognises, docx.parse, is_binary=True),
    Format("mbox", mail.MBOX_SUFFIXES, mail.recognises_mbox, mail.parse_mbox),
    Format("mail", mail.SUFFIXES, mail.recognises, mail.parse),
    Format("JSON Lines", jsonl.SUFFIXES, jsonl.recognises, jsonl.parse),
    Format("JSON", json.SUFFIXES, json.recognises, json.parse),
    Format("WordPress export", wordpress.SUFFIXES, wordpress.recognises, wordpress.parse),
    Format("RSS and Atom", feeds.SUFFIXES, feeds.recognises, feeds.parse),
    Format("NITF", nitf.SUFFIXES, nitf.recognises, nitf.parse),
    Format("NewsML-G2", newsml.SUFFIXES, newsml.recognises, newsml.parse),
    Format("Reuters SGML", sgml.SUFFIXES, sgml.recognises, sgml.parse),
    Format("HTML", html.SUFFIXES, html.recognises, html.parse),
    Format("Markdown", markdown.SUFFIXES, markdown.recognises, markdown.parse),
    Format("CSV", tabular.SUFFIXES, tabular.recognises, tabular.parse),
    Format("plain text", plaintext.SUFFIXES, plaintext.recognises, plaintext.parse),
)
"""In the order in which they are asked; the first that recognises a file's beginning reads it."""

SIGNATURES = (
    (b"PK\x03\x04", "an office document or book"),
    (b"\xd0\xcf\x11\xe0", "an old office document, as .doc is: save it as .docx"),
    (b"{\\rtf", "an RTF document"),
    (b"<?xml", "an XML document"),
    (b"\x5d\x2a\x4d\x18", "packed by zstd with a dictionary of its own"),
    (b"7z\xbc\xaf\x27\x1c", "packed by 7-Zip"),
    (b"Rar!", "packed by RAR"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite format 3", "a database"),
)
"""Beginnings of files that are often found in archives and are none of FORMATS."""


def parse(file: SourceFile, options: ReadOptions) -> Iterator[ParseResult]:
    """Yield the articles of a file, a Rejected for each record, member or file that is none, and what it passed over.

    Containers are opened, and containers in them. Bad content never raises, and one bad record never
    stops its file. Memory does not grow with the file, only with its largest article, which is limited.
    """
    try:
        if not stat.S_ISREG(file.path.stat().st_mode):
            yield Rejected(file.source, "cannot be opened: a folder without permission, a pipe or a device")
            return
        disk = DiskFile(file.path)
    except OSError as error:
        yield Rejected(file.source, f"cannot be opened: {error.strerror or error}")
        return
    with buffered(disk) as stream:
        yield from _parse_entry(Entry(file.source, stream, length=file.size), options)


def _parse_entry(entry: Entry, options: ReadOptions) -> Iterator[ParseResult]:
    if is_readme(entry.name):
        return
    try:
        yield from _parse_content(entry, options)
    except Unreadable as error:
        yield Rejected(entry.source, str(error))


def _parse_content(entry: Entry, options: ReadOptions) -> Iterator[ParseResult]:
    head = entry.head()
    if not head:
        yield Rejected(entry.source, "empty file")
        return
    for form in FORMATS:
        if form.is_binary and form.recognises(head, entry.suffix):
            yield from form.parse(entry, options.of(entry.source))
            return
    for container in CONTAINERS:
        if container.recognises(head, entry.suffix):
            yield from _parse_container(container, entry, options)
            return
    entry = _in_utf8(entry, head)
    chosen = _format(entry)
    if isinstance(chosen, Rejected):
        yield chosen
    else:
        yield from chosen.parse(entry, options.of(entry.source))


def _parse_container(container: Container, entry: Entry, options: ReadOptions) -> Iterator[ParseResult]:
    if entry.depth >= containers.MAX_DEPTH:
        raise Unreadable(f"more than {containers.MAX_DEPTH} containers within each other; not opened")
    for member in container.open(entry):
        if isinstance(member, Rejected):
            yield member
        else:
            yield from _parse_entry(member, options)


def _format(entry: Entry) -> Format | Rejected:
    """The format of an entry whose bytes are in UTF-8, if text at all."""
    head = entry.head()
    suffix = _suffix(entry)
    if is_binary(head):
        binary = _signature(head) or "binary data"
        return Rejected(entry.source, f"not a format that can be read: {binary}. {_readable()}")
    if not head.strip():
        return Rejected(entry.source, "empty file: nothing but white space in its beginning")
    for form in FORMATS:
        if form.recognises(head, suffix):
            return form
    if what := _signature(head):
        return Rejected(entry.source, f"not a format that can be read yet: {what}. {_readable()}")
    for form in FORMATS:
        if suffix in form.suffixes:
            return form
    return Rejected(entry.source, f"not a format that can be read yet: {suffix}. {_readable()}")


def _suffix(entry: Entry) -> str:
    """The ending that tells the format: that of `page.html` in `page.html.gz`."""
    name = entry.name
    for container in CONTAINERS:
        if entry.suffix in container.suffixes:
            name = name[: -len(entry.suffix)]
    return replace(entry, source=name).suffix


def _signature(head: bytes) -> str | None:
    return next((what for beginning, what in SIGNATURES if head.startswith(beginning)), None)


def _readable() -> str:
    """The formats that can be read, for the report."""
    formats = ", ".join(
        f"{form.name} ({' '.join(suffix for suffix in form.suffixes if suffix)})" for form in FORMATS
    )
    packed = " and ".join(suffix for container in CONTAINERS for suffix in container.suffixes)
    return f"Readable are {formats}, also in {packed}"


def _in_utf8(entry: Entry, head: bytes) -> Entry:
    """The entry as UTF-8 without a byte-order mark where its first bytes show another Unicode encoding."""
    if marked := bom_encoding(head):
        bom, encoding = marked
        entry.stream.read(len(bom))
        if encoding == "utf-8":
            return entry
    elif unmarked := utf16_without_bom(head):
        encoding = unmarked
    else:
        return entry
    # Its size is no longer known: the same text has another length in UTF-8.
    return replace(entry, stream=buffered(Utf8Stream(entry.stream, encoding)), length=None)
