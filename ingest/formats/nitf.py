"""Parses NITF: stories with metadata, as agencies and newspaper archives store them."""

import re
from collections.abc import Iterator

from assistant.article import Article, DateOrigin, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import join
from ingest.articles.publication import reason_of_status
from ingest.formats.entry import Entry
from ingest.formats.xml import children, content, inner, language, line, local, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".nitf",)

_BLOCKS = {
    "hl1": "h1",
    "hl2": "h2",
    "bq": "blockquote",
    "block": "div",
    "byline": "div",
    "dateline": "div",
    "copyrite": "div",
    "note": "div",
    "fn": "div",
}
"""Block elements, and the HTML elements that replace them."""

_DAY = re.compile(r"(\d{8})T?(?:Z|[+-]\d{2}:?\d{2})?")
_COUNTER = re.compile(r"\d{1,18}")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like an NITF document."""
    return root_name(head) == "nitf"


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each story; a file may contain several, one after another."""
    for record in records(entry, "nitf"):
        if isinstance(record, Rejected):
            yield record
        elif reason := reason_of_status(_status(record.element)):
            yield Rejected(record.source, reason)
        else:
            yield build_article(extract(record.element), record.source, options)


def extract(story: Element) -> Extracted:
    """Extract a story's metadata and its text: the paragraphs of its body, without media and captions."""
    body = inner(story, "body")
    top = inner(body, "body.head")
    docdata = inner(story, "head", "docdata")
    printed = inner(story, "head", "pubdata")
    return Extracted(
        text=_text(body),
        title=line(inner(top, "hedline", "hl1"))
        or line(inner(top, "hedline"))
        or line(inner(story, "head", "title")),
        outlet=_attribute(printed, "name")
        or line(inner(top, "distributor"))
        or _attribute(inner(docdata, "doc.copyright"), "holder"),
        authors=_authors(top),
        published=_published(docdata, printed, top),
        place=line(inner(top, "dateline", "location")),
        url=_attribute(printed, "ex-ref"),
        guid=_guid(inner(docdata, "doc-id")),
        language=language(body) or language(story),
        section=_attribute(printed, "position.section") or _section(inner(story, "head")),
        keywords=[each.get("key") for each in children(inner(docdata, "key-list"), "keyword")],
    )


def _status(story: Element) -> str | None:
    return _attribute(inner(story, "head", "docdata"), "management-status")


def _text(body: Element | None) -> str:
    main = inner(body, "body.content")
    if main is None:
        return ""
    # Some archives repeat the lead in a separate block beside the whole text.
    whole = [block for block in children(main, "block") if block.get("class") == "full_text"]
    parts = [_paragraphs(part) for part in (whole or [main])]
    tagline = line(inner(body, "body.end", "tagline"))
    return join(part for part in (*parts, tagline) if part)


def _paragraphs(part: Element) -> str:
    for element in list(part.iterdescendants()):
        name = local(element)
        if name == "media":
            _remove(element)
        else:
            element.tag = _BLOCKS.get(name, name)
    return content(part)


def _remove(element: Element) -> None:
    """Remove an element, but not the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _authors(top: Element | None) -> tuple[str, ...]:
    """Return the names in the first byline that contains any, without job titles and workplaces."""
    for each in children(top, "byline"):
        named = [
            name for person in each.iter() if local(person) == "person" for name in authors(line(person))
        ]
        titles = [title for title in each.iter() if local(title) == "byttl"]
        for title in titles:
            _remove(title)
        if names := tuple(dict.fromkeys(named)) or authors(line(each)):
            return names
    return ()


def _published(docdata: Element | None, printed: Element | None, top: Element | None) -> PublicationDate:
    stated = (
        _attribute(printed, "date.publication"),
        _attribute(inner(docdata, "date.release"), "norm"),
        _attribute(inner(docdata, "date.issue"), "norm"),
    )
    parsed = (_date(written, "metadata") for written in stated)
    if first := next((date for date in parsed if date.iso), None):
        return first
    filed = inner(top, "dateline", "story.date")
    return _date(_attribute(filed, "norm") or line(filed), "dateline")


def _date(written: str | None, origin: DateOrigin) -> PublicationDate:
    """Parse a date in NITF's compact form, in which a day may have a zone without a time."""
    day = _DAY.fullmatch(written or "")
    return dates.parse(day[1] if day else written, origin)


def _guid(doc_id: Element | None) -> str | None:
    """Return a document's number with its issuer's name; None for a bare number, which is not an identifier."""
    number, counted_by = _attribute(doc_id, "id-string"), _attribute(doc_id, "regsrc")
    if number and counted_by:
        return f"{counted_by}:{number}"
    return None if number is None or _COUNTER.fullmatch(number) else number


def _section(head: Element | None) -> str | None:
    """Return the section that archives of a paper's website state, the first of several."""
    named = (meta.get("content") for meta in children(head, "meta") if meta.get("name") == "online_sections")
    return (next(named, None) or "").partition(";")[0] or None


def _attribute(element: Element | None, name: str) -> str | None:
    value = None if element is None else element.get(name)
    return str(value).strip() or None if value else None
