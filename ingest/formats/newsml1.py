"""Parses NewsML 1.x, the format before NewsML-G2: news items with components. Their text is NITF, XHTML or plain."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.publication import reason_of_status
from ingest.formats import nitf
from ingest.formats.entry import Entry
from ingest.formats.xml import XmlRecord, children, content, inner, language, line, local, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".newsml1",)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a NewsML 1.x document."""
    return root_name(head) == "NewsML"


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each news item that has a text."""
    for record in records(entry, "NewsItem"):
        yield record if isinstance(record, Rejected) else _article(record, options)


def _article(record: XmlRecord, options: ReadOptions) -> Article | Rejected:
    item = record.element
    identification = inner(item, "Identification", "NewsIdentifier")
    management = inner(item, "NewsManagement")
    if reason := reason_of_status(_formal(inner(management, "Status"))):
        return Rejected(record.source, reason)
    lines, metadata = _inside(item, "NewsLines"), _inside(item, "AdministrativeMetadata")
    descriptive = _inside(item, "DescriptiveMetadata")
    story = _story(item)
    stated = dates.parse(
        line(inner(management, "FirstCreated")) or line(inner(identification, "DateId")), "metadata"
    )
    updated = dates.parse(line(inner(management, "ThisRevisionCreated")), "metadata")
    provider = inner(metadata, "Provider", "Party") if metadata is not None else None
    return build_article(
        replace(
            story,
            title=line(inner(lines, "HeadLine")) or story.title,
            outlet=_formal(provider) or _formal(inner(metadata, "Source", "Party")) or story.outlet,
            authors=authors(line(inner(lines, "ByLine"))) or story.authors,
            published=stated if stated.iso else story.published,
            updated=updated if updated.iso != stated.iso else story.updated,
            place=_place(lines, descriptive) or story.place,
            guid=line(inner(identification, "PublicIdentifier")) or story.guid,
            language=_formal(inner(descriptive, "Language")) or language(item) or story.language,
            keywords=[line(each) for each in children(lines, "KeywordLine")] or story.keywords,
        ),
        record.source,
        options,
    )


def _inside(item: Element, name: str) -> Element | None:
    """Return the first element of this name at any depth; components may contain components."""
    return next((each for each in item.iter() if local(each) == name), None)


def _story(item: Element) -> Extracted:
    """Return the longest text of the item's forms."""
    found = [Extracted(text="")]
    for form in item.iter():
        if local(form) != "DataContent":
            continue
        root = next((each for each in form.iter() if local(each) == "nitf"), None)
        found.append(nitf.extract(root) if root is not None else Extracted(text=content(form)))
    return max(found, key=lambda story: len(story.text))


def _place(lines: Element | None, descriptive: Element | None) -> str | None:
    for each in descriptive.iter() if descriptive is not None else ():
        if local(each) == "Property" and each.get("FormalName") == "City":
            return str(each.get("Value") or "") or None
    filed = line(inner(lines, "DateLine"))
    return filed.partition(",")[0] if filed else None


def _formal(element: Element | None) -> str | None:
    """Return the name that an element gives as an attribute."""
    return None if element is None else element.get("FormalName")
