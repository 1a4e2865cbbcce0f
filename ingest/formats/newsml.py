"""Parses NewsML-G2: news items, alone or many in a message. Their text is NITF, XHTML or plain."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article, host
from ingest.articles.bylines import authors
from ingest.articles.filing import dateline
from ingest.articles.publication import reason_of_status
from ingest.formats import nitf
from ingest.formats.entry import Entry, Unreadable
from ingest.formats.teasers import reason_to_reject, unwrap
from ingest.formats.xml import XmlRecord, children, content, inner, language, line, local, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".newsml",)

REMEMBERED = 100_000
"""Maximum items of a file, and references to items, that are kept to check whether its packages are complete.
Messages contain a few dozen."""

_OTHERS = {
    "knowledgeItem": "knowledge",
    "conceptItem": "a concept",
    "catalogItem": "a catalogue",
    "planningItem": "a plan",
}
"""Items that are not news, and what they are."""

_ROOTS = frozenset({"newsMessage", "newsItem", "packageItem", *_OTHERS})
_HTML = frozenset({"html", "body", "article", "section", "div", "p"})
_PLAIN = ("text/plain", "text/html", "application/xhtml+xml")


@dataclass
class _Packages:
    """The packages of a file, and which of their items the file contains."""

    items: set[str] = field(default_factory=set)
    packages: list[tuple[str, list[str]]] = field(default_factory=list)
    references: int = 0


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a NewsML-G2 document."""
    return root_name(head) in _ROOTS


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each news item.

    A package is a list of items. Items in the same file are articles themselves; a package with other items is
    rejected at the end.
    """
    packages = _Packages()
    failure: Unreadable | None = None
    try:
        yield from _items(entry, packages, options)
    except Unreadable as error:
        failure = error
    for source, references in packages.packages:
        missing = [reference for reference in references if reference not in packages.items]
        if missing or not references:
            yield Rejected(source, _incomplete(missing, references))
    if failure is not None:
        raise failure


def _items(entry: Entry, packages: _Packages, options: ReadOptions) -> Iterator[Article | Rejected]:
    for record in records(entry, "newsItem", "packageItem", *_OTHERS):
        if isinstance(record, Rejected):
            yield record
            continue
        kind = local(record.element)
        if kind == "packageItem":
            references = _references(record.element)
            packages.references += len(references)
            if packages.references > REMEMBERED:
                yield Rejected(
                    record.source, f"a package in a file whose packages list more than {REMEMBERED:,} items"
                )
            else:
                packages.packages.append((record.source, references))
        elif kind in _OTHERS:
            yield Rejected(record.source, f"not a news item but {_OTHERS[kind]} ({kind})")
        else:
            if (guid := record.element.get("guid")) and len(packages.items) < REMEMBERED:
                packages.items.add(guid)
            yield _article(record, options)


def _references(package: Element) -> list[str]:
    found = (
        each.get("residref") or each.get("guidref") or each.get("href") or ""
        for each in package.iter()
        if local(each) == "itemRef"
    )
    return [name.strip() for name in found]


def _incomplete(missing: list[str], references: list[str]) -> str:
    if not references:
        return "a package without items"
    return (
        f"a package of items that are not in this file: {len(missing)} of {len(references)} are missing, "
        f"the first is {missing[0][:100]}"
    )


def _article(record: XmlRecord, options: ReadOptions) -> Article | Rejected:
    item = record.element
    about, meta = inner(item, "contentMeta"), inner(item, "itemMeta")
    if reason := reason_of_status(_code(inner(meta, "pubStatus"))):
        return Rejected(record.source, reason)
    story = _story(inner(item, "contentSet"))
    if not story.text:
        teaser = _teaser(about)
        if reason := _reason_to_reject(teaser, item, meta):
            return Rejected(record.source, reason)
        story = replace(story, text=teaser)
    outlet = _outlet(item, meta)
    published, updated = _published(meta, about, story), _updated(meta, about)
    return build_article(
        replace(
            story,
            title=line(inner(about, "headline")) or story.title or line(inner(meta, "title")),
            outlet=outlet or story.outlet,
            authors=story.authors or _authors(about, outlet),
            published=published,
            updated=updated if updated.iso != published.iso else UNDATED,
            place=line(inner(about, "located", "name")) or story.place or _filed_from(about),
            guid=item.get("guid") or story.guid,
            language=_language(about) or language(item) or language(record.parent) or story.language,
            keywords=_keywords(about) or story.keywords,
        ),
        record.source,
        options,
    )


def _story(contents: Element | None) -> Extracted:
    """Extract the text of an item from the first form that can be read."""
    for form in children(contents, "inlineXML"):
        for root in form:
            if local(root) == "nitf":
                return nitf.extract(root)
            if local(root) in _HTML:
                return Extracted(text=content(form))
    for form in children(contents, "inlineData"):
        if form.get("encoding") is None and (form.get("contenttype") or "text/plain").startswith(_PLAIN):
            return Extracted(text=content(form))
    return Extracted(text="")


def _teaser(about: Element | None) -> str:
    return max((unwrap(content(each)) for each in children(about, "description")), key=len, default="")


def _reason_to_reject(teaser: str, item: Element, meta: Element | None) -> str | None:
    """Return why an item without text is rejected; None if its description is long enough."""
    kind = (_code(inner(meta, "itemClass")) or "text").rpartition(":")[2]
    if kind not in ("text", "composite"):
        return f"no text: a {kind}"
    contents = inner(item, "contentSet")
    held = [local(root) for form in children(contents, "inlineXML") for root in form]
    if held:
        return f"no text: its content is <{held[0]}>, which contains no story"
    reason = reason_to_reject(teaser)
    if reason and inner(contents, "remoteContent") is not None:
        return "no text: it is in another file, which its remoteContent names"
    return reason


def _code(element: Element | None) -> str | None:
    """Return the code that an element contains, or the last part of the code's URI."""
    if element is None:
        return None
    named: str | None = element.get("qcode") or element.get("literal")
    if named is None and (uri := element.get("uri")):
        named = uri.rstrip("/").rpartition("/")[2]
    return named


def _outlet(item: Element, meta: Element | None) -> str | None:
    """Return the outlet: the provider's name, else the holder of the rights, else the provider's code or site."""
    provider = inner(meta, "provider")
    named = line(inner(provider, "name")) or line(inner(item, "rightsInfo", "copyrightHolder", "name"))
    if named or provider is None:
        return named
    code = provider.get("literal") or (provider.get("qcode") or "").rpartition(":")[2]
    return code or host(provider.get("uri"))


def _authors(about: Element | None, outlet: str | None) -> tuple[str, ...]:
    """Return the names in the byline, else the creators that are people."""
    if names := authors(line(inner(about, "by"))):
        return names
    people = (
        line(inner(each, "name"))
        for each in children(about, "creator")
        if not (each.get("type") or "").endswith("organisation")
    )
    return tuple(dict.fromkeys(name for person in people if person != outlet for name in authors(person)))


def _published(meta: Element | None, about: Element | None, story: Extracted) -> PublicationDate:
    """Return the date of first publication: the end of the embargo, else the creation of the first version."""
    stated = (
        inner(meta, "embargoed"),
        inner(meta, "firstCreated"),
        inner(about, "contentCreated"),
        inner(meta, "versionCreated"),
    )
    parsed = (*(dates.parse(line(each), "metadata") for each in stated), story.published)
    return next((found for found in parsed if found.iso), UNDATED)


def _updated(meta: Element | None, about: Element | None) -> PublicationDate:
    """Return the date of the last change of the text, else the creation of this version."""
    changed = dates.parse(line(inner(about, "contentModified")), "metadata")
    return changed if changed.iso else dates.parse(line(inner(meta, "versionCreated")), "metadata")


def _keywords(about: Element | None) -> list[str]:
    """Return the keywords as written, else the names of the subjects."""
    named = [line(each) for each in children(about, "keyword")] or [
        line(inner(each, "name")) for each in children(about, "subject")
    ]
    return [word for word in named if word]


def _filed_from(about: Element | None) -> str | None:
    written = line(inner(about, "dateline"))
    found = dateline(f"{written.rstrip(' -–—')} — ") if written else None
    return found.place if found else written


def _language(about: Element | None) -> str | None:
    named = inner(about, "language")
    return None if named is None else named.get("tag")
