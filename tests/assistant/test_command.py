"""The command `python -m assistant` without an encoder: what it prints, and its exit status."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.__main__ import main
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from tests.fakes import WordEncoder, ingest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def opened(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    """Let the command open the archive of STORIES."""
    monkeypatch.setattr(Assistant, "open", lambda settings: assistant)
    yield assistant


def batch(tmp_path: Path, *lines: str) -> tuple[int, list[dict[str, Any]]]:
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    status = main(["ask", "--batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")])
    return status, [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("question", "said"), [("", "is empty"), (" \n", "is empty"), ("x" * 100_000, "shorten it")]
)
def test_an_empty_or_endless_question_is_status_2(
    opened: Assistant, capsys: pytest.CaptureFixture[str], question: str, said: str
) -> None:
    assert main(["ask", question]) == 2
    assert said in capsys.readouterr().err


def test_a_question_typed_in_another_encoding_is_answered(
    opened: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Who claimed \udcff that 40 sailings were cancelled?"]) == 0
    assert "Nora Hale" in capsys.readouterr().out


def test_an_archive_of_another_encoder_is_status_2(
    archive: ArchiveFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assistant.assistant.open_encoder", lambda settings: WordEncoder(name="others"))
    assert main(["ask", "Who?", "--archive", str(archive.path)]) == 2
    assert "made with the encoder words, not others: set BACKFILE_ENCODER" in capsys.readouterr().err
    monkeypatch.setattr("assistant.assistant.open_encoder", lambda settings: WordEncoder(turned=99))
    assert main(["ask", "Who?", "--archive", str(archive.path)]) == 2
    assert "made with another model than the one that is now called words" in capsys.readouterr().err


def test_no_row_of_a_batch_stops_the_others(opened: Assistant, tmp_path: Path) -> None:
    good = json.dumps({"id": "good", "question": "What did the council pass?"})
    long = {"question": "who " * 50_000, "answer": "Nobody."}
    status, rows = batch(
        tmp_path,
        '{"id": "half", "question": "What did the \\ud800 council pass?"}',
        '{"id": "\\udfff", "question": ""}',
        "[" * 200_000,
        json.dumps({"id": "long", "question": "And then?", "history": [long]}),
        json.dumps({"id": "odd", "question": "And then?", "history": [{"question": "Who?"}]}),
        good,
    )
    assert status == 1
    assert [row["id"] for row in rows] == ["half", "\udfff", None, "long", "odd", "good"]
    assert ["error" in row for row in rows] == [False, True, True, True, True, False]
    assert rows[2]["error"] == "line 3 is nested too deeply"
    assert "leave it out" in rows[3]["error"]
    assert rows[4]["error"] == "line 5 lacks 'answer'"


@pytest.mark.parametrize("arguments", [["article", "no\udcffne"], ["article", "x", "--version", "9" * 30]])
def test_an_unknown_article_is_status_2(
    archive: ArchiveFolder, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main([*arguments, "--archive", str(archive.path)]) == 2
    assert "there is no article" in capsys.readouterr().err


def test_an_unknown_version_is_status_2_and_the_versions_are_listed(
    archive: ArchiveFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["articles", "--archive", str(archive.path), "--json"]) == 0
    id = json.loads(capsys.readouterr().out.splitlines()[0])["article"]
    assert main(["article", id, "--version", "7", "--archive", str(archive.path)]) == 2
    assert f"article {id} has no version 7: its versions are 1" in capsys.readouterr().err


def test_an_invalid_date_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "Who?", "--since", "yesterday"])
    assert ended.value.code == 2
    assert "'yesterday' is not a date; write it as 2024-01-31" in capsys.readouterr().err


def test_a_folder_that_cannot_be_opened_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["articles", "--archive", "x" * 5_000]) == 2
    assert "cannot look into the archive" in capsys.readouterr().err


def test_an_article_is_shown_with_its_section_and_keywords(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {
        "title": "Wall breached",
        "text": "The sea came in.",
        "section": "Coast",
        "tags": ["sea", "walls"],
    }
    (tmp_path / "desk.json").write_text(json.dumps(record))
    ingest(tmp_path / "archive", tmp_path / "desk.json")
    assert main(["articles", "--archive", str(tmp_path / "archive"), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert main(["article", listed["article"], "--archive", str(tmp_path / "archive"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    for fields in (listed, shown):
        assert (fields["section"], fields["keywords"]) == ("Coast", ["sea", "walls"])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_character_can_be_printed(
    archive: ArchiveFolder, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    monkeypatch.setattr("assistant.article.Article.id", "🙂 – Łódź")
    assert main(["articles", "--archive", str(archive.path)]) == 0
    assert main(["articles", "--archive", str(archive.path), "--json"]) == 0
    lines = written.getvalue().decode(encoding).splitlines()
    assert {json.loads(line)["article"] for line in lines[5:]} == {"🙂 – Łódź"}


def test_a_pipe_that_is_closed_early_gives_no_traceback(archive: ArchiveFolder) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "articles", "--archive", archive.path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 141
