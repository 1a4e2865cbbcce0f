"""Chooses the parser of a file: by its content first, by its name second."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from assistant.article import Article
from ingest.formats import (
    containers,
    corpora,
    docx,
    epub,
    feeds,
    html,
    json,
    jsonl,
    mail,
    markdown,
    mets,
    mhtml,
    movabletype,
    newsml,
    newsml1,
    nitf,
    ocr,
    odt,
    page_xml,
    parquet,
    pdf,
    picture,
    plaintext,
    rtf,
    sgml,
    spreadsheet,
    tabular,
    tei,
    warc,
    wire,
    wordpress,
)
from ingest.formats.encodings import bom_encoding, is_binary, utf16_without_bom
from ingest.formats.entry import Entry, Unreadable, buffered
from ingest.formats.streams import DiskFile, Utf8Stream, read_beside
from ingest.sources.files import ReadOptions, SourceFile, is_readme
from ingest.sources.rejections import Rejected, Skipped

VERSION = 5
"""Increases when parsers make different articles from the same bytes, so that unchanged files are read again."""


EXTRAS = {ocr.EXTRA: ocr.is_installed, parquet.EXTRA: parquet.is_installed}
"""The optional parts of Backfile that parsers use, and whether each is installed."""

ParseResult = Article | Rejected | Skipped
"""What a parser yields for a record, or for many records that are never articles."""


@dataclass(frozen=True)
class Format:
    """A file format and its parser."""

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    """Whether a file with these first bytes, in UTF-8, and this name suffix certainly has this format."""
    parse: Callable[[Entry, ReadOptions], Iterator[ParseResult]]
    is_binary: bool = False
    """Whether the format is not text, so that its bytes must not be decoded."""


@dataclass(frozen=True)
class Container:
    """A kind of file that contains other files."""

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    open: Callable[[Entry], Iterator[Entry | Rejected | Skipped]]


CONTAINERS = (
    Container("gzip", (".gz", ".tgz"), containers.is_gzip, containers.open_gzip),
    Container("bzip2", (".bz2", ".tbz2"), containers.is_bzip2, containers.open_bzip2),
    Container("xz", (".xz", ".txz", ".lzma"), containers.is_xz, containers.open_xz),
    Container("zstd", (".zst", ".tzst"), containers.is_zstd, containers.open_zstd),
    Container("tar", (".tar",), containers.is_tar, containers.open_tar),
    Container("zip", (".zip", ".wacz"), containers.is_zip, containers.open_zip),
)

FORMATS = (
    Format("WARC and ARC", warc.SUFFIXES, warc.recognises, warc.parse, is_binary=True),
    Format("PDF", pdf.SUFFIXES, pdf.recognises, pdf.parse, is_binary=True),
    Format("Word", docx.SUFFIXES, docx.recognises, docx.parse, is_binary=True),
    Format("OpenDocument", odt.SUFFIXES, odt.recognises, odt.parse, is_binary=True),
    Format("EPUB", epub.SUFFIXES, epub.recognises, epub.parse, is_binary=True),
    Format("spreadsheet", spreadsheet.SUFFIXES, spreadsheet.recognises, spreadsheet.parse, is_binary=True),
    Format("Parquet", parquet.SUFFIXES, parquet.recognises, parquet.parse, is_binary=True),
    Format("picture", picture.SUFFIXES, picture.recognises, picture.parse, is_binary=True),
    Format("RTF", rtf.SUFFIXES, rtf.recognises, rtf.parse, is_binary=True),
    Format("MHTML", mhtml.SUFFIXES, mhtml.recognises, mhtml.parse),
    Format("mbox", mail.MBOX_SUFFIXES, mail.recognises_mbox, mail.parse_mbox),
    Format("mail", mail.SUFFIXES, mail.recognises, mail.parse),
    Format("Movable Type export", movabletype.SUFFIXES, movabletype.recognises, movabletype.parse),
    Format("IPTC 7901 and ANPA 1312", wire.SUFFIXES, wire.recognises, wire.parse, is_binary=True),
    Format("JSON Lines", jsonl.SUFFIXES, jsonl.recognises, jsonl.parse),
    Format("JSON", json.SUFFIXES, json.recognises, json.parse),
    Format("WordPress export", wordpress.SUFFIXES, wordpress.recognises, wordpress.parse),
    Format("RSS and Atom", feeds.SUFFIXES, feeds.recognises, feeds.parse),
    Format("NITF", nitf.SUFFIXES, nitf.recognises, nitf.parse),
    Format("NewsML-G2", newsml.SUFFIXES, newsml.recognises, newsml.parse),
    Format("NewsML 1", newsml1.SUFFIXES, newsml1.recognises, newsml1.parse),
    Format("TEI", tei.SUFFIXES, tei.recognises, tei.parse),
    Format("RCV1", corpora.RCV1_SUFFIXES, corpora.recognises_rcv1, corpora.parse_rcv1),
    Format("TREC and Gigaword", corpora.SUFFIXES, corpora.recognises, corpora.parse),
    Format("METS", mets.SUFFIXES, mets.recognises, mets.parse),
    Format("ALTO", page_xml.ALTO_SUFFIXES, page_xml.recognises_alto, page_xml.parse_alto),
    Format("PAGE XML", page_xml.PAGE_SUFFIXES, page_xml.recognises_page, page_xml.parse_page),
    Format("hOCR", page_xml.HOCR_SUFFIXES, page_xml.recognises_hocr, page_xml.parse_hocr),
    Format("Reuters SGML", sgml.SUFFIXES, sgml.recognises, sgml.parse),
    Format("HTML", html.SUFFIXES, html.recognises, html.parse),
    Format("Markdown", markdown.SUFFIXES, markdown.recognises, markdown.parse),
    Format("CSV", tabular.SUFFIXES, tabular.recognises, tabular.parse),
    Format("plain text", plaintext.SUFFIXES, plaintext.recognises, plaintext.parse),
)
"""The formats, in the order in which they are tested; the first that recognises a file parses it."""

SIGNATURES = (
    (b"PK\x03\x04", "an office document or book"),
    (b"\xd0\xcf\x11\xe0", "an old office document such as .doc: save it as .docx"),
    (b"<?xml", "an XML document"),
    (b"\x5d\x2a\x4d\x18", "compressed by zstd with its own dictionary"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"GIF8", "an image"),
    (b"SQLite format 3", "a database"),
)
"""First bytes of files that are common in archives but have none of FORMATS."""


Read = Callable[[Format, Entry, ReadOptions], Iterator[ParseResult]]
"""Reads an entry whose format is known."""


def read_entry(form: Format, entry: Entry, options: ReadOptions) -> Iterator[ParseResult]:
    """Read an entry by its format's parser."""
    return form.parse(entry, options)


def parse(file: SourceFile, options: ReadOptions, read: Read = read_entry) -> Iterator[ParseResult]:
    """Yield a file's articles, a Rejected for each other record, member or file, and counts of skipped records.

    Containers are opened, also inside other containers. Bad content never raises an exception, and one bad record
    never stops its file. Memory does not grow with the file, only with its largest article, which is limited. `read`
    may look at each entry before the parser of its format reads it.
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
        yield from _parse_entry(
            Entry(file.source, stream, length=file.size, beside=partial(read_beside, file.path)),
            options,
            read,
        )


def _parse_entry(entry: Entry, options: ReadOptions, read: Read) -> Iterator[ParseResult]:
    if is_readme(entry.name):
        return
    try:
        yield from _parse_content(entry, options, read)
    except Unreadable as error:
        yield Rejected(entry.source, str(error))


def _parse_content(entry: Entry, options: ReadOptions, read: Read) -> Iterator[ParseResult]:
    head = entry.head()
    if not head:
        yield Rejected(entry.source, "empty file")
        return
    for form in FORMATS:
        if form.is_binary and form.recognises(head, entry.suffix):
            yield from read(form, entry, options.of(entry.source))
            return
    for container in CONTAINERS:
        if container.recognises(head, entry.suffix):
            yield from _parse_container(container, entry, options, read)
            return
    entry = _in_utf8(entry, head)
    chosen = _format(entry)
    if isinstance(chosen, Rejected):
        yield chosen
    else:
        yield from read(chosen, entry, options.of(entry.source))


def _parse_container(
    container: Container, entry: Entry, options: ReadOptions, read: Read
) -> Iterator[ParseResult]:
    if entry.depth >= containers.MAX_DEPTH:
        raise Unreadable(f"nested in more than {containers.MAX_DEPTH} containers; not opened")
    for member in container.open(entry):
        if isinstance(member, Entry):
            yield from _parse_entry(member, options, read)
        else:
            yield member


def _format(entry: Entry) -> Format | Rejected:
    """Return the format of an entry whose bytes are UTF-8, if they are text at all."""
    head = entry.head()
    suffix = _suffix(entry)
    if is_binary(head):
        binary = _signature(head) or "binary data"
        return Rejected(entry.source, f"not a supported format: {binary}. {_supported()}")
    if not head.strip():
        return Rejected(entry.source, "empty file: it begins with nothing but white space")
    for form in FORMATS:
        if form.recognises(head, suffix):
            return form
    if what := _signature(head):
        return Rejected(entry.source, f"not a supported format: {what}. {_supported()}")
    for form in FORMATS:
        if suffix in form.suffixes:
            return form
    return Rejected(entry.source, f"not a supported format: {suffix}. {_supported()}")


def _suffix(entry: Entry) -> str:
    """Return the suffix that gives the format: that of `page.html` for `page.html.gz`."""
    name = entry.name
    for container in CONTAINERS:
        if entry.suffix in container.suffixes:
            name = name[: -len(entry.suffix)]
    return replace(entry, source=name).suffix


def _signature(head: bytes) -> str | None:
    return next((what for beginning, what in SIGNATURES if head.startswith(beginning)), None)


def _supported() -> str:
    """List the supported formats, for the report."""
    formats = ", ".join(
        f"{form.name} ({' '.join(suffix for suffix in form.suffixes if suffix)})" for form in FORMATS
    )
    packed = " and ".join(suffix for container in CONTAINERS for suffix in container.suffixes)
    return f"Supported are {formats}, also inside {packed}"


def _in_utf8(entry: Entry, head: bytes) -> Entry:
    """Return the entry as UTF-8 without byte-order mark, if its first bytes show another Unicode encoding."""
    if marked := bom_encoding(head):
        bom, encoding = marked
        entry.stream.read(len(bom))
        if encoding == "utf-8":
            return entry
    elif unmarked := utf16_without_bom(head):
        encoding = unmarked
    else:
        return entry
    # The size in UTF-8 is not known.
    return replace(entry, stream=buffered(Utf8Stream(entry.stream, encoding)), length=None)
