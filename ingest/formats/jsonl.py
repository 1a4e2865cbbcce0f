"""Parses JSON Lines: one record per line, read line by line."""

import json
from collections.abc import Iterator

from assistant.article import Article
from ingest.formats import ninjs
from ingest.formats.encodings import LENIENT
from ingest.formats.entry import Entry, too_large
from ingest.formats.envelopes import opened
from ingest.formats.fields import article_from_fields
from ingest.formats.json_window import what_is_wrong
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".jsonl", ".ndjson", ".jl")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the first line is a JSON object, and another follows or the name says JSON Lines."""
    first, _, rest = head.lstrip().partition(b"\n")
    if not first.startswith(b"{"):
        return False
    if suffix in SUFFIXES:
        # A single bracket opens an object spread over several lines, whatever the name says.
        return len(first.strip()) > 1
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each line that is not blank. Numbers count these lines from 1."""
    number = 0
    for line in entry.lines():
        if line is not None and not line.strip():
            continue
        number += 1
        source = f"{entry.source}#{number}"
        if line is None:
            yield Rejected(source, too_large(None))
            continue
        try:
            record = json.loads(line.decode("utf-8", LENIENT).removeprefix("\ufeff"), strict=False)
        except (ValueError, RecursionError) as error:
            yield Rejected(source, f"not a JSON record: {what_is_wrong(error)}")
            continue
        yield record_article(record, source, options)


def record_article(record: object, source: str, options: ReadOptions) -> Article | Rejected:
    """Return the article of one JSON value."""
    if isinstance(record, dict):
        record = opened(record)
        item = ninjs.find_item(record)
        return (
            article_from_fields(record, source, options)
            if item is None
            else ninjs.parse_item(item, source, options)
        )
    kind = {list: "a list", str: "text", bool: "true or false", type(None): "null"}.get(
        type(record), "a number"
    )
    return Rejected(source, f"not a record with named fields but {kind}")
