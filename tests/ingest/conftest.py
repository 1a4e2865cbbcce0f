"""What the tests of ingest share: reading bytes as a file of some name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.formats.registry import ParseResult, parse
from ingest.sources.files import ReadOptions, walk

Outcome = list[ParseResult]
ParseBytes = Callable[..., Outcome]


@pytest.fixture
def parse_bytes(tmp_path: Path) -> ParseBytes:
    """`parse_bytes("name.txt", b"…")` gives what the readers yield for a file `desk/name.txt` that holds the bytes."""

    def reading(name: str, data: bytes, outlet: str | None = None, **fields: str) -> Outcome:
        folder = tmp_path / "desk"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(data)
        options = ReadOptions(outlet=outlet, fields=fields, today=date(2026, 1, 1))
        return [item for file in walk([path]) for item in parse(file, options)]

    return reading
