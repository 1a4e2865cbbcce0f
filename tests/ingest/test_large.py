"""Files of 200 MB are ingested, articles of 200 MB are rejected, and memory stays bounded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000

INGEST = """
import json, resource, sys
from pathlib import Path
from tests.fakes import WordEncoder, ingest

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

small, large, archive = map(Path, sys.argv[1:])
ingest(archive, small, encoder=WordEncoder(limit=256))
before = peak()
report = ingest(archive, large, encoder=WordEncoder(limit=256))
print(json.dumps({**report.to_json(), "grown": peak() - before, "reasons": [r.reason for r in report.rejected]}))
"""

pytestmark = [
    pytest.mark.large,
    pytest.mark.skipif(
        sys.platform == "win32", reason="this system does not tell a process's peak of memory"
    ),
]


def write(file: IO[str], number: int, padding: int) -> None:
    """Write a record as exports of web pages have them: a text, and the page it was taken from."""
    text = " ".join(f"Sentence {n} of story {number} is about the harbour." for n in range(40))
    row = {
        "title": f"Story {number}",
        "text": text,
        "url": f"https://a.example/{number}",
        "raw": "x" * padding,
    }
    file.write(json.dumps(row) + "\n")


def ingested(tmp_path: Path) -> dict[str, Any]:
    with (tmp_path / "small.jsonl").open("w") as file:
        write(file, 0, 0)
    paths = [tmp_path / name for name in ("small.jsonl", "large.jsonl", "archive")]
    done = subprocess.run(
        [sys.executable, "-c", INGEST, *paths], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_file_of_200_mb_is_ingested(tmp_path: Path) -> None:
    count = 2_000
    with (tmp_path / "large.jsonl").open("w") as file:
        for number in range(1, count + 1):
            write(file, number, 200 * MEGABYTE // count)
    found = ingested(tmp_path)
    assert (found["added"], found["rejected"]) == (count, 0)
    assert found["grown"] < 100 * MEGABYTE


def test_an_article_of_200_mb_is_rejected_and_its_neighbours_are_read(tmp_path: Path) -> None:
    with (tmp_path / "large.jsonl").open("w") as file:
        write(file, 1, 0)
        file.write('{"title": "Endless", "text": "')
        for _ in range(200):
            file.write("x" * MEGABYTE)
        file.write('"}\n')
        write(file, 2, 0)
    found = ingested(tmp_path)
    assert (found["added"], found["rejected"]) == (2, 1)
    assert found["reasons"] == ["too large: one article may have 20 MB of text"]
    assert found["grown"] < 100 * MEGABYTE
