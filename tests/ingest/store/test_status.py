"""`--status` and `--dry-run` report the state of files and records, and what an ingest would do, and write
nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.__main__ import main
from ingest.formats import registry
from tests.fakes import WordEncoder
from tests.ingest.store.test_families import ANEW, BEACON, LEDGER, OTHER, STORY, STRIKE, WIRE


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[WordEncoder]:
    made = WordEncoder()
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: made)
    yield made


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk").mkdir()
    rows: list[object] = [WIRE, LEDGER, {"title": "Nothing to say"}, STRIKE]
    (tmp_path / "desk/a.json").write_text(json.dumps(rows))
    (tmp_path / "desk/b.json").write_text(json.dumps(WIRE))
    return tmp_path / "desk"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def written(archive: Path) -> dict[str, tuple[int, int]]:
    """Return every file of an archive with size and time, except SQLite's empty log, which reading creates too."""
    logs = [path for path in archive.rglob("*-wal") if path.stat().st_size]
    assert logs == []
    return {
        path.relative_to(archive).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in archive.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_every_record_has_its_state(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk"]) == 1
    capsys.readouterr()
    before = written(Path("archive"))
    assert main(["--status", "--json"]) == 0
    *printed, last = lines(capsys)
    assert written(Path("archive")) == before
    assert last == {
        "files": {"indexed": 2},
        "records": {"indexed": 3, "copy": 1, "rejected": 1},
        "removed": 0,
        "languages": {"en": 3},
    }
    files = {each["file"]: each for each in printed if "file" in each}
    assert files["desk/a.json"] == {"file": "desk/a.json", "state": "indexed", "accepted": 3, "rejected": 1}
    records = {each["record"]: each for each in printed if "record" in each}
    assert {place: each["state"] for place, each in records.items()} == {
        "desk/a.json#1": "indexed",
        "desk/a.json#2": "copy",
        "desk/a.json#3": "rejected",
        "desk/a.json#4": "indexed",
        "desk/b.json": "indexed",
    }
    wire = records["desk/b.json"]["article"]
    assert records["desk/a.json#1"]["article"] == records["desk/a.json#2"]["copy_of"] == wire
    assert "no text" in records["desk/a.json#3"]["reason"]


def test_files_are_compared_with_the_disk(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["desk"])
    (desk / "c.json").write_text(json.dumps(BEACON))
    (desk / "a.json").write_text(json.dumps([{**WIRE, "text": OTHER}]))
    (desk / "b.json").unlink()
    capsys.readouterr()
    assert main(["--status", "desk"]) == 0
    output = capsys.readouterr().out
    assert "  changed: desk/a.json\n  new: desk/c.json\n  missing: desk/b.json\n" in output
    assert "3 files: 1 changed, 1 new, 1 missing\n" in output
    assert "5 records: 3 indexed, 1 copy, 1 rejected; 0 removed\n" in output
    assert "  rejected: desk/a.json#3: no text" in output
    assert main(["desk"]) == 0
    capsys.readouterr()
    main(["--status", "desk", "--json"])
    assert lines(capsys)[-1]["files"] == {"unchanged": 2, "missing": 1}
    main(["--status", "desk/c.json", "--json"])
    assert lines(capsys)[-1]["files"] == {"unchanged": 1}


def test_a_version_that_was_corrected_is_superseded(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["desk/b.json"])
    (desk / "c.json").write_text(json.dumps({**WIRE, "text": ANEW, "updated": "2023-12-01"}))
    main(["desk/c.json"])
    capsys.readouterr()
    main(["--status", "--json"])
    states = {each["record"]: each["state"] for each in lines(capsys) if "record" in each}
    assert states == {"desk/b.json": "superseded", "desk/c.json": "indexed"}


def test_what_was_removed_is_listed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["desk"])
    assert main(["--remove", "https://wire.example/1"]) == 0
    output = capsys.readouterr().out
    assert "1 article removed, and every trace of their text purged." in output
    assert "a copy stays: " in output
    assert "(ledger, https://ledger.example/1)" in output
    main(["--status", "--json"])
    *printed, last = lines(capsys)
    assert last["removed"] == 1
    assert last["files"] == {"unfinished": 2}
    [gone] = [each["removed"] for each in printed if "removed" in each and "article" in str(each["removed"])]
    assert gone["asked"] == "https://wire.example/1"
    assert main(["--restore", "https://wire.example/1", "--json"]) == 0
    assert lines(capsys) == [{"restored": 1}]
    main(["desk", "--json"])
    assert lines(capsys)[-1]["copies"] == 1


def test_a_rejected_record_is_tried_again_when_its_file_or_the_parsers_change(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["desk"])
    read = 0
    reading = registry.parse

    def counting(*arguments: Any) -> Any:
        nonlocal read
        read += 1
        return reading(*arguments)

    monkeypatch.setattr(registry, "parse", counting)
    assert main(["desk"]) == 1
    assert read == 0
    with monkeypatch.context() as patch:
        patch.setattr(registry, "VERSION", registry.VERSION + 1)
        assert main(["desk"]) == 1
        assert read == 2
    (desk / "a.json").write_text(
        json.dumps([WIRE, LEDGER, {"title": "Something", "text": "To say."}, STRIKE])
    )
    capsys.readouterr()
    assert main(["desk", "--json"]) == 0
    assert lines(capsys)[-1]["added"] == 1


@pytest.mark.parametrize("before", [[], ["desk/b.json"], ["desk"]])
def test_a_dry_run_reports_what_an_ingest_does_and_writes_nothing(
    desk: Path, capsys: pytest.CaptureFixture[str], before: list[str]
) -> None:
    if before:
        main(before)
    rows: list[object] = [
        BEACON,
        {**STRIKE, "text": OTHER + " They began at nine."},
        BEACON,
        {**STRIKE, "url": "https://copy.example/1"},
        {"headline": "no text"},
        {**WIRE, "text": STORY.replace("Monday", "Tuesday")},
    ]
    (desk / "late.json").write_text(json.dumps(rows))
    kept = written(Path("archive")) if before else {}
    capsys.readouterr()
    assert main(["--dry-run", "desk", "--json"]) == 1
    printed = lines(capsys)[-1]
    assert (written(Path("archive")) if before else {}) == kept
    assert Path("archive").exists() == bool(before)
    assert main(["desk", "--json"]) == 1
    done = lines(capsys)[-1]
    five = ("added", "updated", "unchanged", "copies", "rejected")
    assert [printed[word] for word in five] == [done[word] for word in five]
    assert sum(printed[word] for word in five) == 11
    assert printed["passages"] == 0


def test_a_dry_run_refuses_what_was_removed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["desk"])
    main(["--remove", "https://wire.example/1"])
    capsys.readouterr()
    assert main(["--dry-run", "desk", "--json"]) == 1
    printed = lines(capsys)[-1]
    assert (printed["unchanged"], printed["rejected"]) == (2, 3)


@pytest.mark.parametrize("task", ["--status", "--remove", "--restore", "--check", "--rebuild"])
def test_a_missing_archive_is_not_made(desk: Path, capsys: pytest.CaptureFixture[str], task: str) -> None:
    names = ["desk/a.json"] if task in ("--remove", "--restore") else []
    assert main([task, *names]) == 2
    assert "there is no archive in archive yet" in capsys.readouterr().err
    assert not Path("archive").exists()


@pytest.mark.parametrize(
    "arguments", [["--rebuild", "desk"], ["--remove"], ["--watch"], [], ["--remove", "--watch", "desk"]]
)
def test_arguments_that_do_not_fit_together_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
