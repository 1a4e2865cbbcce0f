"""Parses crawls: WARC and ARC files as CC-NEWS and web archives store them. One HTML page is one article.

Records are read in sequence, each up to the size of a page. Both formats are parsed here, because they are only
header lines and a length. The libraries read lines of any length, and either accept a record with a wrong length or
stop there.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.article import Article
from ingest.articles.builder import Extracted, build_article, split_address
from ingest.articles.canonical import clean, join
from ingest.formats import html, http_response
from ingest.formats.encodings import decode
from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES, Entry, Unreadable, too_large
from ingest.formats.http_response import Response
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".warc", ".arc")

LONGEST_LINE = 65_536
"""Maximum bytes of a header line; a URL may have a few thousand."""

MOST_HEADERS = 1_000
"""Maximum lines of a record's headers; real ones have about twenty."""

LONGEST_ARC_LINE = 8_192
"""Maximum bytes of the line that opens a record of an ARC file."""

_WARC = re.compile(rb"WARC/\d{1,2}\.\d{1,2}\s*$")
# URL (in old files with spaces), IP address, time, media type, in version 2 five more fields, length.
_ARC = re.compile(
    rb"([a-z][a-z0-9+.-]*:.*?) ([0-9A-Fa-f.:]+) (\d{8,18}) (\S+)(?: .*)? (\S+)\s*$", re.IGNORECASE
)
_PAGES = ("text/html", "application/xhtml+xml")
_UNSURE = ("", "text/plain", "application/octet-stream", "unk", "no-type")
"""Media types that servers also send with pages, so the content decides."""

_WANTED = ("response", "resource", "conversion")
_KINDS = {
    "warcinfo": "descriptions of the crawl",
    "request": "requests",
    "metadata": "metadata",
    "revisit": "revisits of unchanged pages",
    "conversion": "conversions",
    "continuation": "continuations",
}


@dataclass(frozen=True)
class _CrawlRecord:
    """One record, as far as it was read."""

    number: int
    """Its position among all records of the file, from 1."""
    kind: str
    """Its type as in WARC files: `response`, `request`, …"""
    media: str = ""
    url: str = ""
    time: str = ""
    """The time of the crawl, as written."""
    block: bytes = field(default=b"", repr=False)
    is_whole: bool = True
    """Whether the block is complete, not only its beginning."""
    fault: str | None = None
    """Why it cannot be read; None if it can."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with a record of a crawl."""
    line = head[:LONGEST_ARC_LINE].partition(b"\n")[0]
    return _WARC.match(line) is not None or (line.startswith(b"filedesc:") and _ARC.match(line) is not None)


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each page, numbered by its record. Other records are skipped and counted by kind.

    The record's URL is used if the page names none. The time of the crawl is not a date of publication, but no page
    was published after it.
    """
    left_out: Counter[str] = Counter()
    count = 0
    failure: Unreadable | None = None
    try:
        for record in _records(entry.stream):
            count += 1
            place = f"{entry.source}#{record.number}"
            if record.fault is not None:
                yield Rejected(place, record.fault)
                continue
            page = _response(record)
            if (kind := _no_page(record, page)) is not None:
                left_out[kind] += 1
                continue
            yield from _articles(record, page, place, options)
    except Unreadable as error:
        failure = error
    for kind, number in left_out.items():
        yield Skipped(entry.source, kind, number)
    if failure is not None:
        raise failure
    if not count:
        yield Rejected(entry.source, "no records")


def _articles(
    record: _CrawlRecord, page: Response, place: str, options: ReadOptions
) -> Iterator[Article | Rejected | Skipped]:
    if not record.is_whole:
        yield Rejected(place, too_large(None))
        return
    try:
        data = page.content()
    except Unreadable as error:
        yield Rejected(place, str(error))
        return
    if len(data) > MAX_ARTICLE_BYTES:
        yield Rejected(place, too_large(len(data)))
        return
    if page.charset is not None:
        data = decode(data, page.charset).encode("utf-8", "replace")
    fetched = _day(record.time)
    if fetched is not None:
        options = replace(options, today=min(options.today, fetched))
    if record.kind == "conversion":
        yield _converted(decode(data), record.url or None, place, options)
    else:
        yield from html.articles(data, place, options, address=record.url or None)


def _converted(text: str, address: str | None, place: str, options: ReadOptions) -> Article | Rejected:
    """Return the article of a page whose text a crawl stored, as WET files do: its title, then each block on a line.

    Menus are above the first paragraph and below the last one.
    """
    title, *lines = [line for line in clean(text).split("\n") if line] or [""]
    prose = [index for index, line in enumerate(lines) if len(line) >= html.SHORTEST_PARAGRAPH]
    if sum(len(lines[index]) for index in prose) < html.SHORTEST_ARTICLE:
        return Rejected(place, html.NO_ARTICLE)
    story = lines[prose[0] : prose[-1] + 1]
    return build_article(Extracted(text=join(story), title=title, url=address), place, options)


def _response(record: _CrawlRecord) -> Response:
    """Return the response in a record; a page stored without a response counts as sent with success."""
    response = http_response.parse(record.block) if record.kind == "response" else None
    return response or Response(200, record.block, {"content-type": record.media})


def _no_page(record: _CrawlRecord, response: Response) -> str | None:
    """Return what a record contains if it is not a page, in words for the report; None if it is a page."""
    if record.kind not in _WANTED:
        return _KINDS.get(record.kind, "other records")
    if record.kind == "conversion":
        return None if record.media.startswith("text/plain") else _KINDS[record.kind]
    if 300 <= response.status < 400:
        return "redirects"
    if response.status not in (200, 203):
        return "server errors"
    if record.url.lower().startswith("dns:"):
        return "DNS lookups"
    parts = split_address(record.url)
    if parts is not None and parts.path.lower() == "/robots.txt":
        return "robots.txt"
    if response.media in _PAGES:
        return None
    if response.media in _UNSURE:
        try:
            return None if html.recognises(response.content()[:HEAD], "") else "other files"
        except Unreadable:
            return "other files"
    return "images" if response.media.startswith("image/") else "other files"


def _day(time: str) -> date | None:
    digits = re.sub(r"\D", "", time)[:8]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _records(stream: io.BufferedReader) -> Iterator[_CrawlRecord]:
    """Yield the records. Raises Unreadable if the file is cut off, or damaged so that no further record is
    found."""
    lines = _Lines(stream)
    opening, _ = lines.opening()
    number = 0
    while opening:
        number += 1
        record = _warc_record(lines, number) if _WARC.match(opening) else _arc_record(lines, number, opening)
        try:
            # The bytes after a record show whether its length was right.
            opening, strayed = lines.opening()
        except Unreadable:
            yield record
            raise
        if strayed and record.fault is None:
            record = replace(record, block=b"", fault="its length is wrong: no record follows it")
        yield record


class _Lines:
    """Reads lines and blocks from a file."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream

    def opening(self) -> tuple[bytes, bool]:
        """Return the next line that opens a record, and whether anything but blank lines came before; empty at the
        end."""
        strayed = False
        while line := self._stream.readline(LONGEST_LINE):
            if not line.strip():
                continue
            if _WARC.match(line) or (len(line) <= LONGEST_ARC_LINE and _ARC.match(line)):
                return line, strayed
            strayed = True
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(LONGEST_LINE)
        return b"", strayed

    def headers(self) -> dict[str, str] | None:
        """Return the headers of a WARC record, by names in lower case; None if they do not end."""
        found: dict[str, str] = {}
        name = ""
        for _ in range(MOST_HEADERS):
            line = self._stream.readline(LONGEST_LINE)
            if not line:
                raise Unreadable(
                    "the file is cut off in the headers of its last record; the records before it were read"
                )
            if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
                return None
            text = line.decode("utf-8", "replace")
            if not text.strip():
                return found
            if text[0] in " \t" and name in found:
                found[name] += " " + text.strip()
                continue
            name, colon, value = text.partition(":")
            name = name.strip().lower()
            if colon:
                found.setdefault(name, value.strip())
        return None

    def block(self, length: int, *, wanted: bool) -> bytes:
        """Read the next `length` bytes, and return as many as a page may have."""
        kept = b""
        left = length
        if wanted:
            kept = self._stream.read(min(length, MAX_ARTICLE_BYTES))
            left -= len(kept)
        while left and (data := self._stream.read(min(left, HEAD))):
            left -= len(data)
        if left:
            raise Unreadable("the file is cut off in its last record; the records before it were read")
        return kept


def _warc_record(lines: _Lines, number: int) -> _CrawlRecord:
    headers = lines.headers()
    if headers is None:
        return _CrawlRecord(number, "", fault="its headers are too long")
    kind = headers.get("warc-type", "").lower() or "unknown"
    record = _CrawlRecord(
        number,
        kind,
        media=headers.get("content-type", ""),
        url=headers.get("warc-target-uri", "").strip("<>"),
        time=headers.get("warc-date", ""),
    )
    record = _with_block(record, lines, headers.get("content-length", ""))
    cut = headers.get("warc-truncated")
    if cut is not None and kind in _WANTED and record.fault is None:
        return replace(
            record, block=b"", fault=f"the crawl stored only its beginning ({cut[:40] or 'no reason given'})"
        )
    return record


def _arc_record(lines: _Lines, number: int, opening: bytes) -> _CrawlRecord:
    match = _ARC.match(opening)
    assert match is not None  # the line was found with this pattern
    url, _, time, media, length = (part.decode("utf-8", "replace") for part in match.groups())
    kind = "warcinfo" if url.lower().startswith("filedesc:") else "response"
    return _with_block(_CrawlRecord(number, kind, media=media, url=url, time=time), lines, length)


def _with_block(record: _CrawlRecord, lines: _Lines, length: str) -> _CrawlRecord:
    if not re.fullmatch(r"\d{1,18}", length, re.ASCII):
        return replace(record, fault=f"its length is not a number: {length[:40] or 'none'}")
    size = int(length)
    block = lines.block(size, wanted=record.kind in _WANTED)
    return replace(record, block=block, is_whole=size <= MAX_ARTICLE_BYTES)
