"""Parses the text exports of Movable Type and TypePad: entries with fields, separated by lines of hyphens."""

import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean
from ingest.articles.markup import has_markup, without_markup
from ingest.articles.publication import reason_not_published
from ingest.formats.encodings import LENIENT
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, too_large
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".mt",)

_FIELD = re.compile(r"([A-Z][A-Z ]{2,30}):(?: (.*))?")
_END_OF_SECTION, _END_OF_ENTRY = "-----", "--------"
_HEAD = "HEAD"
_REPLIES = ("COMMENT", "PING")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_FIRST = re.compile(
    rb"\s*(?:AUTHOR|TITLE|BASENAME|STATUS|DATE): ?[^\n]*\n(?:[A-Z ]{3,30}:[^\n]*\n){1,30}?-----\r?\n"
)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with the fields of an entry and a line of five hyphens."""
    return _FIRST.match(head) is not None


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each published entry. Comments and pings are counted."""
    replies = 0
    for number, lines in enumerate(_entries(entry), 1):
        source = f"{entry.source}#{number}"
        if lines is None:
            yield Rejected(source, too_large(None))
            continue
        fields, sections, more = _split(lines)
        replies += more
        yield _article(fields, sections, source, options)
    if replies:
        yield Skipped(entry.source, "comments", replies)


def _entries(entry: Entry) -> Iterator[list[str] | None]:
    """Yield the lines of each entry; None for one that is too large."""
    lines: list[str] = []
    size = 0
    for raw in entry.lines():
        line = "" if raw is None else raw.decode("utf-8", LENIENT).rstrip("\r\n")
        size += MAX_ARTICLE_BYTES + 1 if raw is None else len(line)
        if line == _END_OF_ENTRY:
            if size:
                yield lines if size <= MAX_ARTICLE_BYTES else None
            lines, size = [], 0
        elif size <= MAX_ARTICLE_BYTES:
            lines.append(line)
    if any(lines) or size > MAX_ARTICLE_BYTES:
        yield lines if size <= MAX_ARTICLE_BYTES else None


def _split(lines: list[str]) -> tuple[dict[str, list[str]], dict[str, str], int]:
    """Return the fields of an entry, its sections such as BODY, and the number of replies to it."""
    fields: dict[str, list[str]] = {}
    sections: dict[str, str] = {}
    replies = 0
    name, held = _HEAD, list[str]()
    for line in [*lines, _END_OF_SECTION]:
        field = _FIELD.fullmatch(line)
        if line == _END_OF_SECTION:
            replies += name in _REPLIES
            sections.setdefault(name, "\n".join(held))
            name, held = "", []
        elif name == _HEAD and field:
            fields.setdefault(field[1], []).append((field[2] or "").strip())
        elif not name and field:
            name = field[1]
        else:
            held.append(line)
    return fields, sections, replies


def _article(
    fields: dict[str, list[str]], sections: dict[str, str], source: str, options: ReadOptions
) -> Article | Rejected:
    def value(name: str) -> str | None:
        return next(iter(fields.get(name, ())), None)

    if reason := reason_not_published({"status": value("STATUS") or "publish"}):
        return Rejected(source, reason)
    texts = [sections.get(name, "") for name in ("BODY", "EXTENDED BODY")]
    categories = list(dict.fromkeys(fields.get("PRIMARY CATEGORY", []) + fields.get("CATEGORY", [])))
    return build_article(
        Extracted(
            text="\n\n".join(text for text in map(_text, texts) if text),
            title=value("TITLE"),
            authors=authors(value("AUTHOR")),
            # The format puts the month first, in every country.
            published=dates.parse(_DATE.sub(r"\3-\1-\2", value("DATE") or ""), "metadata"),
            url=value("PERMALINK") or value("UNIQUE URL"),
            section=next(iter(categories), None),
            keywords=[*fields.get("TAGS", []), *categories[1:]],
        ),
        source,
        options,
    )


def _text(section: str) -> str:
    return clean(without_markup(section) if has_markup(section) else section)
