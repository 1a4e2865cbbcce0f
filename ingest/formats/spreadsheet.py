"""Parses spreadsheets (.xlsx, .xls, .ods) with calamine: a row of names, then one record per row, as in CSV."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from assistant.article import Article
from ingest.formats.containers import ERRORS, MAX_RATIO, seekable
from ingest.formats.entry import Entry, Unreadable, member_place
from ingest.formats.fields import article_from_fields, has_field, no_text, prose_fields
from ingest.formats.zipped import states_type
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")

MAX_BYTES = 100_000_000
"""Maximum bytes of a spreadsheet, because a sheet is held in memory. The longest, of a million rows, have half."""

HEADER_ROWS = 20
"""Number of first rows in which the row of names is searched; titles and notes may come before it."""

_OLD = b"\xd0\xcf\x11\xe0"
_TYPES = (b"application/vnd.oasis.opendocument.spreadsheet",)
_FIRST_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is a spreadsheet: a .zip that begins with the parts of one, or has the suffix."""
    if states_type(head, *_TYPES):
        return True
    if suffix in SUFFIXES:
        return head.startswith((b"PK\x03\x04", _OLD))
    return head.startswith(b"PK\x03\x04") and head[30:].startswith(_FIRST_PARTS) and b"xl/" in head


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each row. Rows are numbered from 1 after the row of names; empty sheets are skipped."""
    with seekable(entry) as file:
        size = file.seek(0, 2)
        if size > MAX_BYTES:
            raise Unreadable(f"a spreadsheet of more than {MAX_BYTES // 1_000_000} MB: save it as CSV")
        file.seek(0)
        try:
            if file.read(2) == b"PK":
                _check_ratio(zipfile.ZipFile(file), size)
            file.seek(0)
            workbook = CalamineWorkbook.from_filelike(file)
            sheets = [(name, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names]
            filled = [(name, sheet.to_python()) for name, sheet in sheets if sheet.total_height]
        except PasswordError as error:
            raise Unreadable("encrypted: save it without its password") from error
        except (CalamineError, OSError, ValueError) as error:
            raise Unreadable(f"a damaged spreadsheet: {error}") from error
        except ERRORS as error:
            raise Unreadable(f"a damaged spreadsheet: {error}") from error
    if not filled:
        yield Rejected(entry.source, "no records")
    for name, rows in filled:
        yield from _articles(
            rows, entry.source if len(filled) == 1 else member_place(entry.source, name), options
        )


def _check_ratio(archive: zipfile.ZipFile, size: int) -> None:
    if sum(member.file_size for member in archive.infolist()) > max(MAX_BYTES, MAX_RATIO * size):
        raise Unreadable(f"unpacks to more than {MAX_RATIO} times its size, as only bombs do")


def _articles(
    rows: Sequence[Sequence[object]], source: str, options: ReadOptions
) -> Iterator[Article | Rejected]:
    named = [[str(cell).strip() for cell in row] for row in rows[:HEADER_ROWS]]
    at = next((number for number, names in enumerate(named) if has_field("text", names, options)), None)
    if at is None:
        head = next((number for number, names in enumerate(named) if any(names)), 0)
        names = named[head] if named else []
        first = dict(zip(names, rows[head + 1], strict=False)) if len(rows) > head + 1 else {}
        yield Rejected(source, no_text([name for name in names if name], False, prose_fields(first)))
        return
    filled = (row for row in rows[at + 1 :] if any(cell != "" for cell in row))
    for number, row in enumerate(filled, 1):
        record = {name: _value(cell) for name, cell in zip(named[at], row, strict=True) if name}
        yield article_from_fields(record, f"{source}#{number}", options)


def _value(cell: object) -> object:
    """Return a cell as CSV would contain it: days and times in ISO form, numbers without a needless fraction."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell
