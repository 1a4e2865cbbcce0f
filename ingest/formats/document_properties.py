"""Turns the paragraphs of a document into articles, comparing its properties with what its pages say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, join, on_one_line
from ingest.formats import bundles
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

LONGEST_TITLE_LINE = 200
"""Maximum characters of a first paragraph that is a title, as in plain text."""

LOOKED_AT = 10
"""Number of paragraphs searched for a stated title."""


@dataclass(frozen=True)
class Document:
    """The paragraphs of a document and its properties."""

    paragraphs: Sequence[str]
    heading: str = ""
    """The first paragraph that the document marks as a heading."""
    title: str | None = None
    author: str | None = None
    created: str | None = None
    keywords: object = None


_NO_PERSON = re.compile(
    r"\b(?:users?|admin\w*|owner|microsoft|windows|office|word|libreoffice|adobe|acrobat|google|python|default|unknown"
    r"|desktop|laptop|scan\w*|editor|desk|news\w*)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\W_]+")


def stories_of(
    document: Document, source: str, options: ReadOptions
) -> Iterator[Article | Rejected | Skipped]:
    """Yield the stories of a bundle, else the article of a document."""
    found = bundles.stories_of_lines(document.paragraphs, source, options)
    yield from [_article(document, source, options)] if found is None else found


def _article(document: Document, source: str, options: ReadOptions) -> Article | Rejected:
    """Return the article of a document.

    Its title is the first heading, if the text begins with it, else as in `choose_title`. The creation date counts if
    neither stamp nor dateline gives a date.
    """
    parts = [part for part in map(clean, document.paragraphs) if part]
    heading = clean(document.heading)
    found = build_article(
        Extracted(
            text=join(parts),
            title=heading
            if heading and heading in parts[:LOOKED_AT]
            else choose_title(document.title, parts),
            mentioned=dates.parse(document.created, "metadata"),
            keywords=document.keywords,
        ),
        source,
        options,
    )
    return add_author(found, document.author)


def choose_title(stated: str | None, parts: Sequence[str]) -> str | None:
    """Return the title of a document: the stated title if its beginning contains it, else the first paragraph.

    A stated title is often that of a template, a first draft or a file. Without confirmation it counts only if the
    first paragraph is too long for a title.
    """
    stated = on_one_line(stated or "")
    wanted = _plain(stated)
    if wanted and any(wanted in _plain(part) for part in parts[:LOOKED_AT]):
        return stated
    if parts and len(parts[0]) <= LONGEST_TITLE_LINE:
        return parts[0]
    return stated or None


def add_author(found: Article | Rejected, stated: str | None) -> Article | Rejected:
    """Return the article with the stated author, if its text names none.

    Programs fill this property with an account name, so it counts only if it looks like a person's name.
    """
    if isinstance(found, Rejected) or found.authors or not stated or _NO_PERSON.search(stated):
        return found
    return replace(found, authors=tuple(name for name in authors(clean(stated)) if " " in name))


def _plain(text: str) -> str:
    return _PLAIN.sub("", text).casefold()
