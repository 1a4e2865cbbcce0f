"""Parses news collections made for research: TREC and Gigaword, whose files are lines of SGML, and RCV1."""

import re
from collections.abc import Iterator
from html import unescape

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.bylines import byline
from ingest.articles.canonical import clean, join, paragraphs
from ingest.articles.wrapping import paragraphs_of
from ingest.formats.encodings import LENIENT
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, too_large
from ingest.formats.xml import children, content, inner, language, line, records, root_name
from ingest.formats.xml_tree import Element
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".trec",)
RCV1_SUFFIXES = (".rcv1",)

OUTLETS = {
    "AFP": "Agence France-Presse",
    "AP": "Associated Press",
    "APW": "Associated Press",
    "CNA": "Central News Agency",
    "FBIS": "FBIS",
    "FT": "Financial Times",
    "LA": "Los Angeles Times",
    "LTW": "Los Angeles Times/Washington Post",
    "NYT": "The New York Times",
    "SJMN": "San Jose Mercury News",
    "WPB": "Washington Post/Bloomberg",
    "WSJ": "The Wall Street Journal",
    "XIE": "Xinhua",
    "XIN": "Xinhua",
}
"""Outlets by the letters that open the identifiers of their stories."""

KINDS = {"other": "no single story but advice to editors, a summary or a list", "advis": "advice to editors"}
"""Gigaword's types of documents that are not stories, and what they are."""

_OPENING = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<DOC(?:\s[^>]*)?>\s*(?:\n|<)", re.IGNORECASE)
_SIGN = re.compile(rb"<DOCNO>|<DOC\s[^>]*id\s*=|<TEXT>", re.IGNORECASE)
_DOC = re.compile(r"\s*<DOC(?P<attributes>\s[^>]*)?>", re.IGNORECASE)
_END = re.compile(r"</DOC>\s*$", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*[\"']?([^\"'\s>]+)")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)[^<>]*>")
_DATE_IN_ID = re.compile(r"(?<!\d)((?:19|20)\d{2}|[6-9]\d)[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_TITLES = ("HEADLINE", "HEAD", "HL", "TI", "TITLE", "H3")
_TEXTS = ("TEXT", "LEADPARA", "LP", "BODY")
_DATES = ("DATE", "DATE_TIME", "DD", "PUBDATE")
_BYLINES = ("BYLINE", "AUTHOR", "BY")
_PARAGRAPH = re.compile(r"</?P(?:\s[^>]*)?>", re.IGNORECASE)
_PLACE = re.compile(r"\s*(?:\([^()]*\)|,?\s*\b" + dates.MONTH + r"\s*\d.*)\s*$", re.IGNORECASE)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with a document of TREC or Gigaword."""
    return _OPENING.match(head) is not None and _SIGN.search(head[:4096]) is not None


def recognises_rcv1(head: bytes, suffix: str) -> bool:
    """Whether a file begins with a story of RCV1."""
    return root_name(head) == "newsitem" and b"itemid" in head[:4096]


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each document that is a story."""
    number = 0
    for document in _documents(entry):
        number += 1
        source = f"{entry.source}#{number}"
        yield Rejected(source, too_large(None)) if document is None else _article(document, source, options)
    if not number:
        yield Rejected(entry.source, "no records")


def parse_rcv1(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each story."""
    for record in records(entry, "newsitem"):
        yield (
            record if isinstance(record, Rejected) else _rcv1_article(record.element, record.source, options)
        )


def _documents(entry: Entry) -> Iterator[str | None]:
    """Yield the documents of a file as text; None for one that is too large."""
    lines: list[str] = []
    size = 0
    for raw in entry.lines():
        size += MAX_ARTICLE_BYTES + 1 if raw is None else len(raw)
        text = "" if raw is None else raw.decode("utf-8", LENIENT)
        if size <= MAX_ARTICLE_BYTES:
            lines.append(text)
        if _END.search(text):
            yield "".join(lines) if size <= MAX_ARTICLE_BYTES else None
            lines, size = [], 0
    if any(each.strip() for each in lines) or size > MAX_ARTICLE_BYTES:
        yield "".join(lines) if size <= MAX_ARTICLE_BYTES else None


def _article(document: str, source: str, options: ReadOptions) -> Article | Rejected:
    opening = _DOC.match(document)
    if opening is None:
        return Rejected(source, "text between the documents of the collection")
    attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(opening["attributes"] or "")}
    if (kind := attributes.get("type", "story").lower()) in KINDS:
        return Rejected(source, f"not a story: {KINDS[kind]}")
    fields = _fields(document[opening.end() :])
    identifier = attributes.get("id") or _first(fields, ("DOCNO", "DOCID"))
    dateline = _first(fields, ("DATELINE",))
    text = "\n\n".join(part for name in _TEXTS for part in fields.get(name, ()))
    return build_article(
        Extracted(
            text=_story(text),
            title=_first(fields, _TITLES),
            outlet=_first(fields, ("SOURCE", "SO", "PUB")) or _outlet(identifier),
            authors=tuple(
                name
                for each in _BYLINES
                for written in fields.get(each, ())
                for name in byline(_flat(written))
            ),
            published=_published(fields, identifier),
            place=_PLACE.sub("", dateline).strip(" ,") if dateline else None,
            guid=identifier,
            section=_first(fields, ("SECTION", "SE", "CATEGORY")),
            language=_language(identifier),
        ),
        source,
        options,
    )


def _fields(text: str) -> dict[str, list[str]]:
    """Return the contents of the elements directly in a document, by name; inside them, only paragraphs have tags."""
    found: dict[str, list[str]] = {}
    name, start = "", 0
    for tag in _TAG.finditer(text):
        closes, each = bool(tag[1]), tag[2].upper()
        if not closes and not name and each != "DOC":
            name, start = each, tag.end()
        elif closes and each == name:
            found.setdefault(name, []).append(text[start : tag.start()])
            name = ""
    if name:
        # The file is cut off.
        found.setdefault(name, []).append(text[start:])
    return found


def _first(fields: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((flat for name in names for each in fields.get(name, ()) if (flat := _flat(each))), None)


def _flat(text: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", text)).split())


def _story(text: str) -> str:
    """Return the paragraphs: those marked as such, or those that an indent or a blank line opens."""
    marked = _PARAGRAPH.split(text)
    if len(marked) > 1:
        return join(part for each in marked if (part := _flat(each)))
    return join(paragraphs(clean(paragraphs_of(unescape(_TAG.sub("", text))))))


def _published(fields: dict[str, list[str]], identifier: str | None) -> PublicationDate:
    """Return the date stated, else that in the identifier, such as AP880212-0002 or AFP_ENG_19940512.0001."""
    stated = dates.parse(_first(fields, _DATES), "metadata")
    if stated.iso or not (match := _DATE_IN_ID.search(identifier or "")):
        return stated
    year = match[1] if len(match[1]) == 4 else f"19{match[1]}"
    found = dates.parse(f"{year}-{match[2]}-{match[3]}", "metadata")
    return found if found.iso else UNDATED


def _outlet(identifier: str | None) -> str | None:
    letters = re.match(r"[A-Za-z]+", identifier or "")
    return OUTLETS.get(letters[0].upper()) if letters else None


def _language(identifier: str | None) -> str | None:
    return "en" if "_ENG_" in (identifier or "") else None


def _rcv1_article(story: Element, source: str, options: ReadOptions) -> Article | Rejected:
    values = {each.get("element"): each.get("value") for each in children(inner(story, "metadata"), "dc")}
    dateline = line(inner(story, "dateline"))
    number = story.get("itemid")
    return build_article(
        Extracted(
            text=content(inner(story, "text")),
            title=line(inner(story, "headline")) or line(inner(story, "title")),
            outlet=values.get("dc.source") or values.get("dc.publisher") or "Reuters",
            authors=byline(f"By {line(inner(story, 'byline')) or ''}"),
            published=dates.parse(values.get("dc.date.published") or story.get("date"), "metadata"),
            place=re.sub(r"\s*\d{4}-\d{2}-\d{2}$", "", dateline) if dateline else None,
            guid=f"rcv1:{number}" if number else None,
            language=language(story),
        ),
        source,
        options,
    )
