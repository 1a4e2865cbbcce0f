"""Parses stories as agencies sent them over wires: IPTC 7901 and ANPA 1312.

Both put control characters around a header, a text and a footer: SOH header STX text ETX footer EOT.
"""

import re
from collections.abc import Iterator

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import byline
from ingest.articles.canonical import clean, join, paragraphs
from ingest.articles.filing import dateline
from ingest.articles.wrapping import paragraphs_of
from ingest.formats.encodings import LENIENT
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, too_large
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".iptc", ".anpa")

LONGEST_HEADER = 500
"""Maximum characters of a header or footer that are read."""

_BEGINNING = re.compile(rb"\s*\x16*\x01[^\x01\x02]{4,500}\x02")
# TDW0123 4 pol 345 TDW /TDW-QZ01: source, number, priority, category, words
_IPTC = re.compile(r"([A-Z]{2,4}) ?(\d{3,4}) +([1-9]) +([A-Za-z]{1,3}) +(\d{1,5})\b")
# a0123 r i BC-Ferries-Strike 06-02 0345
_ANPA = re.compile(
    r"([a-z])(\d{4})\W+([a-z])\W+([a-z])\W+(\S.*?)\s+(\d{1,2})-(\d{1,2})\s+(\d{1,5})", re.DOTALL
)
# 021205 GMT 06 18, 021205 Jun 18: day, hour and minute, then month and year
_IPTC_TIME = re.compile(
    rf"(\d{{2}})(\d{{2}})(\d{{2}})\s*(GMT|UTC|Z)?\s+({dates.MONTH}|\d{{2}})\s+(\d{{4}}|\d{{2}})",
    re.IGNORECASE,
)
# AP-NY-06-02-18 1205EDT
_ANPA_TIME = re.compile(r"([A-Z]{2,4})-[A-Z]{2}-(\d{2})-(\d{2})-(\d{2}) (\d{2})(\d{2})([A-Z]{3})?")
_TITLE_AT_ALL = re.compile(r"[\^<]+")
_PLACE = re.compile(r"=\s*(.{2,60}?)(?:,\s*[^,=]*\d[^=]*)?\s*=")
_SIGNATURE = re.compile(r"[a-z]{2,4}(?:/[a-z]{2,4}){1,3}")
_AGENCIES = {"AP": "Associated Press", "UPI": "United Press International"}


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with the header of a story, between control characters."""
    return _BEGINNING.match(head) is not None


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each story."""
    for number, data in enumerate(_messages(entry), 1):
        source = f"{entry.source}#{number}"
        yield Rejected(source, too_large(None)) if data is None else _article(data, source, options)


def _messages(entry: Entry) -> Iterator[str | None]:
    """Yield the stories, each from its SOH to the next; None for one that is too large."""
    held: list[bytes] = []
    size = 0
    for line in entry.lines():
        before, opens, after = (line or b"").rpartition(b"\x01")
        if opens and any(part.strip(b"\x16\x00\r\n \x04") for part in held):
            yield _decoded([*held, before]) if size <= MAX_ARTICLE_BYTES else None
        if opens:
            held, size = [], 0
        size += MAX_ARTICLE_BYTES + 1 if line is None else len(line)
        if size <= MAX_ARTICLE_BYTES:
            held.append(after if opens else line or b"")
    if any(part.strip() for part in held) or size > MAX_ARTICLE_BYTES:
        yield _decoded(held) if size <= MAX_ARTICLE_BYTES else None


def _decoded(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", LENIENT)


def _article(message: str, source: str, options: ReadOptions) -> Article | Rejected:
    header, opened, rest = message.partition("\x02")
    if not opened:
        return Rejected(source, "a message of a wire without a text: its STX is missing")
    text, _, footer = rest.rpartition("\x03")
    if not text:
        text, footer = rest, ""
    header, footer = header[:LONGEST_HEADER], footer[:LONGEST_HEADER]
    is_anpa = _ANPA.search(header) is not None or text.lstrip().startswith("^")
    found = _anpa(text, footer) if is_anpa else _iptc(text, header, footer)
    return build_article(found, source, options)


def _iptc(text: str, header: str, footer: str) -> Extracted:
    """Extract a story: the title, perhaps a byline and a dateline between equals signs, then paragraphs."""
    known = _IPTC.search(header)
    lines = _lines(text)
    title, names, place, rest = _opening(lines)
    return Extracted(
        text=_body(rest),
        title=title,
        outlet=known[1] if known else None,
        authors=names,
        published=_time(_IPTC_TIME.search(footer) or _IPTC_TIME.search(header)),
        place=place,
        section=known[4] if known else None,
    )


def _anpa(text: str, footer: str) -> Extracted:
    """Extract a story whose lines of title and byline have marks around them: `^Ferry crews end strike<`."""
    lines = _lines(text)
    marked = 0
    while marked < len(lines) and (not lines[marked].strip() or lines[marked].lstrip().startswith("^")):
        marked += 1
    heads = [
        part
        for line in lines[:marked]
        for each in _TITLE_AT_ALL.split(line)
        if (part := clean(each).strip("= "))
    ]
    names = next((found for each in heads if (found := byline(each))), ())
    # The first line is the catchline again, such as BC-Ferries-Strike,0345.
    titles = [
        each
        for each in heads
        if not re.fullmatch(r"[\w-]+(?:,[\w ]+)?,\s*\d{1,5}", each) and not byline(each)
    ]
    stamp = _ANPA_TIME.search(footer) or _ANPA_TIME.search(text)
    body = [
        _ANPA_TIME.sub("", line).rstrip("<").replace("``", "“").replace("''", "”") for line in lines[marked:]
    ]
    story = _body(body).replace(" _ ", " — ")
    filed = dateline(story)
    return Extracted(
        text=story,
        title=titles[0] if titles else None,
        outlet=_AGENCIES.get(stamp[1], stamp[1]) if stamp else None,
        authors=names,
        published=_anpa_time(stamp),
        place=filed.place if filed else None,
    )


def _lines(text: str) -> list[str]:
    return re.sub(r"[\x00-\x08\x0e-\x1f]", "", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")


def _opening(lines: list[str]) -> tuple[str | None, tuple[str, ...], str | None, list[str]]:
    """Return title, authors and place of the lines above the first paragraph, and the lines from there on."""
    rest = list(lines)
    while rest and not rest[0].strip():
        del rest[0]
    title = clean(rest.pop(0)) if rest else None
    names: tuple[str, ...] = ()
    place: str | None = None
    while rest:
        line = clean(rest[0])
        if not names and (found := byline(line)):
            names = found
        elif place is None and (filed := _PLACE.fullmatch(line)):
            place = filed[1]
        elif line:
            break
        del rest[0]
    return title or None, names, place, rest


def _body(lines: list[str]) -> str:
    while lines and (not lines[-1].strip() or _SIGNATURE.fullmatch(lines[-1].strip())):
        lines = lines[:-1]
    return join(paragraphs(clean(paragraphs_of("\n".join(lines)))))


def _time(match: re.Match[str] | None) -> PublicationDate:
    if match is None:
        return UNDATED
    day, hour, minute, zone, month, year = match.groups()
    number = int(month) if month.isdigit() else dates.MONTHS[month.rstrip(".").lower()]
    year = year if len(year) == 4 else f"{'19' if year >= '69' else '20'}{year}"
    return dates.parse(f"{year}-{number:02d}-{day} {hour}:{minute} {'GMT' if zone else ''}", "metadata")


def _anpa_time(match: re.Match[str] | None) -> PublicationDate:
    if match is None:
        return UNDATED
    _, month, day, year, hour, minute, zone = match.groups()
    century = "19" if year >= "69" else "20"
    return dates.parse(f"{century}{year}-{month}-{day} {hour}:{minute} {zone or ''}", "metadata")
