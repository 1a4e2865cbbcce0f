"""Parses feeds: RSS 0.9x, 1.0 and 2.0, and Atom. One entry is one article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import LONGEST_NAME, Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean
from ingest.articles.markup import has_markup, without_markup
from ingest.articles.publication import reason_not_published
from ingest.formats import nitf
from ingest.formats.entry import Entry
from ingest.formats.teasers import reason_to_reject, unwrap
from ingest.formats.xml import XmlRecord, inner, language, line, local, markup, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".rss", ".atom", ".rdf")

_NAMED_SO = (".xml", *SUFFIXES)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_ROOTS = frozenset({"rss", "RDF", "feed"})
_RSS_IN_RDF = (b"purl.org/rss/1.0", b"my.netscape.com/rdf/simple", b"purl.org/net/rss1.1")

_SPACES = (
    ("purl.org/dc/elements", "dc"),
    ("purl.org/dc/terms", "dcterms"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/", ""),
    ("my.netscape.com/", ""),
    ("purl.org/net/rss1.1", ""),
    ("userland.com/rss", ""),
    ("/tech/rss", ""),
    ("w3.org/2005/Atom", "atom"),
    ("purl.org/atom/app", "app"),
    ("w3.org/2007/app", "app"),
    ("purl.org/syndication/thread", "thr"),
    ("schemas.google.com/blogger/2018", "blogger"),
    ("purl.org/atom/", "atom"),
    ("w3.org/1999/xhtml", "xhtml"),
    ("rssnamespace.org/feedburner", "feedburner"),
)
"""Parts of namespace addresses, and their common prefixes. Elements of other namespaces are ignored."""

_TITLES = ("title", "atom:title", "dc:title")
_CONTENTS = ("content:encoded", "atom:content", "xhtml:body", "xhtml:div", "content", "fullitem")
_TEASERS = ("description", "atom:summary", "dc:description", "summary")
_LINKS = ("feedburner:origLink", "link", "atom:link")
_PUBLISHED = (
    "atom:published",
    "atom:issued",
    "pubDate",
    "dc:date",
    "dcterms:issued",
    "dcterms:created",
    "atom:created",
    "published",
    "issued",
)
_UPDATED = ("atom:updated", "atom:modified", "dcterms:modified", "updated", "modified")
_AUTHORS = ("dc:creator", "atom:author", "author")
_LANGUAGES = ("dc:language", "language")
_CATEGORIES = ("category", "atom:category", "dc:subject")

_KIND = "http://schemas.google.com/g/2005#kind"
"""The scheme of the category in which Blogger's exports say what an entry is: a post, a comment, a template."""

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_URI = re.compile(r"[A-Za-z][\w+.-]*:\S+")
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\(([^()]+)\)")
_SHORT_YEAR = re.compile(r"((?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+)(\d{2})(\s.*)?")
_TEXT_TYPE = re.compile(r"(?:text|html|xhtml|text/.*|application/(?:.*\+)?xml|)")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a feed."""
    root = root_name(head)
    if root is None and suffix in _NAMED_SO:
        # Other text, added in transmission, may precede the feed.
        return _FEED.search(head) is not None
    return root in _ROOTS and (root != "RDF" or any(space in head for space in _RSS_IN_RDF))


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each entry. An entry with only a teaser is an article if the teaser is long enough."""
    feed: _Feed | None = None
    for record in records(entry, "item", "entry", lenient=True):
        if isinstance(record, Rejected):
            yield record
            continue
        feed = feed or _feed(record.parent)
        yield _article(record, feed, options)


def _article(record: XmlRecord, feed: "_Feed", options: ReadOptions) -> Article | Rejected:
    item = _Children(record.element)
    if reason := _reason_not_published(item):
        return Rejected(record.source, reason)
    text = max((clean(_text(each)) for each in item.all(*_CONTENTS)), key=len, default="")
    teaser = max((clean(_text(each)) for each in item.all(*_TEASERS)), key=len, default="")
    if len(teaser) > len(text):
        if reason := reason_to_reject(teaser):
            return Rejected(record.source, reason)
        text = teaser
    published, updated = _first_date(item, _PUBLISHED), _first_date(item, _UPDATED)
    outlet = _outlet_of_origin(item) or feed.outlet
    return build_article(
        Extracted(
            text=text,
            title=item.text(*_TITLES),
            outlet=outlet,
            authors=_authors(item) or _authors(_Children(item.first("atom:source"))) or feed.authors,
            published=published if published.iso else updated,
            updated=updated if published.iso else UNDATED,
            url=_address(item),
            guid=_guid(item, outlet),
            language=item.text(*_LANGUAGES) or language(record.element) or feed.language,
            keywords=[
                each.get("label") or each.get("term") or line(each)
                for each in item.all(*_CATEGORIES)
                if each.get("scheme") != _KIND
            ],
        ),
        record.source,
        options,
    )


def _reason_not_published(item: "_Children") -> str | None:
    """Return why an entry is not an article: exports of blogs also contain drafts, comments and settings."""
    kinds = (each.get("term") for each in item.all("atom:category") if each.get("scheme") == _KIND)
    is_reply = item.first("thr:in-reply-to") is not None
    return reason_not_published(
        {
            "type": "comment" if is_reply else next(kinds, None) or item.text("blogger:type"),
            "status": item.text("blogger:status"),
            "draft": line(inner(item.first("app:control"), "draft")),
        },
        pages=False,
    )


@dataclass(frozen=True)
class _Feed:
    """What a feed states for all its entries."""

    outlet: str | None
    authors: tuple[str, ...]
    """Authors that an Atom feed names for all entries, unless the author is the feed itself."""
    language: str | None


def _feed(parent: Element | None) -> _Feed:
    # RSS 1.0 puts the entries beside the channel.
    channel = inner(parent, "channel") if parent is not None and local(parent) == "RDF" else parent
    children = _Children(channel)
    outlet = children.text("dc:publisher", *_TITLES)
    names = (name for each in children.all("atom:author") for name in authors(_author(each)))
    return _Feed(
        outlet=outlet,
        authors=tuple(dict.fromkeys(name for name in names if name != outlet)),
        language=children.text(*_LANGUAGES) or language(channel),
    )


class _Children:
    """The children of an entry or feed, by names with the common prefixes of their namespaces."""

    def __init__(self, element: Element | None) -> None:
        self._element = element
        self._by_name: dict[str, list[Element]] = {}
        for child in element if element is not None else ():
            self._by_name.setdefault(_name(child), []).append(child)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements with these names, in the order of the names."""
        for name in names:
            yield from self._by_name.get(name, ())

    def first(self, *names: str) -> Element | None:
        """Return the first element with one of these names."""
        return next(self.all(*names), None)

    def text(self, *names: str) -> str | None:
        """Return the first text in an element with one of these names."""
        return next((text for each in self.all(*names) if (text := line(each))), None)

    def attribute(self, name: str) -> str | None:
        """Return an attribute of the entry or feed itself."""
        return None if self._element is None else self._element.get(name)


def _name(element: Element) -> str:
    tag = element.tag
    if tag.startswith("{"):
        space, _, name = tag[1:].partition("}")
        prefix = _prefix(space)
        return f"{prefix}:{name}" if prefix else name
    return str(tag)


@lru_cache(maxsize=256)
def _prefix(space: str) -> str:
    return next((prefix for part, prefix in _SPACES if part in space), space)


def _text(element: Element) -> str:
    """Return the text of an entry's content; empty if it is a picture or encoded data."""
    kind = (element.get("type") or "").strip().lower()
    if not _TEXT_TYPE.fullmatch(kind) or element.get("mode") == "base64":
        return ""
    if (story := inner(element, "nitf")) is not None:
        return nitf.extract(story).text
    held = markup(element)
    is_plain = _name(element).startswith("atom:") and kind in ("", "text", "text/plain")
    if "<" in held and not is_plain:
        # Content that the feed's rules make HTML is HTML, whatever elements it has.
        held = f"<div>{held}</div>"
    return without_markup(held) if has_markup(held) else without_markup(unwrap(held))


def _outlet_of_origin(item: _Children) -> str | None:
    """Return the title of the feed that an entry was taken from."""
    origin = item.first("source", "atom:source")
    return line(inner(origin, "title") if origin is not None and len(origin) else origin)


def _authors(children: _Children) -> tuple[str, ...]:
    for name in _AUTHORS:
        names = [author for each in children.all(name) for author in authors(_author(each))]
        if names:
            return tuple(dict.fromkeys(names))
    return ()


def _author(element: Element) -> str | None:
    written = line(inner(element, "name")) if len(element) else line(element)
    mail = _MAIL_AND_NAME.fullmatch((written or "")[:LONGEST_NAME])
    return mail[1] if mail else written


def _first_date(item: _Children, names: tuple[str, ...]) -> PublicationDate:
    parsed = (_date(line(each)) for each in item.all(*names))
    return next((found for found in parsed if found.iso), UNDATED)


def _date(written: str | None) -> PublicationDate:
    """Parse a date of a feed. Its mail format may have a year in two digits, as old mail did."""
    if short := _SHORT_YEAR.fullmatch(written or ""):
        written = f"{short[1]}{'20' if short[2] < '50' else '19'}{short[2]}{short[3] or ''}"
    return dates.parse(written, "feed")


def _address(item: _Children) -> str | None:
    """Return the entry's URL: its link, else a guid that is marked as one."""
    for link in item.all(*_LINKS):
        href = link.get("href")
        if href is not None and (link.get("rel") or "alternate") != "alternate":
            continue
        url = _absolute(link, href if href is not None else line(link))
        if url:
            return url
    guid = item.first("guid")
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        return line(guid)
    return None


def _absolute(element: Element, url: str | None) -> str | None:
    try:
        return urljoin(element.base or "", url.strip()) if url else None
    except ValueError:
        return url


def _guid(item: _Children, outlet: str | None) -> str | None:
    """Return the entry's identifier; if it is unique only within the feed, the outlet's name precedes it."""
    guid = item.text("guid", "atom:id", "id", "dc:identifier") or item.attribute(_ABOUT)
    if guid is None or _URI.fullmatch(guid):
        return guid
    return f"{outlet}:{guid}" if outlet else None
