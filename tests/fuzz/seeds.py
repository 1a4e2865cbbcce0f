"""Collects seeds for each target: inputs of the parsers' tests, files of the project, and given folders.

As a pytest plugin it runs the tests that give bytes to parsers, and stores those bytes.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest.formats import registry
from ingest.sources.files import ReadOptions, SourceFile
from tests.fuzz.soundness import LONGEST
from tests.fuzz.targets import FINDINGS, ROOT, SEEDS, target_of

HELD = (ROOT / "sample", ROOT / "tests/ingest/formats/warc", FINDINGS)
_READ = registry.parse


def gather(given: Sequence[Path]) -> None:
    """Put seeds into the folders of their targets; the tests, which take a while, run only once."""
    if not SEEDS.is_dir():
        print("Collecting seeds from the tests of the parsers", flush=True)
        tests = ["-m", "pytest", "-q", "-p", "tests.fuzz.seeds", "-m", "not large", "tests/ingest"]
        subprocess.run([sys.executable, *tests], cwd=ROOT, stdout=subprocess.DEVNULL)
    for folder in (*HELD, *given):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _keep(path)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Record each parsed file; this must happen before the tests import `parse`."""
    registry.parse = _recorded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep only the tests that give bytes to parsers."""
    items[:] = [item for item in items if "parse_bytes" in getattr(item, "fixturenames", ())]


def _recorded(
    file: SourceFile, options: ReadOptions, read: registry.Read = registry.read_entry
) -> Iterator[registry.ParseResult]:
    if file.path.is_file():
        _keep(file.path)
    return _READ(file, options, read)


def _keep(path: Path) -> None:
    if path.stat().st_size > LONGEST:
        return
    data = path.read_bytes()
    folder = SEEDS / target_of(data, path.suffix.lower())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
