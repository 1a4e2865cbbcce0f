"""The command rejects bad input with a reason, and ingests the article beside it."""

import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from ingest.__main__ import main
from ingest.store.check import check
from tests.fakes import WordEncoder

STORY = "Wall breached\n\nThe sea came over the wall. Two people were hurt."
RECORD = '{"title": "Ferry strike", "text": "Crews stopped work on Monday."}'

OTHER = '{"title": "Budget passed", "text": "Nine voted for it."}'


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def bomb() -> bytes:
    """Return a file that unpacks to 30 MB from 30 kB."""
    return zipped({"a.jsonl": (RECORD + "\n").encode() + b"\n" * 30_000_000})


@pytest.mark.parametrize(
    ("name", "data", "place", "reason", "accepted"),
    [
        ("empty.txt", b"", "desk/empty.txt", "empty file", 0),
        ("photo.txt", random.Random(1).randbytes(5000), "desk/photo.txt", "binary data", 0),
        ("a.json", f"[{RECORD}, {{broken}}, {OTHER}]".encode(), "desk/a.json#2", "not a JSON record", 2),
        ("a.csv", b"id,headline\n1,Storm\n", "desk/a.csv", "none of its fields (id, headline)", 0),
        (
            "a.html",
            b"<!doctype html><html><body><a href='/'>Home</a></body></html>",
            "desk/a.html",
            "no article",
            0,
        ),
        ("a.zip", zipped({"../../a.txt": STORY.encode()}), "desk/a.zip/../../a.txt", "leads out of it", 0),
        ("b.zip", bomb(), "desk/b.zip/a.jsonl", "as only bombs do", 1),
        ("c.zip", zipped({"\x1b[2J\n\u202etxt": b""}), r"desk/c.zip/\x1b[2J\n\u202etxt", "empty file", 0),
        (
            "a.warc",
            b"WARC/1.0\r\nContent-Length: \x1b[2J\r\n\r\n",
            "desk/a.warc#1",
            r"not a number: \x1b[2J",
            0,
        ),
    ],
    ids=["empty", "binary", "json", "csv", "html", "dots", "bomb", "name", "reason"],
)
def test_bad_input_is_named_and_the_rest_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    data: bytes,
    place: str,
    reason: str,
    accepted: int,
) -> None:
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: WordEncoder())
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / name).write_bytes(data)
    (desk / "story.txt").write_text(STORY)
    assert main([str(desk), "--archive", str(tmp_path / "archive"), "--json"]) == 1
    out = capsys.readouterr()
    assert out.err == ""
    *lines, last = out.out.splitlines()
    found = json.loads(last)
    assert found["added"] == 1 + accepted
    assert found["rejected"] == len(lines) - 1
    assert any(line.startswith(f"  rejected: {place}: ") and reason in line for line in lines)
    assert check(ArchiveFolder(tmp_path / "archive")).differences == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "desk"]


def test_windows_1252_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: WordEncoder())
    (tmp_path / "café.txt").write_bytes("Café closes – after £9m loss\n\nIts “owner” spoke.".encode("cp1252"))
    assert main([str(tmp_path / "café.txt"), "--archive", str(tmp_path / "archive")]) == 0
    catalog = Catalog.open(tmp_path / "archive/catalog.sqlite")
    [article] = catalog.articles()
    catalog.close()
    assert article.title == "Café closes – after £9m loss"
    assert article.text.endswith("Its “owner” spoke.")
