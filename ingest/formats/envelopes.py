"""Takes records out of what search engines, databases, interfaces and editorial systems put around them.

What a system names in its own way gets the names of ordinary records, so that mappings and all other rules apply.
"""

import re
from collections.abc import Callable, Mapping

from ingest.articles.markup import without_markup
from ingest.formats.fields import known
from ingest.formats.teasers import reason_to_reject

Record = Mapping[str, object]

_HOLDERS = ("_source", "doc", "ans", "node", "attributes", "fields", "document", "record", "article", "post")
"""Names under which systems such as Elasticsearch, CouchDB, JSON:API and the Guardian put a record in a record."""

_CUT = re.compile(r"(?:…|\.\.\.)? ?\[\+\d{1,9} chars\]$")
_PARTS = ("text", "header", "quote", "raw_html", "list", "blockquote", "endorsement", "correction")
"""Elements of Arc XP's stories that are text; pictures, films and links to other stories are not."""


def opened(record: Record) -> Record:
    """Return a record with the fields of the record that it holds, under the names of ordinary records.

    >>> opened({"_index": "news", "_source": {"title": "Gales near", "body": "All boats stay in."}})["title"]
    'Gales near'
    """
    for name in _HOLDERS:
        held = record.get(name)
        if isinstance(held, dict) and ("content_elements" in held or any(known("text", key) for key in held)):
            record = {**record, **held}
            break
    for is_of, renamed in _SYSTEMS:
        if is_of(record):
            return {**record, **{name: value for name, value in renamed(record).items() if value is not None}}
    return record


def teaser(record: Record) -> str | None:
    """Return the teaser of a record of an interface that gives no more, if it reports what happened."""
    parts = (record.get(name) for name in ("lead_paragraph", "abstract", "snippet"))
    texts = dict.fromkeys(without_markup(part).strip() for part in parts if isinstance(part, str))
    found = [text for text in texts if not any(text != other and text in other for other in texts)]
    text = "\n\n".join(filter(None, found))
    return text if reason_to_reject(text) is None else None


def _nyt(record: Record) -> dict[str, object]:
    byline = record.get("byline")
    return {
        "text": teaser(record),
        "authors": byline.get("original") if isinstance(byline, dict) else None,
    }


def _newsapi(record: Record) -> dict[str, object]:
    """Without the count of the characters that the interface kept back; the cut stays marked."""
    text = _CUT.sub("…", str(record["content"]).rstrip())
    description, title = record.get("description"), record.get("title")
    return {
        "content": description if isinstance(description, str) and len(description) >= len(text) else text,
        "title": title.removesuffix(f" - {_at(record, 'source', 'name')}")
        if isinstance(title, str)
        else None,
    }


def _drupal(record: Record) -> dict[str, object]:
    """JSON:API: `created` is the day that the editor states, and `type` names entity and bundle."""
    entity, _, bundle = str(record["type"]).partition("--")
    return {
        "type": bundle if entity == "node" else entity,
        "published": record.get("created"),
        "updated": record.get("changed"),
        "language": record.get("langcode"),
    }


def _drupal_fields(record: Record) -> dict[str, object]:
    """Drupal's own JSON, in which each field is a list of objects."""
    plain: dict[str, object] = {}
    for name, value in record.items():
        first = value[0] if isinstance(value, list) and value else None
        if isinstance(first, dict):
            keys = ("processed", "value", "target_id", "alias")
            plain[name] = next((first[key] for key in keys if first.get(key) is not None), None)
    return {**plain, "published": plain.get("created"), "updated": plain.get("changed")}


def _arc(record: Record) -> dict[str, object]:
    return {
        "title": _at(record, "headlines", "basic"),
        "text": list(filter(None, map(_arc_element, _list(record["content_elements"])))),
        "authors": _at(record, "credits", "by"),
        "published": record.get("first_publish_date")
        or record.get("publish_date")
        or record.get("display_date"),
        "outlet": _at(record, "distributor", "name") or record.get("canonical_website"),
        "section": _at(record, "taxonomy", "primary_section", "name"),
        "keywords": _at(record, "taxonomy", "tags"),
        "guid": record.get("_id"),
        "is_published": _at(record, "revision", "published"),
    }


def _arc_element(element: object) -> str | None:
    if not isinstance(element, dict) or element.get("type", "text") not in _PARTS:
        return None
    inner = [*_list(element.get("items")), *_list(element.get("content_elements"))]
    content = element.get("content")
    texts = [without_markup(content) if isinstance(content, str) else None, *map(_arc_element, inner)]
    return "\n\n".join(filter(None, texts)) or None


def _wordpress(record: Record) -> dict[str, object]:
    is_protected = _at(record, "content", "protected") is True
    return {
        "authors": _at(record, "_embedded", "author") or record.get("author"),
        "password": "required" if is_protected else None,
    }


def _at(record: object, *path: str) -> object:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _has(*names: str) -> Callable[[Record], bool]:
    return lambda record: all(name in record for name in names)


_SYSTEMS: tuple[tuple[Callable[[Record], bool], Callable[[Record], dict[str, object]]], ...] = (
    (_has("content_elements", "headlines"), _arc),
    (_has("lead_paragraph", "web_url"), _nyt),
    (
        lambda record: (
            isinstance(text := record.get("content"), str) and _CUT.search(text.rstrip()) is not None
        ),
        _newsapi,
    ),
    (lambda record: "--" in str(record.get("type")) and "attributes" in record, _drupal),
    (lambda record: isinstance(record.get("nid"), list), _drupal_fields),
    (lambda record: isinstance(record.get("content"), dict) and "slug" in record, _wordpress),
)
"""How the records of a system are known, and what its fields are called elsewhere."""
