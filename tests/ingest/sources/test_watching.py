"""`--watch`: files are ingested once they stop changing, and files that disappear are reported."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveBusy, SourceError
from ingest.__main__ import main
from ingest.sources.files import SourceFile
from ingest.sources.watching import REST, Watcher, watch_folders

ROOT = Path(__file__).parents[3]


class Desk:
    """A watched folder, its watcher's clock, and what the watcher did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.now = 0.0
        self.taken: list[list[str]] = []
        self.gone: list[str] = []
        self.waited = 0
        self.busy = False
        self.watcher = Watcher(
            [folder], ingest=self._ingest, gone=self.gone.extend, busy=self._wait, clock=lambda: self.now
        )

    def _ingest(self, files: Sequence[SourceFile]) -> None:
        if self.busy:
            raise ArchiveBusy("another ingest is writing")
        self.taken.append([file.source for file in files])

    def _wait(self, _: ArchiveBusy) -> None:
        self.waited += 1

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def look(self, after: float) -> bool:
        self.now += after
        return self.watcher.look()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def test_a_file_is_ingested_once_it_stops_changing(desk: Desk) -> None:
    desk.write("a.txt", "Half a")
    assert desk.look(0)
    desk.write("a.txt", "Half a story")
    assert desk.look(REST - 0.1)
    assert desk.look(REST - 0.1)
    assert desk.taken == []
    assert not desk.look(0.2)
    assert desk.taken == [["desk/a.txt"]]
    assert not desk.look(REST)
    assert desk.taken == [["desk/a.txt"]]


def test_a_file_still_being_written_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.write("a.txt", "Done.")
    desk.write("b.txt", "Half")
    assert desk.look(0)
    desk.write("b.txt", "Half and more")
    assert desk.look(REST)
    assert desk.taken == [["desk/a.txt"]]
    assert not desk.look(REST)
    assert desk.taken == [["desk/a.txt"], ["desk/b.txt"]]


def test_a_changed_file_is_ingested_again(desk: Desk) -> None:
    desk.write("a.txt", "One.")
    desk.look(0)
    desk.look(REST)
    desk.write("a.txt", "Another one.")
    assert desk.look(REST)
    assert not desk.look(REST)
    assert desk.taken == [["desk/a.txt"]] * 2


def test_a_missing_file_is_reported_once_and_ingested_if_it_comes_back(desk: Desk) -> None:
    desk.write("a.txt", "One.")
    desk.look(0)
    desk.look(REST)
    (desk.folder / "a.txt").rename(desk.folder.parent / "kept.txt")
    assert not desk.look(REST)
    assert not desk.look(REST)
    assert desk.gone == ["desk/a.txt"]
    (desk.folder.parent / "kept.txt").rename(desk.folder / "a.txt")
    desk.look(REST)
    desk.look(REST)
    assert desk.taken == [["desk/a.txt"]] * 2


def test_while_another_ingest_writes_it_waits(desk: Desk) -> None:
    desk.write("a.txt", "One.")
    desk.busy = True
    desk.look(0)
    assert desk.look(REST)
    assert desk.look(REST)
    assert desk.waited == 2
    desk.busy = False
    assert not desk.look(REST)
    assert desk.taken == [["desk/a.txt"]]


def test_a_folder_that_is_gone_ends_it(desk: Desk) -> None:
    desk.folder.rmdir()
    with pytest.raises(SourceError, match="does not exist"):
        desk.look(0)


@pytest.mark.parametrize("inside", [".", "archive", "deep/er/archive"])
def test_an_archive_in_a_watched_folder_is_refused(desk: Desk, inside: str) -> None:
    with pytest.raises(SourceError, match=r"is inside the watched folder .*desk"):
        watch_folders(desk.watcher, [desk.folder], ArchiveFolder(desk.folder / inside))


def test_a_folder_that_does_not_exist_cannot_be_watched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--watch", str(tmp_path / "nowhere"), "--archive", str(tmp_path / "archive")]) == 2
    assert "nowhere does not exist" in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a process alone")
def test_a_real_watch_takes_what_comes_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    run = "import sys; from tests.ingest.child import watch; sys.exit(watch(*sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", run, tmp_path / "desk", tmp_path / "archive"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith("watching ")
        for number in range(2):
            story = {
                "title": f"Story {number}",
                "text": f"All about number {number}, and no more.",
                "url": f"https://a.example/{number}",
            }
            (tmp_path / f"desk/{number}.json").write_text(json.dumps(story))
            reports: list[dict[str, int]] = []
            while not reports:
                line = process.stdout.readline()
                assert line
                reports += [json.loads(line)] if line.startswith("{") else []
            assert reports[0]["added"] == 1
        # Between batches the archive is not locked.
        with ArchiveFolder(tmp_path / "archive").write_lock():
            pass
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "the same command resumes" in output
        assert "Traceback" not in output
    finally:
        process.kill()
        process.communicate()
