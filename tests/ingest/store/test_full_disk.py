"""A full disk is reported in one sentence wherever it happens, loses nothing, and the same command completes
later."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.archive.chroma import VectorStore
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import Matrix
from assistant.errors import ArchiveError, SourceError
from ingest.formats import containers
from ingest.store.check import check
from tests.fakes import ingest
from tests.ingest.formats.test_containers import zipped

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="this system has no limit on the size of files"
)


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """Limit the size of this process's files: writing fails as on a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def without_room(call: Callable[..., Any], size: int) -> Callable[..., Any]:
    def limited(*arguments: Any) -> Any:
        with no_room(size):
            return call(*arguments)

    return limited


def stories(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    rows = (
        {"title": f"Story {n}", "text": f"All about the {n}th.", "url": f"https://a.example/{n}"}
        for n in range(count)
    )
    (folder / "stories.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "stories.jsonl"


@pytest.mark.parametrize(
    ("owner", "name", "size", "where"),
    [
        (VectorStore, "__init__", 1_000, "chroma"),
        (VectorStore, "add", 100_000, "chroma"),
        (Matrix, "write", 1_000, "matrix"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_no_room_for_what_is_derived(
    tmp_path: Path, owner: type, name: str, size: int, where: str, again: bool
) -> None:
    archive = ArchiveFolder(tmp_path / "archive")
    if again:
        ingest(archive.path, stories(tmp_path / "desk", 3))
    given = stories(tmp_path / "desk", 300)
    with pytest.MonkeyPatch.context() as patch:
        limited = without_room(getattr(owner, name), size)
        patch.setattr(owner, name, staticmethod(limited) if owner is Matrix else limited)
        if name == "__init__" and again:
            VectorStore.discard(archive.chroma)
        with pytest.raises(
            ArchiveError, match=rf"{where} .*: free some disk space and run the same command again"
        ):
            ingest(archive.path, given)
    assert not (archive.matrix / "unfinished").exists()
    report = ingest(archive.path, given)
    assert report.outcomes["unchanged"] == 300
    found = check(archive)
    assert found.differences == []
    assert found.articles == found.passages == found.chroma == 300


def test_no_room_for_the_first_word(tmp_path: Path) -> None:
    given = stories(tmp_path / "desk", 3)
    with no_room(0), pytest.raises(ArchiveError, match=r"free some disk space|that its disk is not full"):
        ingest(tmp_path / "archive", given)
    assert dict(+ingest(tmp_path / "archive", given).outcomes) == {"added": 3}


def test_no_room_to_unpack_does_not_reject_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "NESTED_IN_MEMORY", 10)
    (tmp_path / "week.zip").write_bytes(
        zipped({"inner.zip": zipped({"a.txt": b"Wall breached\n\nThe sea came."})})
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containers, "seekable", without_room(containers.seekable, 50))
        with pytest.raises(SourceError, match=r"no room to unpack .*/week\.zip/inner\.zip in "):
            ingest(tmp_path / "archive", tmp_path / "week.zip")
    report = ingest(tmp_path / "archive", tmp_path / "week.zip")
    assert (dict(+report.outcomes), report.rejected) == ({"added": 1}, [])
