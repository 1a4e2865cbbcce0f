"""Parses CSV and other tables: a row of names, then one record per row."""

import csv
import re
from collections.abc import Iterator

from assistant.article import Article
from ingest.formats import substack
from ingest.formats.encodings import LENIENT
from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES, Entry, too_large
from ingest.formats.fields import article_from_fields, has_field, known, no_text, prose_fields
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".csv", ".tsv")

DELIMITERS = ",;\t|"

PREAMBLE = 30
"""Maximum lines above the row of names that say what was exported, when and for whom."""

_SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)
"""The first line by which a table names its separator to Excel."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the first line names columns of articles: at least a title and a text."""
    first, _, rest = head.lstrip().partition(b"\n")
    header = rest.partition(b"\n")[0] if _SEPARATOR.match(first.decode("utf-8", "replace")) else first
    names = _names(header.decode("utf-8", "replace"))
    return all(any(known(target, name) for name in names) for target in ("title", "text"))


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each row. Rows are numbered from 1 after the row of names.

    An unclosed quotation mark costs only its own row: the following lines are read again as rows.
    """
    # The csv module's limit is global. Rows are limited here, by the bytes they take from the file.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ARTICLE_BYTES + 1))
    lines = _Lines(entry)
    header = _header(lines, options)
    if isinstance(header, str):
        yield Rejected(entry.source, header)
        return
    delimiter, columns, following = header
    if set(columns) >= substack.COLUMNS:
        yield Skipped(entry.source, "lists of posts", 1)
        return
    if not has_field("text", columns, options):
        hint = dict(zip(columns, following, strict=False))
        yield Rejected(entry.source, no_text(columns, False, prose_fields(hint)))
        return
    rows = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        lines.begin_row()
        source = f"{entry.source}#{number + 1}"
        try:
            row = next(rows)
        except StopIteration:
            break
        except _TooLong:
            number += 1
            yield Rejected(source, too_large(None))
            lines.read_again()
            continue
        except csv.Error as error:
            number += 1
            yield Rejected(source, f"not a row of the table: {error}")
            lines.read_again()
            continue
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        if len(lines.taken) > 1 and (lines.ended_within_row or len(row) != len(columns)):
            yield Rejected(source, "not a row of the table: it has an unclosed quotation mark")
            lines.read_again()
        elif len(row) > len(columns):
            yield Rejected(
                source,
                f"not a row of the table: it has {len(row)} cells, but only {len(columns)} columns have names",
            )
        else:
            yield article_from_fields(dict(zip(columns, row, strict=False)), source, options)
    if not number:
        yield Rejected(entry.source, "no records")


def _header(lines: "_Lines", options: ReadOptions) -> tuple[str, list[str], list[str]] | str:
    """Return the separator and the names of the columns, or why the file is not a table.

    If no column is known as text, the line that follows is returned too; else that is empty.

    The names are in the first line, or below a preamble in the first line that names a text and another column.
    """
    first: tuple[str, list[str], list[str]] | None = None
    separator: str | None = None
    seen = 0
    while seen < PREAMBLE:
        try:
            line = next((line for line in lines if line.strip()), None)
        except _TooLong:
            line = ""
        if line is None or not line or len(line) > HEAD:
            break
        if not seen and (named := _SEPARATOR.match(line)):
            separator = named[1]
            continue
        seen += 1
        delimiter = separator or _delimiter(line)
        try:
            columns = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error as error:
            return f"not a table: its first line cannot be read ({error})"
        if first is None:
            first = delimiter, columns, []
        elif not first[2]:
            first[2].extend(columns)
        if has_field("text", columns, options) and (seen == 1 or len(columns) > 1):
            return delimiter, columns, []
        lines.begin_row()
    return first or "not a table: its first line is too long for column names"


class _TooLong(Exception):
    """A row is longer than an article may be."""


class _Lines:
    """The lines of a file; those of the current row are kept so that they can be read again."""

    def __init__(self, entry: Entry) -> None:
        self._lines = entry.lines()
        self._waiting: list[str] = []
        self._size = 0
        self._first = True
        self.taken: list[str] = []
        self.ended_within_row = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._waiting:
            line = self._waiting.pop()
        else:
            raw = next(self._lines, b"")
            if raw is None:
                raise _TooLong
            if not raw:
                self.ended_within_row = bool(self.taken)
                raise StopIteration
            line = raw.decode("utf-8", LENIENT).replace("\x00", "")
            if self._first:
                line, self._first = line.removeprefix("\ufeff"), False
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_ARTICLE_BYTES:
            raise _TooLong
        return line

    def begin_row(self) -> None:
        """Forget the lines of the previous row."""
        self.taken, self._size, self.ended_within_row = [], 0, False

    def read_again(self) -> None:
        """Repeat the lines of the current row, except the first."""
        self._waiting.extend(reversed(self.taken[1:]))


def _names(header: str) -> list[str]:
    return [name.strip().strip('"') for name in header.removeprefix("\ufeff").split(_delimiter(header))]


def _delimiter(header: str) -> str:
    """Return the column separator: the one most frequent in the row of names, outside quotation marks."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)
