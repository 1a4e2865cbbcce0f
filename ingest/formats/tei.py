"""Parses TEI: newspapers and letters as editors of historical texts encode them.

A text whose divisions are articles (`div type="article"`) gives an article for each of them, any other text one.
"""

import re
from collections.abc import Iterator

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import authors
from ingest.articles.canonical import join
from ingest.formats.entry import Entry
from ingest.formats.xml import inner, language, line, local, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".tei",)

_ROOTS = frozenset({"TEI", "TEI.2", "teiCorpus"})
_ARTICLES = re.compile(r"(?:news)?(?:article|story|report|letter|item)", re.IGNORECASE)
_BLOCKS = frozenset(
    "p ab head l lg item label cell row quote cit opener closer byline dateline salute signed trailer said".split()
)
_LEFT_OUT = frozenset({"fw", "figure", "del", "note", "teiHeader"})
"""Running heads, pictures, what was struck out, and editors' notes."""

_REPLACED = frozenset({"sic", "orig", "abbr"})
"""What an edition corrects, if the corrected form is beside it in a `choice`."""

_BROKEN = frozenset({"lb", "pb", "cb"})


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like a TEI document."""
    return root_name(head) in _ROOTS


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each text, or of each division that is an article."""
    for record in records(entry, "TEI", "TEI.2"):
        if isinstance(record, Rejected):
            yield record
            continue
        header, text = inner(record.element, "teiHeader"), inner(record.element, "text")
        stories = [each for each in text.iter() if _is_article(each)] if text is not None else []
        if not stories:
            yield _article(header, text, record.source, options)
            continue
        for number, story in enumerate(stories, 1):
            yield _article(header, story, f"{record.source}#{number}", options)


def _is_article(element: Element) -> bool:
    name = local(element)
    return name.startswith("div") and _ARTICLES.fullmatch(element.get("type") or "") is not None


def _article(
    header: Element | None, text: Element | None, source: str, options: ReadOptions
) -> Article | Rejected:
    described = inner(header, "fileDesc")
    titles = inner(described, "titleStmt")
    printed = _printed(described)
    whole = text is None or local(text) == "text"
    return build_article(
        Extracted(
            text=join(_paragraphs(text)) if text is not None else "",
            title=(line(inner(titles, "title")) if whole else None) or _first(text, "head"),
            outlet=line(inner(printed, "title")) if printed is not None else None,
            authors=authors(_first(text, "byline"))
            or (authors(line(inner(titles, "author"))) if whole else ()),
            published=_day(text if not whole else None, printed, described),
            place=_first(text, "placeName") if not whole else None,
            language=language(text) if text is not None else None,
            section=text.get("n") if text is not None and not whole else None,
        ),
        source,
        options,
    )


def _printed(described: Element | None) -> Element | None:
    """Return the description of the newspaper or book from which the text was taken."""
    for each in described.iter() if described is not None else ():
        if local(each) == "sourceDesc":
            return next(
                (part for part in each.iter() if local(part) in ("monogr", "bibl", "biblStruct")), each
            )
    return None


def _first(element: Element | None, name: str) -> str | None:
    for each in element.iter() if element is not None else ():
        if local(each) == name and (found := line(each)):
            return found
    return None


def _day(*described: Element | None) -> PublicationDate:
    """Return the first date that one of the elements gives: in a dateline, of the newspaper, of the edition."""
    for element in described:
        for each in element.iter() if element is not None else ():
            if local(each) == "date":
                found = dates.parse(each.get("when") or each.get("value") or line(each), "metadata")
                if found.iso:
                    return found
    return UNDATED


def _paragraphs(element: Element) -> Iterator[str]:
    """Yield the texts of the innermost blocks, and text between blocks."""
    pieces: list[str] = []
    for piece in _pieces(element):
        if piece is not None:
            pieces.append(piece)
        elif found := " ".join("".join(pieces).split()):
            yield found
            pieces = []
    if found := " ".join("".join(pieces).split()):
        yield found


def _pieces(element: Element) -> Iterator[str | None]:
    """Yield the text in pieces; None where a block begins or ends."""
    waiting: list[Element | str | None] = [element]
    while waiting:
        each = waiting.pop()
        if each is None or isinstance(each, str):
            yield each
            continue
        name = local(each)
        if each is not element and each.tail:
            waiting.append(each.tail)
        if name in _LEFT_OUT or not name or (name in _REPLACED and local(each.getparent()) == "choice"):
            continue
        if name in _BROKEN:
            yield "" if each.get("break") == "no" else " "
            continue
        is_block = name in _BLOCKS or name.startswith("div")
        if is_block:
            yield None
            waiting.append(None)
        waiting.extend(reversed(each))
        if each.text:
            yield each.text
