"""Which files are read, in which order, and their places."""

import os
import socket
from pathlib import Path

import pytest

from assistant.errors import SourceError
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, parse_fields, walk
from ingest.sources.rejections import Rejected


def places(*paths: Path) -> list[str]:
    return [file.source for file in walk(paths)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    (root / "b").mkdir(parents=True)
    (root / "a.txt").write_text("A title\n\nA text.")
    (root / "b" / "z.txt").write_text("Z title\n\nZ text.")
    (root / "c.txt").write_text("C title\n\nC text.")
    return root


def test_folders_are_read_recursively_and_sorted(archive: Path) -> None:
    assert places(archive) == ["archive/a.txt", "archive/b/z.txt", "archive/c.txt"]


def test_a_file_given_directly_has_the_place_it_has_in_its_folder(archive: Path) -> None:
    assert places(archive / "c.txt", archive / "a.txt") == ["archive/c.txt", "archive/a.txt"]


def test_a_path_given_twice_or_inside_another_is_read_once(archive: Path) -> None:
    assert places(archive / "a.txt", archive, archive, archive / "b") == places(archive)


def test_places_do_not_depend_on_how_the_path_is_written(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive)
    assert places(Path()) == places(archive)
    assert places(Path("b/../a.txt")) == ["archive/a.txt"]


def test_size_and_time_of_change_are_those_of_the_file(archive: Path) -> None:
    file = next(walk([archive / "a.txt"]))
    assert (file.size, file.mtime_ns) == (16, (archive / "a.txt").stat().st_mtime_ns)


def test_hidden_files_and_folders_are_left_out(archive: Path) -> None:
    (archive / ".DS_Store").write_text("x")
    (archive / ".git").mkdir()
    (archive / ".git" / "config.txt").write_text("x")
    assert places(archive) == ["archive/a.txt", "archive/b/z.txt", "archive/c.txt"]


def test_links_in_a_circle_end(archive: Path) -> None:
    (archive / "b" / "up").symlink_to(archive, target_is_directory=True)
    (archive / "b" / "self").symlink_to(archive / "b", target_is_directory=True)
    assert places(archive) == ["archive/a.txt", "archive/b/z.txt", "archive/c.txt"]


def test_a_broken_link_is_named_when_it_is_read(archive: Path) -> None:
    (archive / "gone.txt").symlink_to(archive / "nowhere")
    file = next(file for file in walk([archive]) if file.source == "archive/gone.txt")
    [rejected] = parse(file, ReadOptions())
    assert isinstance(rejected, Rejected)
    assert "No such file" in rejected.reason


def test_a_file_that_vanishes_after_the_walk_is_rejected(archive: Path) -> None:
    file = next(walk([archive / "a.txt"]))
    file.path.unlink()
    [rejected] = parse(file, ReadOptions())
    assert isinstance(rejected, Rejected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_sockets_are_never_opened(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(archive / "pipe.txt")
    monkeypatch.chdir(archive)  # addresses of sockets are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")
        assert places(archive) == ["archive/a.txt", "archive/b/z.txt", "archive/c.txt"]
        with pytest.raises(SourceError, match="neither a file nor a folder"):
            places(archive / "pipe.txt")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_is_rejected_when_it_is_read(archive: Path) -> None:
    (archive / "b").chmod(0)
    try:
        outcome = [item for file in walk([archive]) for item in parse(file, ReadOptions())]
    finally:
        (archive / "b").chmod(0o700)
    [rejected] = [item for item in outcome if isinstance(item, Rejected)]
    assert rejected.source == "archive/b"


def test_a_folder_that_cannot_be_listed_is_rejected_when_it_is_read(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = os.listdir

    def refusing(path: Path) -> list[str]:
        if path.name == "b":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refusing)
    outcome = [item for file in walk([archive]) for item in parse(file, ReadOptions())]
    [rejected] = [item for item in outcome if isinstance(item, Rejected)]
    assert rejected == Rejected(
        "archive/b", "cannot be opened: a folder without permission, a pipe or a device"
    )


def test_undecodable_names_still_give_places_that_can_be_stored(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert places(folder) == ["desk/caf\\xe9.txt"]


def test_folders_nested_deeper_than_the_stack_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("d")
    path.mkdir()
    deep = path.joinpath(*["n"] * 1500)
    try:
        deep.mkdir(parents=True)
    except (OSError, RecursionError):
        pytest.skip("this system cannot make so deep a folder")
    (deep / "a.txt").write_text("A title\n\nA text.")
    assert places(path) == ["d/" + "n/" * 1500 + "a.txt"]


def test_a_missing_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere does not exist"):
        places(tmp_path / "nowhere")


@pytest.mark.parametrize("names", [("desk", "desk"), ("desk/a.txt", "desk/a.txt")])
def test_two_places_of_one_name_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    paths = []
    for year, name in zip(("2023", "2024"), names, strict=True):
        (tmp_path / year / "desk").mkdir(parents=True)
        (tmp_path / year / "desk/a.txt").write_text(year)
        paths.append(tmp_path / year / name)
    message = rf"would both have the place {names[0]}, .* give the folder that contains both"
    with pytest.raises(SourceError, match=message):
        list(walk(paths))
    assert len(list(walk([tmp_path]))) == 2


def test_field_mappings() -> None:
    assert parse_fields([]) == {}
    assert parse_fields(["title=head line", "text=a=b"]) == {"title": "head line", "text": "a=b"}


@pytest.mark.parametrize("mapping", ["title", "title=", "=column"])
def test_a_mapping_without_both_sides_is_refused(mapping: str) -> None:
    with pytest.raises(SourceError):
        parse_fields([mapping])


def test_a_mapping_to_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(SourceError, match="no field 'headline': map one of title, text, outlet"):
        parse_fields(["headline=title"])
