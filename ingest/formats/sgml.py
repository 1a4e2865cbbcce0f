"""Parses SGML of the Reuters-21578 collection and similar files: many stories per file."""

import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import LONGEST_NAME, Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, join
from ingest.formats.entry import Entry
from ingest.formats.xml import children, inner, line, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".sgm", ".sgml")

_DATELINE = re.compile(rf"(?P<place>\S.*?)[\s,-]*\b{dates.MONTH}\s*\d{{1,2}}\b.*", re.IGNORECASE | re.DOTALL)
_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)*[ \t]{2,}|\n(?:[ \t]*\n)+")
_LINE_END = re.compile(r"\n(?! )")
"""A line end at a fixed width; rows of tables begin with a space."""

_SIGNED_OFF = re.compile(r"(?<=\s)REUTERS?$", re.IGNORECASE)
_AGENCY = re.compile(r",?\s*\bReuters?\.?$", re.IGNORECASE)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a file of the collection."""
    return root_name(head) == "REUTERS"


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each story that has a body; headlines without body and tables are rejected."""
    for record in records(entry, "REUTERS"):
        yield record if isinstance(record, Rejected) else _article(record.element, record.source, options)


def _article(story: Element, source: str, options: ReadOptions) -> Article | Rejected:
    written = inner(story, "TEXT")
    body = inner(written, "BODY")
    if body is None:
        return Rejected(source, _without_body(written))
    number = story.get("NEWID")
    filed = line(inner(written, "DATELINE"))
    return build_article(
        Extracted(
            text=_text(filed, "".join(body.itertext())),
            title=line(inner(written, "TITLE")),
            outlet="Reuters",
            authors=authors(_AGENCY.sub("", line(inner(written, "AUTHOR")) or "")),
            published=dates.parse(line(inner(story, "DATE")), "metadata"),
            place=_place(filed) or line(inner(story, "PLACES", "D")),
            guid=f"reuters-21578:{number}" if number else None,
            language="en",
            keywords=[line(topic) for topic in children(inner(story, "TOPICS"), "D")],
        ),
        source,
        options,
    )


def _without_body(written: Element | None) -> str:
    kind = written.get("TYPE") if written is not None else None
    return {
        "BRIEF": "no text: a headline without a body",
        "UNPROC": "no text: a table or notice without a body",
    }.get(kind or "", "no text: a story without a body")


def _text(filed: str | None, body: str) -> str:
    """Return the paragraphs, which begin with an indent, after the dateline and without the agency's signature."""
    body = _SIGNED_OFF.sub("", body.rstrip())
    parts = [clean(_LINE_END.sub(" ", part)) for part in _PARAGRAPH.split(body)]
    parts = [part for part in parts if part]
    if filed and parts:
        parts[0] = f"{filed} {parts[0]}"
    return join(parts)


def _place(filed: str | None) -> str | None:
    """Return the place in a dateline such as `CLARKSBURG, W.Va., Feb 26 -`."""
    if not filed or len(filed) > LONGEST_NAME:
        return None
    match = _DATELINE.fullmatch(filed)
    return match["place"].rstrip(" ,-") if match else filed.strip(" ,-")
