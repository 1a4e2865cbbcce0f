"""Parses Markdown: one story per file, with or without front matter."""

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
"""Maximum bytes of a file, twenty times a long story. Parsing time of nested markup grows faster than the
length."""

_FRONT = re.compile(r"\s*(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z][\w -]{0,60}?) ?[:=]\s*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins with front matter that has a title or a date."""
    fields, _ = _split(head.decode("utf-8", "replace").replace("\r\n", "\n"))
    return any(known(target, name) for name in fields for target in ("title", "published"))


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the story of a file.

    Front matter is read like the fields of a record. If it has no title, a heading at the top is the title.
    """
    data = entry.whole()
    if len(data) > MAX_BYTES:
        raise Unreadable(f"too large: a Markdown file may have {MAX_BYTES // 1_000} kB")
    text = decode(data).replace("\r\n", "\n").replace("\0", "")
    record, text = _split(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", text))
    if tokens and tokens[0].type == "heading_open" and not any(known("title", name) for name in record):
        record["title"] = without_markup(parser.renderer.render(tokens[:3], parser.options, {}))
    # The story is the text below, even if the front matter has a text field.
    record = {name: value for name, value in record.items() if not known("text", name)}
    record["text"] = without_markup(f"<div>{parser.renderer.render(tokens, parser.options, {})}</div>")
    yield article_from_fields(record, entry.source, options)


def _split(text: str) -> tuple[dict[str, object], str]:
    """Split a text into the fields of its front matter and the story; values nested deeper than a list are
    dropped."""
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
            # This is text between two horizontal rules.
            return {}, text
    return found, text[front.end() :] if front else text


def _value(value: str) -> object:
    if value.startswith("[") and value.endswith("]"):
        return [_unquoted(item) for item in value[1:-1].split(",") if item.strip()]
    return _unquoted(value)


def _unquoted(value: str) -> str:
    """Return a value without its quotation marks."""
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
