"""Shared by the tests of ingest: parsing bytes as a file with a given name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.formats.registry import ParseResult, parse
from ingest.sources.files import ReadOptions, walk

ParseResults = list[ParseResult]
ParseBytes = Callable[..., ParseResults]


@pytest.fixture
def parse_bytes(tmp_path: Path) -> ParseBytes:
    """`parse_bytes("name.txt", b"…")` returns what the parsers yield for a file `desk/name.txt` with these
    bytes."""

    def parse_as(name: str, data: bytes, outlet: str | None = None, **fields: str) -> ParseResults:
        folder = tmp_path / "desk"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(data)
        options = ReadOptions(outlet=outlet, fields=fields, today=date(2026, 1, 1))
        return [item for file in walk([path]) for item in parse(file, options)]

    return parse_as
