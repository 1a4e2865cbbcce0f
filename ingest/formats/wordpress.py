"""Parses exports of WordPress (WXR): the published posts of a site."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean
from ingest.articles.markup import without_markup
from ingest.articles.publication import reason_not_published
from ingest.formats.entry import Entry
from ingest.formats.teasers import reason_to_reject
from ingest.formats.xml import XmlRecord, children, inner, line, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".wxr",)

_EXPORT = b"wordpress.org/export/"
_POST = re.compile(
    r"(?:.*[_-])?(?:posts?|articles?|news|stor(?:y|ies)|columns?|opinions?|reviews?|interviews?)(?:[_-].*)?"
)
"""Post types that are articles; sites name their own types after these words."""

# Shortcodes for a picture with its caption, a gallery, a film, or another site's post.
_SHORTCODE = re.compile(
    r"\[(?P<name>caption|gallery|embed|audio|video|playlist)(?:\s[^\[\]]*)?\](?:(?:(?!\[(?P=name)).)*?\[/(?P=name)\])?",
    re.DOTALL,
)
_UNFILED = "Uncategorized"
_QUARTER = timedelta(minutes=15)
_FARTHEST = timedelta(hours=14)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like an export of WordPress."""
    return root_name(head) == "rss" and _EXPORT in head


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each published post, and a Rejected with its type for everything else."""
    site: _Site | None = None
    for record in records(entry, "item"):
        if isinstance(record, Rejected):
            yield record
        elif reason := _reason_to_reject(record.element):
            yield Rejected(record.source, reason)
        else:
            site = site or _site(record.parent)
            yield _article(record, site, options)


@dataclass(frozen=True)
class _Site:
    """What an export states for all its posts."""

    outlet: str | None
    language: str | None
    names: Mapping[str, str]
    """The authors' names by login."""


def _site(channel: Element | None) -> _Site:
    people = (
        (line(inner(each, "author_login")), line(inner(each, "author_display_name")))
        for each in children(channel, "author")
    )
    return _Site(
        outlet=line(inner(channel, "title")),
        language=line(inner(channel, "language")),
        names={login: name for login, name in people if login and name},
    )


def _reason_to_reject(post: Element) -> str | None:
    """Return why an item is not a public article; None if it is one."""
    kind = line(inner(post, "post_type")) or "post"
    if not _POST.fullmatch(kind):
        return f"not a post: its type is {kind[:40]!r}"
    state = line(inner(post, "status")) or "publish"
    password = line(inner(post, "post_password"))
    if reason := reason_not_published({"status": state, "password": password}):
        return reason
    return f"not published: {state[:40]}" if state != "publish" else None


def _article(record: XmlRecord, site: _Site, options: ReadOptions) -> Article | Rejected:
    post = record.element
    text = teaser = ""
    for each in children(post, "encoded"):
        if "/excerpt/" in str(each.tag) or str(each.tag).startswith("excerpt:"):
            teaser = clean(without_markup(each.text or ""))
        else:
            text = clean(without_markup(_SHORTCODE.sub("\n\n", each.text or "")))
    if not text:
        if reason := reason_to_reject(teaser):
            return Rejected(record.source, reason)
        text = teaser
    login = line(inner(post, "creator"))
    categories = [name for name in _filed_under(post, "category") if name != _UNFILED]
    published = _date(post, "post_date")
    updated = _date(post, "post_modified")
    return build_article(
        Extracted(
            text=text,
            title=line(inner(post, "title")),
            outlet=site.outlet,
            authors=authors(site.names.get(login or "", login)),
            published=published if published.iso else dates.parse(line(inner(post, "pubDate")), "feed"),
            updated=updated if updated.iso != published.iso else UNDATED,
            url=line(inner(post, "link")),
            guid=line(inner(post, "guid")),
            language=site.language,
            section=next(iter(categories), None),
            keywords=[*_filed_under(post, "post_tag"), *categories[1:]],
        ),
        record.source,
        options,
    )


def _filed_under(post: Element, domain: str) -> list[str]:
    return [
        name for each in children(post, "category") if each.get("domain") == domain and (name := line(each))
    ]


def _date(post: Element, name: str) -> PublicationDate:
    """Return a date in the site's local time, with its zone if the export also gives the date in GMT."""
    local, universal = line(inner(post, name)), line(inner(post, f"{name}_gmt"))
    found = dates.parse(local, "feed")
    try:
        zone = datetime.fromisoformat(local or "") - datetime.fromisoformat(universal or "")
    except ValueError:
        return found
    if zone % _QUARTER or abs(zone) > _FARTHEST:
        return found
    minutes = round(zone / timedelta(minutes=1))
    return dates.parse(
        f"{local} {'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}", "feed"
    )
