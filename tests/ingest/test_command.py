"""The command `python -m ingest`: its output and exit status."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from assistant.archive.folder import ArchiveFolder
from assistant.models.encoder import Vectors
from ingest.__main__ import main
from ingest.store import embedding
from ingest.store import indexer as indexing
from tests.fakes import WordEncoder

STORY = {"title": "Wall breached", "text": "The sea came over the wall. Two people were hurt."}
FIVE = ("added", "updated", "unchanged", "copies", "rejected")


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[WordEncoder]:
    made = WordEncoder()
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: made)
    yield made


def stories(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    rows = (
        {
            "title": f"Story {number}",
            "text": f"All about number {number}.",
            "url": f"https://a.example/{number}",
        }
        for number in range(count)
    )
    path = folder / "stories.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_last_line_counts_every_record_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    toll = {**STORY, "url": "https://a.example/toll"}
    rows: list[object] = [
        toll,
        {**toll, "text": "The sea came over the wall. Three people were hurt."},
        {**STORY, "url": "https://b.example/toll"},
        toll,
        {"title": "Nothing to say"},
    ]
    (desk / "mix.json").write_text(json.dumps(rows))
    arguments = [str(desk), "--archive", str(tmp_path / "archive"), "--json"]
    assert main(arguments) == 1
    first = report(capsys)
    assert set(first) == {*FIVE, "passages", "seconds", "passed_over", "set_aside"}
    assert sum(first[word] for word in FIVE) == len(rows)
    assert (first["updated"], first["rejected"]) == (1, 1)
    assert main(arguments) == 1
    second = report(capsys)
    assert [second[word] for word in FIVE] == [0, 0, 4, 0, 1]
    assert second["passages"] == 0


def test_all_read_is_status_0_and_a_second_run_is_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: WordEncoder
) -> None:
    arguments = [str(stories(tmp_path / "desk", 3)), "--archive", str(tmp_path / "archive"), "--json"]
    assert main(arguments) == 0
    assert report(capsys)["added"] == 3
    encoder.encoded.clear()
    assert main(arguments) == 0
    assert report(capsys)["unchanged"] == 3
    assert encoder.encoded == []


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["missing"], "missing does not exist: check the path"),
        (["desk/stories.jsonl/deeper"], "does not exist: check the path"),
        (["x" * 5000], "cannot be opened (File name too long): check the path"),
        (["desk", "--field", "headline=Head"], "articles have no field 'headline'"),
    ],
)
def test_a_command_that_cannot_run_is_status_2_and_makes_no_archive(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    output: str,
) -> None:
    stories(tmp_path / "desk", 1)
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--archive", "archive"]) == 2
    assert output in capsys.readouterr().err
    assert not Path("archive").exists()


@pytest.mark.parametrize(
    ("archive", "output"),
    [
        ("desk", "desk holds other files and is not an archive"),
        ("desk/stories.jsonl", "is not an archive: give --archive an empty or a new folder"),
        ("desk/stories.jsonl/deeper", "cannot make the folder"),
        ("x" * 5000, "cannot look into the archive"),
    ],
)
def test_a_place_that_can_be_no_archive_is_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    archive: str,
    output: str,
) -> None:
    stories(tmp_path / "desk", 1)
    monkeypatch.chdir(tmp_path)
    assert main(["desk", "--archive", archive]) == 2
    assert output in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["desk", "stories.jsonl"]


def test_an_archive_of_another_encoder_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: WordEncoder
) -> None:
    archive = str(tmp_path / "archive")
    assert main([str(stories(tmp_path / "desk", 1)), "--archive", archive]) == 0
    encoder.name = "others"
    capsys.readouterr()
    assert main([str(stories(tmp_path / "more", 2)), "--archive", archive]) == 2
    output = capsys.readouterr().err
    assert "made with the encoder words, not others" in output
    assert "--reembed" in output


def test_while_another_ingest_runs_a_second_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assistant.archive.folder.LOCK_SECONDS", 0.1)
    arguments = [str(stories(tmp_path / "desk", 1)), "--archive", str(tmp_path / "archive")]
    assert main(arguments) == 0
    with ArchiveFolder(tmp_path / "archive").write_lock():
        assert main(arguments) == 2
        assert "another ingest is writing" in capsys.readouterr().err
        assert main(["--check", "--archive", str(tmp_path / "archive")]) == 1
        assert "an ingest is running" in capsys.readouterr().out
    assert main(arguments) == 0


def test_an_interrupted_ingest_says_so_and_the_same_command_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], encoder: WordEncoder
) -> None:
    monkeypatch.setattr(embedding, "EMBEDDING_BATCH", 5)
    archive = str(tmp_path / "archive")
    arguments = [str(stories(tmp_path / "desk", 20)), "--archive", archive, "--json"]
    calls = 0

    def interrupted(texts: Sequence[str]) -> Vectors:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return WordEncoder().encode(texts)

    with monkeypatch.context() as patch:
        patch.setattr(encoder, "encode", interrupted)
        assert main(arguments) == 130
    assert "the same command resumes" in capsys.readouterr().err
    assert main(["--check", "--archive", archive]) == 1
    assert "passages without a vector: run the ingest again, it continues" in capsys.readouterr().out
    assert main(arguments) == 0
    resumed = report(capsys)
    assert (resumed["unchanged"], resumed["added"]) == (20, 0)
    assert 0 < resumed["passages"] < 20
    assert main(["--check", "--archive", archive, "--json"]) == 0
    assert report(capsys)["chroma"] == 20


def test_a_single_thing_is_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = str(tmp_path / "archive")
    (tmp_path / "one.json").write_text(json.dumps(STORY))
    assert main([str(tmp_path / "one.json"), "--archive", archive]) == 0
    for task in ("--check", "--rebuild", "--reembed"):
        assert main([task, "--archive", archive]) == 0
    output = "".join(capsys.readouterr())
    assert "1 article, 1 passage, 1 vector, 1 in Chroma" in output
    for noun in ("article", "passage", "vector"):
        assert f"1 {noun}s" not in output


@pytest.mark.parametrize(("task", "counted"), [("--rebuild", "vectors"), ("--reembed", "passages")])
def test_maintenance_ends_with_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], task: str, counted: str
) -> None:
    archive = str(tmp_path / "archive")
    main([str(stories(tmp_path / "desk", 3)), "--archive", archive])
    assert main([task, "--archive", archive, "--json"]) == 0
    assert report(capsys) == {counted: 3}


def test_many_bad_records_are_all_counted_and_the_first_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(indexing, "KEPT_REJECTIONS", 60)
    (tmp_path / "bad.jsonl").write_text('{"Head": "x"}\n' * 500 + json.dumps(STORY) + "\n")
    arguments = [str(tmp_path / "bad.jsonl"), "--archive", str(tmp_path / "archive")]
    for _ in range(2):
        assert main(arguments) == 1
        output = capsys.readouterr().out
        assert "500 rejected" in output
        assert f"{tmp_path.name}/bad.jsonl#50:" in output
        assert "… and 450 more" in output
    with closing(sqlite3.connect(tmp_path / "archive/catalog.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM rejections").fetchone() == (500,)
    stories(tmp_path, 2).replace(tmp_path / "bad.jsonl")
    assert main([*arguments, "--json"]) == 0
    assert report(capsys)["added"] == 2


def test_an_outlet_typed_in_another_encoding_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(STORY))
    arguments = [
        str(tmp_path / "one.json"),
        "--archive",
        str(tmp_path / "archive"),
        "--outlet",
        "Ellery \udcff",
    ]
    assert main(arguments) == 0
    with closing(sqlite3.connect(tmp_path / "archive/catalog.sqlite")) as database:
        assert database.execute("SELECT outlet FROM articles").fetchone() == ("Ellery",)


def test_other_records_of_a_crawl_are_counted_and_are_not_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("WARC/1.0", "WARC-Type: request", "Content-Length: 0", "", "", "")
    (tmp_path / "crawl.warc").write_bytes("\r\n".join(lines).encode() * 3)
    arguments = [str(tmp_path / "crawl.warc"), "--archive", str(tmp_path / "archive")]
    for task in ("--dry-run", "--json"):
        assert main([*arguments, task, "--json"]) == 0
        *_, output, counts = capsys.readouterr().out.splitlines()
        assert output == "  skipped, because they contain no article: requests (3)"
        assert {name: json.loads(counts)[name] for name in (*FIVE, "passed_over")} == {
            **dict.fromkeys(FIVE, 0),
            "passed_over": 3,
        }
