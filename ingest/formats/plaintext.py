"""Parses plain text: one story per file, its title first."""

import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, is_wrapped, join, paragraphs
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".txt", ".text", "")

LONGEST_TITLE_LINE = 200
"""Maximum characters of a first line that is a title. The longest of 2,225 BBC titles has 52, a lead has 150 or
more."""

_HEADERS = {
    "title": "title",
    "headline": "title",
    "date": "published",
    "published": "published",
    "updated": "updated",
    "author": "authors",
    "authors": "authors",
    "by": "authors",
    "byline": "authors",
    "source": "outlet",
    "outlet": "outlet",
    "publication": "outlet",
    "newspaper": "outlet",
    "place": "place",
    "location": "place",
    "url": "url",
    "link": "url",
    "language": "language",
    "section": "section",
    "keywords": "keywords",
}
_HEADER = re.compile(r"([A-Za-z]+):[ \t]+(\S.*)")


def recognises(head: bytes, suffix: str) -> bool:
    """Return False: any text can be a story, so only the name decides."""
    return False


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the story of a text file.

    The first line is its title, unless header lines (`Title:`, `Date:`, `Author:`, `Source:`, `URL:`) come first.
    """
    text = clean(decode(entry.whole()))
    headers, body = _split_headers(text)
    first, _, rest = body.partition("\n")
    # A title may be directly above its text. Text broken at a fixed width has no title line.
    parts = paragraphs(body) if is_wrapped(body.partition("\n\n")[0]) else [first, *paragraphs(rest.strip())]
    title = headers.get("title") or (parts[0] if len(parts[0]) <= LONGEST_TITLE_LINE else None)
    yield build_article(
        Extracted(
            text=join(parts),
            title=title,
            outlet=headers.get("outlet"),
            authors=authors(headers.get("authors")),
            published=dates.parse(headers.get("published"), "metadata"),
            updated=dates.parse(headers.get("updated"), "metadata"),
            place=headers.get("place"),
            url=headers.get("url"),
            language=headers.get("language"),
            section=headers.get("section"),
            keywords=headers.get("keywords"),
        ),
        entry.source,
        options,
    )


def _split_headers(text: str) -> tuple[dict[str, str], str]:
    """Split the header lines at the top from the text below them."""
    headers: dict[str, str] = {}
    lines = text.split("\n")
    while len(headers) < len(lines) and (match := _HEADER.fullmatch(lines[len(headers)])):
        name = _HEADERS.get(match[1].lower())
        if name is None or name in headers:
            break
        headers[name] = match[2]
    # A single such line can be a headline: "Source: minister to resign".
    if len(headers) < 2 and "title" not in headers:
        return {}, text
    return headers, "\n".join(lines[len(headers) :]).strip()
