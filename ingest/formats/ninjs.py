"""Agencies' JSON: ninjs of the IPTC (1.x to 3.x), and what AP and systems like Superdesk send."""

import re
from collections.abc import Iterator, Mapping

from assistant.article import Article
from ingest.articles.builder import LONGEST_NAME
from ingest.articles.markup import without_markup
from ingest.formats import nitf
from ingest.formats.fields import article_from_fields
from ingest.formats.teasers import reason_to_reject
from ingest.formats.xml_tree import BrokenXml, parse_xml
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

_SIGNS = frozenset(
    {"versioncreated", "firstcreated", "contentcreated", "bodies", "bodynitf", "bodyxhtml", "pubstatus"}
)
"""Names of fields, in lower case and without `_`, that other exports do not have."""

_PUBLISHED = ("embargoed", "firstpublished", "firstcreated", "contentcreated", "versioncreated")
_AGENCY = re.compile(r"\s*\([^()]*\)$")


def find_item(record: Mapping[str, object]) -> Mapping[str, object] | None:
    """The agency's item that a JSON record is, or holds under `item`; None where it is another kind of record."""
    for candidate in (record.get("item"), record):
        if isinstance(candidate, dict) and not _SIGNS.isdisjoint(map(_plain, candidate)):
            return candidate
    return None


def parse_item(item: Mapping[str, object], source: str, options: ReadOptions) -> Article | Rejected:
    """Make an article of an agency's item: its fields under names that every record may have, so mappings win."""
    fields = {_plain(name): value for name, value in item.items()}
    if reason := nitf.reason_to_reject_status(_string(fields.get("pubstatus"))):
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
    """The text in its most telling form: NITF, then HTML, then plain; the longest where there are several."""
    bodies: list[tuple[int, int, str]] = []
    for kind, value in _bodies(fields):
        text = _of_nitf(value) if "nitf" in kind else without_markup(value)
        rank = 2 if "nitf" in kind else 1 if "html" in kind else 0
        bodies.append((rank if text.strip() else -1, len(text), text))
    return max(bodies, default=(0, 0, ""))[2].strip()


def _bodies(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The forms of the text: what kind each is of, and itself."""
    held = fields.get("bodies")
    for body in held if isinstance(held, list) else ():
        if isinstance(body, dict) and isinstance(body.get("value"), str):
            yield f"{body.get('contenttype')} {body.get('role')}".lower(), body["value"]
    for name, value in fields.items():
        if name.startswith("body") and isinstance(value, str):
            yield name, value


def _of_nitf(text: str) -> str:
    """The text of a whole document, or of paragraphs out of one. Raises BrokenXml."""
    if "<nitf" in text:
        return nitf.extract(parse_xml(text)).text
    try:
        return nitf.extract(parse_xml(f"<nitf><body><body.content>{text}</body.content></body></nitf>")).text
    except BrokenXml:
        return without_markup(text)


def _teaser(fields: Mapping[str, object]) -> str:
    """The longest description, which stands where there is no text."""
    held = fields.get("descriptions")
    values = [each.get("value") for each in held if isinstance(each, dict)] if isinstance(held, list) else []
    values += [value for name, value in fields.items() if name.startswith("description")]
    return max((without_markup(value) for value in values if isinstance(value, str)), key=len, default="")


def _value(values: object) -> object:
    """The first of ninjs' values in their roles."""
    first = values[0] if isinstance(values, list) and values else None
    return first.get("value") if isinstance(first, dict) else None


def _name(fields: Mapping[str, object], *names: str) -> str | None:
    """The first name that one of the fields is, or holds, alone or in a list."""
    for name in names:
        value = fields.get(name)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("name") if isinstance(value, dict) else value
        if found := _string(value):
            return found
    return None


def _bylines(values: object) -> list[object] | None:
    """Names in AP's list of bylines and the titles of those in them."""
    return [each.get("by") for each in values if isinstance(each, dict)] if isinstance(values, list) else None


def _item_id(values: object) -> str | None:
    """The number by which AP knows a story through all its versions."""
    return _string(values.get("itemid")) if isinstance(values, dict) else None
