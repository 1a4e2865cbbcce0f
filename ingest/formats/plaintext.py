"""Parses plain text: one story per file, its title first."""

import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, join, paragraphs
from ingest.articles.wrapping import is_opened_by_title, paragraphs_of
from ingest.formats import bundles
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

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
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HEADER = re.compile(r"([A-Za-z]+):[ \t]+(\S.*)")


def recognises(head: bytes, suffix: str) -> bool:
    """Return False: any text can be a story, so only the name decides."""
    return False


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the story of a text file.

    The first line is its title, unless header lines (`Title:`, `Date:`, `Author:`, `Source:`, `URL:`) come first.
    """
    text = decode(entry.whole())
    if (found := bundles.stories(text, entry.source, options)) is not None:
        yield from found
        return
    headers, body = _split_headers(text)
    first, _, rest = body.partition("\n")
    if is_opened_by_title(body):
        # A title may be directly above its text.
        parts = [clean(first), *paragraphs(clean(paragraphs_of(rest)))]
    else:
        parts = paragraphs(clean(paragraphs_of(body)))
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
    """Split the header lines at the top from the text below them, which keeps its indents."""
    headers: dict[str, str] = {}
    lines = _LINE_END.sub("\n", text).lstrip("\ufeff\n").rstrip().split("\n")
    while len(headers) < len(lines) and (match := _HEADER.fullmatch(clean(lines[len(headers)]))):
        name = _HEADERS.get(match[1].lower())
        if name is None or name in headers:
            break
        headers[name] = match[2]
    # A single such line can be a headline: "Source: minister to resign".
    if len(headers) < 2 and "title" not in headers:
        headers = {}
    while len(lines) > len(headers) + 1 and not clean(lines[len(headers)]):
        del lines[len(headers)]
    return headers, "\n".join(lines[len(headers) :])
