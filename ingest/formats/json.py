"""Parses JSON: a list of records of any length, one record, an object with a list, or consecutive records."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.article import Article
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, Unreadable, too_large
from ingest.formats.fields import LIST_NAMES, WRAPPER_NAMES, known
from ingest.formats.json_window import JsonWindow, TooLargeError
from ingest.formats.jsonl import record_article
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".json",)

NESTED_WRAPPERS = 3
"""Maximum nesting of objects searched for a list of records: `{"response": {"docs": […]}}` has two levels."""

_BEGINNING = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")


@dataclass(frozen=True)
class _BrokenRecord:
    """A record that cannot be parsed."""

    reason: str


@dataclass(frozen=True)
class _Single:
    """An object outside any list; often the whole file."""

    record: dict[str, object]


_Item = object
"""A JSON value in a list, or _Single, or _BrokenRecord."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like JSON."""
    return _BEGINNING.match(head) is not None


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each record. Records are numbered from 1, unless one object is the whole file."""
    window = JsonWindow(entry.stream)
    number = 0
    for item in _values(window, 0):
        number += 1
        alone = number == 1 and isinstance(item, _Single) and _is_all(window)
        yield _article(item, entry.source if alone else f"{entry.source}#{number}", options)
    if not number:
        yield Rejected(entry.source, "no records")


def _is_all(window: JsonWindow) -> bool:
    """Whether nothing follows; unreadable data counts as something."""
    try:
        return not window.peek()
    except Unreadable:
        return False


def _article(item: _Item, source: str, options: ReadOptions) -> Article | Rejected:
    if isinstance(item, _BrokenRecord):
        return Rejected(source, item.reason)
    return record_article(item.record if isinstance(item, _Single) else item, source, options)


def _values(window: JsonWindow, level: int) -> Iterator[_Item]:
    """Yield the records of a whole file."""
    while character := window.peek():
        if character == "[":
            yield from _list(window)
        elif character == "{":
            yield from _object(window, level)
        elif character == ",":
            window.at += 1
        else:
            yield _BrokenRecord(f"not a JSON record: unexpected {character!r}")
            window.skip_stray()


def _list(window: JsonWindow) -> Iterator[_Item]:
    """Yield the values of a list, including broken ones."""
    window.at += 1
    while (character := window.peek()) != "]":
        if character == ",":
            window.at += 1
            continue
        if not character:
            yield _BrokenRecord("the file is cut off here")
            return
        try:
            yield window.value()
        except TooLargeError:
            yield _BrokenRecord(too_large(None))
            if not window.skip_value():
                return
        except (ValueError, RecursionError) as error:
            reason = window.complaint(error)
            found = window.recover(error)
            yield _BrokenRecord(reason if found else f"{reason}; the rest of the file could not be read")
            if not found:
                window.skip_rest()
                return
    window.at += 1


def _object(window: JsonWindow, level: int) -> Iterator[_Item]:
    """Yield the records of an object: those of the list it contains, or the object itself."""
    record: dict[str, object] = {}
    kept, lists, empty_lists = 0, 0, 0
    window.at += 1
    try:
        while (character := window.peek()) != "}":
            if character == ",":
                window.at += 1
                continue
            if character != '"':
                raise ValueError("a name in quotes is missing" if character else "the file is cut off here")
            name = str(window.value())
            if window.peek() != ":":
                raise ValueError(f"no value after {name[:40]!r}")
            window.at += 1
            opening = window.peek()
            has_text = any(known("text", field) and field.casefold() != "description" for field in record)
            listed = name.casefold() in LIST_NAMES and not has_text and opening == "["
            if listed and (inside := _first_inside(window)) == "{":
                lists += 1
                yield from _exports(window, level) if name == "db" else _list(window)
            elif listed and inside == "[" and (columns := _columns(record)):
                lists += 1
                yield from _rows(window, columns)
            elif opening == "{" and name.isdecimal() and not has_text:
                lists += 1
                yield window.value()
            elif (
                opening == "{"
                and name.casefold() in WRAPPER_NAMES
                and not has_text
                and level < NESTED_WRAPPERS
            ):
                lists += 1
                yield from _object(window, level + 1)
            else:
                value = window.value()
                kept += len(str(value)) if isinstance(value, str) else 0
                if kept > MAX_ARTICLE_BYTES:
                    raise TooLargeError
                empty_lists += value == [] and name.casefold() in LIST_NAMES
                record[name] = value
        window.at += 1
    except TooLargeError:
        yield _BrokenRecord(too_large(None))
        window.skip_value(depth=1)
        return
    except (ValueError, RecursionError) as error:
        yield _BrokenRecord(window.complaint(error))
        window.skip_to_record(error)
        return
    if lists:
        return
    if empty_lists and not _has_text(record):
        yield _BrokenRecord("its list of articles is empty")
    elif held := _by_column(record) or _by_key(record):
        yield from held
    else:
        yield _Single(record)


def _exports(window: JsonWindow, level: int) -> Iterator[_Item]:
    """Yield the records of each database in an export of Ghost, `{"db": [{"data": {"posts": […]}}]}`."""
    window.at += 1
    while (character := window.peek()) == "{":
        yield from _object(window, level + 1)
        if window.peek() == ",":
            window.at += 1
    if character == "]":
        window.at += 1


def _rows(window: JsonWindow, columns: list[str]) -> Iterator[_Item]:
    """Yield the records of a list of rows, whose columns are named before it."""
    for row in _list(window):
        yield dict(zip(columns, row, strict=False)) if isinstance(row, list) else row


def _columns(record: dict[str, object]) -> list[str]:
    columns = record.get("columns")
    return [str(name) for name in columns] if isinstance(columns, list) else []


def _by_column(record: dict[str, object]) -> list[_Item]:
    """Return the records of a table stored by column, `{"title": {"0": …}, "text": {"0": …}}`, as pandas does."""
    columns = {name: column for name, column in record.items() if isinstance(column, dict)}
    text = next((columns[name] for name in columns if known("text", name)), {})
    if len(columns) < len(record) or not text or not all(key.isdecimal() for key in text):
        return []
    return [{name: column.get(key) for name, column in columns.items()} for key in text]


def _by_key(record: dict[str, object]) -> list[_Item]:
    """Return the records that an object contains under their identifiers."""
    held = [value for value in record.values() if isinstance(value, dict) and _has_text(value)]
    names = {name for value in held for name in value}
    is_titled = any(known(target, name) for target in ("title", "published") for name in names)
    return [*held] if len(held) == len(record) and is_titled and not _has_text(record) else []


def _has_text(record: dict[str, object]) -> bool:
    return any(known("text", name) for name in record)


def _first_inside(window: JsonWindow) -> str:
    """Return the first character inside the list that begins here; the position does not change."""
    while not (rest := window.text[window.at + 1 :][:64].strip()) and window.more():
        pass
    return rest[:1]
