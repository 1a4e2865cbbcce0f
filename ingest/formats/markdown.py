"""Markdown: one story to a file, with front matter or without."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from assistant.article import Article
from ingest.articles.markup import without_markup
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry, Unreadable
from ingest.formats.fields import article_from_fields, known
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".md", ".markdown")

MAX_BYTES = 200_000
"""Bytes of one file, twenty times a long story's: the time that nested marks take grows faster than its length."""

_FRONT = re.compile(r"\s*(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z][\w -]{0,60}?) ?[:=]\s*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with front matter that names a title or a date."""
    fields, _ = _split(head.decode("utf-8", "replace").replace("\r\n", "\n"))
    return any(known(target, name) for name in fields for target in ("title", "published"))


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the story of a file.

    Its front matter is read like the fields of a record; without a title there, a heading at the top is it.
    """
    data = entry.whole()
    if len(data) > MAX_BYTES:
        raise Unreadable(f"too large: a file of Markdown may have {MAX_BYTES // 1_000} kB")
    text = decode(data).replace("\r\n", "\n").replace("\0", "")
    record, text = _split(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", text))
    if tokens and tokens[0].type == "heading_open" and not any(known("title", name) for name in record):
        record["title"] = without_markup(parser.renderer.render(tokens[:3], parser.options, {}))
    # Whatever the front matter calls text, the story is what comes below it.
    record = {name: value for name, value in record.items() if not known("text", name)}
    record["text"] = without_markup(f"<div>{parser.renderer.render(tokens, parser.options, {})}</div>")
    yield article_from_fields(record, entry.source, options)


def _split(text: str) -> tuple[dict[str, object], str]:
    """The fields of front matter, text or a list of it, and the story below. What is nested deeper is left out."""
    front = _FRONT.match(text)
    found: dict[str, object] = {}
    name = ""
    for line in front[2].split("\n") if front else ():
        if field := _FIELD.fullmatch(line.rstrip()):
            name, value = field[1], field[2].strip()
            found[name] = _value(value)
        elif name and (item := _ITEM.fullmatch(line.rstrip())):
            listed = found[name]
            found[name] = [*(listed if isinstance(listed, list) else []), _unquoted(item[1])]
        elif line.strip() and not line.startswith((" ", "\t", "#")):
            # Text between two rules.
            return {}, text
    return found, text[front.end() :] if front else text


def _value(value: str) -> object:
    if value.startswith("[") and value.endswith("]"):
        return [_unquoted(item) for item in value[1:-1].split(",") if item.strip()]
    return _unquoted(value)


def _unquoted(value: str) -> str:
    """A value without its quotation marks."""
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
