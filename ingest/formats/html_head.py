"""Collects what a page states about itself: in meta elements, in JSON-LD, and in elements marked as its date."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import lxml.html

from assistant.article import UNDATED, PublicationDate
from ingest.articles import dates

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Review)$")
_PAGE_TYPE = re.compile(r"Page$")
_ARTICLE = re.compile(r'"@type"\s*+:\s*+(?:\[\s*+)?"\w*(?:Article|Posting|Report|Review)"')
_SCRIPT_TYPE = re.compile(r"\s*application/(?:ld\+json|json\+ld|ldjson)\b", re.IGNORECASE)
_BEFORE_JSON = re.compile(r"(?://|/\*)?\s{0,9}(?:<!\[CDATA\[|<!--)\s{0,9}(?:\*/)?")
_AFTER_JSON = re.compile(r"(?://|/\*)?\s{0,9}(?:\]\]>|-->)\s{0,9}(?:\*/)?$")
"""What old pages put around a script so that other programs ignore it."""

_DATE = re.compile(r'"datePublished"\s*+:\s*+"([^"]{4,40})"')

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "date.published",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_date",
    "pubdate",
    "publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "citation_publication_date",
    "og:pubdate",
    "date",
)
_UPDATED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
    "lastmod",
)
_SECTIONS = ("article:section", "og:article:section", "parsely-section", "section", "sailthru.section")
_KEYWORDS = ("news_keywords", "parsely-tags", "keywords")


@dataclass
class Head:
    """The meta elements of a page by name, and its article in JSON-LD, or else the page's own JSON-LD if that has a
    date."""

    meta: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    """Values of `article:tag`, which occurs once for each keyword."""
    linked: dict[str, object] = field(default_factory=dict)
    marked: list[str] = field(default_factory=list)
    """Values marked as the date of publication, by elements of the page or in JSON-LD that is not valid JSON."""

    @property
    def site(self) -> str | None:
        """The name of the site."""
        return (
            self._named("og:site_name")
            or _name(self.linked.get("publisher"))
            or self._named("application-name")
        )

    @property
    def is_article(self) -> bool:
        """Whether the page says that it is one article."""
        return _is_of(self.linked, _ARTICLE_TYPE) or self.meta.get("og:type", "").lower() == "article"

    @property
    def live_title(self) -> str | None:
        """The title of a live blog, whose updates have titles of their own."""
        return _text(self.linked.get("headline")) if self.linked.get("liveBlogUpdate") else None

    @property
    def published(self) -> PublicationDate:
        """The date of publication; UNDATED if none is stated to the day."""
        stated = self._date("datePublished", _PUBLISHED)
        marked = (dates.parse(each, "metadata") for each in self.marked)
        return stated if stated.iso else next((found for found in marked if found.iso), UNDATED)

    @property
    def updated(self) -> PublicationDate:
        """The date of the last change."""
        return self._date("dateModified", _UPDATED)

    @property
    def section(self) -> str | None:
        """The section of the page, the first of several."""
        return _text(self.linked.get("articleSection")) or self._named(*_SECTIONS)

    @property
    def keywords(self) -> object:
        """The keywords, as a list or in one line."""
        return self.linked.get("keywords") or self.tags or self._named(*_KEYWORDS)

    @property
    def free(self) -> bool | None:
        """Whether the page says that everybody may read all of it."""
        stated = str(self.linked.get("isAccessibleForFree", "")).rpartition("/")[2].lower()
        return {"true": True, "false": False}.get(stated)

    def _named(self, *names: str) -> str | None:
        return next((self.meta[name] for name in names if name in self.meta), None)

    def _date(self, linked: str, names: tuple[str, ...]) -> PublicationDate:
        candidates = [self.linked.get(linked), *(self.meta.get(name) for name in names)]
        parsed = (dates.from_field(candidate, "metadata") for candidate in candidates)
        return next((found for found in parsed if found.precision == "day"), UNDATED)


def head_of(tree: lxml.html.HtmlElement) -> Head:
    """Collect what a page states."""
    head = Head()
    for element in tree.iter("meta"):
        name = (
            (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        )
        content = (element.get("content") or "").strip()
        if name and content:
            head.meta.setdefault(name, content)
            if name == "article:tag":
                head.tags.append(content)
    items: list[dict[str, object]] = []
    for script in tree.iter("script"):
        if not _SCRIPT_TYPE.match(script.get("type") or ""):
            continue
        text = script.text_content()
        try:
            items += _items(_loaded(text))
        except (ValueError, RecursionError):
            head.marked += _DATE.findall(text)[:1] if _ARTICLE.search(text) else []
    articles = [item for item in items if _is_of(item, _ARTICLE_TYPE)]
    pages = [item for item in items if _is_of(item, _PAGE_TYPE) and item.get("datePublished")]
    head.linked = next(iter([*articles, *pages]), {})
    head.marked += [
        element.get("datetime") or element.text_content()
        for element in tree.iter("time")
        if element.get("pubdate") is not None
        or element.get("itemprop") == "datePublished"
        or "dt-published" in (element.get("class") or "").split()
    ]
    return head


def address(tree: lxml.html.HtmlElement, head: Head) -> str | None:
    """Return the URL that a page states as its own."""
    canonical = next((link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"), None)
    # Medium and other exports mark the address in the microformat of an entry.
    marked = next(
        (link.get("href") for link in tree.iter("a") if "p-canonical" in (link.get("class") or "").split()),
        None,
    )
    for url in (canonical, head.meta.get("og:url"), head.linked.get("url"), marked):
        if isinstance(url, str) and url.strip().lower().startswith(("http://", "https://")):
            return url.strip()
    return None


def _items(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON-LD value: itself, those in a list, in its @graph, or what a page is about."""
    waiting = deque([value])
    while waiting:
        item = waiting.popleft()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            yield item
            waiting.extend(item.get(name) for name in ("@graph", "mainEntity", "mainEntityOfPage"))


def _loaded(text: str) -> object:
    """Parse a script that may be escaped as HTML, or hidden from programs that do not know scripts."""
    text = text.strip()
    if opening := _BEFORE_JSON.match(text):
        text = _AFTER_JSON.sub("", text[opening.end() :])
    text = text.rstrip("; \t\r\n")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(html.unescape(text), strict=False)


def _is_of(item: dict[str, object], kind: re.Pattern[str]) -> bool:
    kinds = item.get("@type")
    return any(kind.search(str(each)) for each in (kinds if isinstance(kinds, list) else [kinds]))


def _text(value: object) -> str | None:
    """Return the text, or the first text of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) and value else None


def _name(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return _text(value.get("name") if isinstance(value, dict) else value)
