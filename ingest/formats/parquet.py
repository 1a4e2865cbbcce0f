"""Parses Parquet tables, one record per row, with pyarrow, which the extra `backfile[parquet]` installs."""

from collections.abc import Iterator
from datetime import date, datetime
from importlib.util import find_spec

from assistant.article import Article
from ingest.formats.containers import seekable
from ingest.formats.entry import MAX_ARTICLE_BYTES, Entry, Unreadable
from ingest.formats.fields import article_from_fields, has_field, no_text
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

SUFFIXES = (".parquet",)

EXTRA = "parquet"

ROWS = 100
"""Rows that are held in memory together."""

MAX_GROUP_BYTES = 2**30
"""Maximum unpacked bytes of a group of rows; programs write groups of at most 128 MB, or a million rows."""


def is_installed() -> bool:
    """Whether tables can be read here."""
    return find_spec("pyarrow") is not None


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file is a Parquet table."""
    return head.startswith(b"PAR1")


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected]:
    """Yield the article of each row. Rows are numbered from 1."""
    if not is_installed():
        reason = (
            "a Parquet table, which pyarrow reads: run pip install 'backfile[parquet]', and ingest it again"
        )
        yield Rejected(entry.source, reason, extra=EXTRA)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    with seekable(entry) as file:
        try:
            table = pq.ParquetFile(file)
            names = table.schema_arrow.names
            groups = (table.metadata.row_group(number) for number in range(table.metadata.num_row_groups))
            if any(group.total_byte_size > MAX_GROUP_BYTES for group in groups):
                raise Unreadable(
                    "a group of its rows unpacks to more than 1 GiB: write it in smaller row groups"
                )
            if not has_field("text", names, options):
                yield Rejected(entry.source, no_text(names, False, []))
                return
            number = 0
            for batch in table.iter_batches(batch_size=ROWS):
                for record in batch.to_pylist():
                    number += 1
                    place = f"{entry.source}#{number}"
                    yield article_from_fields(
                        {name: _value(value) for name, value in record.items()}, place, options
                    )
            if not number:
                yield Rejected(entry.source, "no records")
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise Unreadable(f"a damaged Parquet table: {str(error)[:200]}") from error


def _value(value: object) -> object:
    """Return days and times in ISO form, texts stored as bytes as text, and other values unchanged."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value[:MAX_ARTICLE_BYTES].decode("utf-8", "replace")
    return value
