"""Parses EPUB: books, and newspapers as reading programs collect them. One chapter or story is one article."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

import lxml.html

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.canonical import clean
from ingest.articles.markup import parse_html, without_markup
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry, Unreadable, member_place
from ingest.formats.xml import children, inner, line, local
from ingest.formats.xml_tree import Element
from ingest.formats.zipped import opened, states_type
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".epub",)

SHORTEST_PARAGRAPH = 80
"""Minimum characters of the longest paragraph of a chapter; covers, title pages and lists of contents have none."""

_PAGES = ("application/xhtml+xml", "text/html")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is an EPUB."""
    return states_type(head, b"application/epub+zip")


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each chapter in the order of reading; covers, contents and the like are counted."""
    left_out = 0
    with opened(entry) as book:
        named = next(
            (each for each in book.xml("META-INF/container.xml").iter() if local(each) == "rootfile"), None
        )
        if named is None or not (name := named.get("full-path")):
            raise Unreadable("a damaged EPUB: it does not name its list of chapters")
        package = book.xml(name)
        stated = inner(package, "metadata")
        items = {item.get("id"): item for item in children(inner(package, "manifest"), "item")}
        for itemref in children(inner(package, "spine"), "itemref"):
            item = items.get(itemref.get("idref"))
            if item is None or item.get("media-type") not in _PAGES:
                continue
            chapter = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), unquote(item.get("href") or "").partition("#")[0])
            )
            place = member_place(entry.source, chapter)
            if "nav" in (item.get("properties") or "").split():
                left_out += 1
                continue
            try:
                found = _article(decode(book.read(chapter)), stated, place, options)
            except Unreadable as error:
                yield Rejected(place, str(error))
                continue
            if found is None:
                left_out += 1
            else:
                yield found
    if left_out:
        yield Skipped(entry.source, "pages of a book without text, such as covers and contents", left_out)


def _article(
    page: str, stated: Element | None, source: str, options: ReadOptions
) -> Article | Rejected | None:
    tree = parse_html(page)
    body = None if tree is None else tree.find("body")
    if tree is None or body is None:
        return None
    text = without_markup(lxml.html.tostring(body, encoding="unicode"))
    if max(map(len, clean(text).split("\n")), default=0) < SHORTEST_PARAGRAPH:
        return None
    heading = next(body.iter("h1", "h2", "h3"), None)
    title = heading.text_content() if heading is not None else tree.findtext(".//title")
    return build_article(
        Extracted(
            text=text,
            title=title or line(inner(stated, "title")),
            outlet=line(inner(stated, "publisher")),
            authors=tuple(filter(None, map(line, children(stated, "creator")))),
            published=_published(stated),
            language=line(inner(stated, "language")),
            keywords=[line(each) for each in children(stated, "subject")],
        ),
        source,
        options,
    )


def _published(stated: Element | None) -> PublicationDate:
    """Return the day of publication; a `dc:date` with another event says when the file was made or changed."""
    for each in children(stated, "date"):
        event = next((value for name, value in each.attrib.items() if name.endswith("event")), "publication")
        if "publication" in event and (found := dates.parse(line(each), "metadata")).iso:
            return found
    return UNDATED
