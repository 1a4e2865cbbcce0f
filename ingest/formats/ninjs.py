"""Parses the JSON of news agencies: IPTC's ninjs (1.x to 3.x), AP, and systems such as Superdesk."""

import re
from collections.abc import Iterator, Mapping

from assistant.article import Article
from ingest.articles.builder import LONGEST_NAME
from ingest.articles.markup import without_markup
from ingest.articles.publication import reason_of_status
from ingest.formats import nitf
from ingest.formats.fields import article_from_fields
from ingest.formats.teasers import reason_to_reject
from ingest.formats.xml_tree import BrokenXml, parse_xml
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

_SIGNS = frozenset(
    {"versioncreated", "firstcreated", "contentcreated", "bodies", "bodynitf", "bodyxhtml", "pubstatus"}
)
"""Field names, in lower case and without `_`, that other exports do not have."""

_PUBLISHED = ("embargoed", "firstpublished", "firstcreated", "contentcreated", "versioncreated")
_AGENCY = re.compile(r"\s*\([^()]*\)$")


def find_item(record: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the agency's item that a JSON record is, or contains under `item`; None for other records."""
    for candidate in (record.get("item"), record):
        if isinstance(candidate, dict) and not _SIGNS.isdisjoint(map(_plain, candidate)):
            return candidate
    return None


def parse_item(item: Mapping[str, object], source: str, options: ReadOptions) -> Article | Rejected:
    """Make an article from an agency's item. Its fields get the names of ordinary records, so that mappings
    apply."""
    fields = {_plain(name): value for name, value in item.items()}
    if reason := reason_of_status(_string(fields.get("pubstatus"))):
        return Rejected(source, reason)
    try:
        text = _text(fields)
    except BrokenXml as error:
        return Rejected(source, f"its NITF cannot be read: {error}")
    if not text and "text" not in options.fields:
        kind = _string(fields.get("type")) or "text"
        if kind not in ("text", "composite"):
            return Rejected(source, f"no text: a {kind}")
        text = _teaser(fields)
        if reason := reason_to_reject(text):
            return Rejected(source, reason)
    stated = [value for name in _PUBLISHED if (value := fields.get(name))]
    published, changed = (
        next(iter(stated), None),
        fields.get("contentmodified") or fields.get("versioncreated"),
    )
    address = _string(fields.get("uri"))
    known = {
        "title": _value(fields.get("headlines")) or fields.get("headline"),
        "text": text,
        "outlet": _name(fields, "infosources", "infosource", "source", "provider", "copyrightholder"),
        "authors": fields.get("byline") or fields.get("by") or _bylines(fields.get("bylines")),
        "published": published,
        "updated": changed if changed != published else None,
        "place": _AGENCY.sub("", (_name(fields, "located") or "")[: LONGEST_NAME + 1]),
        "url": address if address and address.startswith("http") and "://api." not in address else None,
        "guid": _item_id(fields.get("altids")) or address,
        "section": _name(fields, "section", "service", "services"),
        "keywords": fields.get("keywords") or fields.get("subjects") or fields.get("subject"),
    }
    return article_from_fields(
        {**item, **{name: value for name, value in known.items() if value or name == "place"}},
        source,
        options,
    )


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _text(fields: Mapping[str, object]) -> str:
    """Return the text in its best form: NITF, then HTML, then plain; of several, the longest."""
    bodies: list[tuple[int, int, str]] = []
    for kind, value in _bodies(fields):
        text = _of_nitf(value) if "nitf" in kind else without_markup(value)
        rank = 2 if "nitf" in kind else 1 if "html" in kind else 0
        bodies.append((rank if text.strip() else -1, len(text), text))
    return max(bodies, default=(0, 0, ""))[2].strip()


def _bodies(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the kind and content of each form of the text."""
    held = fields.get("bodies")
    for body in held if isinstance(held, list) else ():
        if isinstance(body, dict) and isinstance(body.get("value"), str):
            yield f"{body.get('contenttype')} {body.get('role')}".lower(), body["value"]
    for name, value in fields.items():
        if name.startswith("body") and isinstance(value, str):
            yield name, value


def _of_nitf(text: str) -> str:
    """Return the text of a whole NITF document or of a part of one. Raises BrokenXml."""
    if "<nitf" in text:
        return nitf.extract(parse_xml(text)).text
    try:
        return nitf.extract(parse_xml(f"<nitf><body><body.content>{text}</body.content></body></nitf>")).text
    except BrokenXml:
        return without_markup(text)


def _teaser(fields: Mapping[str, object]) -> str:
    """Return the longest description, for items without text."""
    held = fields.get("descriptions")
    values = [each.get("value") for each in held if isinstance(each, dict)] if isinstance(held, list) else []
    values += [value for name, value in fields.items() if name.startswith("description")]
    return max((without_markup(value) for value in values if isinstance(value, str)), key=len, default="")


def _value(values: object) -> object:
    """Return the first of several values with roles."""
    first = values[0] if isinstance(values, list) and values else None
    return first.get("value") if isinstance(first, dict) else None


def _name(fields: Mapping[str, object], *names: str) -> str | None:
    """Return the first name in one of the fields, alone or in a list."""
    for name in names:
        value = fields.get(name)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("name") if isinstance(value, dict) else value
        if found := _string(value):
            return found
    return None


def _bylines(values: object) -> list[object] | None:
    """Return the names in AP's list of bylines."""
    return [each.get("by") for each in values if isinstance(each, dict)] if isinstance(values, list) else None


def _item_id(values: object) -> str | None:
    """Return the id that AP gives a story in all its versions."""
    return _string(values.get("itemid")) if isinstance(values, dict) else None
