"""The commands `conversations`, `export` and `replay`: what they print, and their exit status."""

import json
from pathlib import Path

import pytest

from assistant.__main__ import main
from assistant.assistant import Assistant
from assistant.conversations.export.formats import FORMATS
from tests.assistant.conversations.conftest import Kept


@pytest.fixture
def run(kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    monkeypatch.setattr(Assistant, "open", lambda settings: kept.assistant)
    kept.conversations.append("other", kept.answer(2))
    kept.conversations.rename("other", "Ferry desk")
    return Run(kept, capsys)


class Run:
    """Runs a command over the archive of `kept`."""

    def __init__(self, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
        self._kept = kept
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--archive", str(self._kept.archive.path)])
        out, err = self._capsys.readouterr()
        return status, out, err


def test_conversations_are_listed_and_searched(run: Run, kept: Kept) -> None:
    kept.conversations.pin(kept.id)
    status, out, _ = run("conversations")
    first, second = out.splitlines()
    assert status == 0
    assert first.startswith(f"{kept.id}  20")
    assert first.endswith("  pinned: Who passed a budget of 61 million crowns?")
    assert second.endswith("  Ferry desk")
    _, out, _ = run("conversations", "sailings", "CANCELLED")
    assert [line.rpartition("  ")[2] for line in out.splitlines()] == [
        "pinned: Who passed a budget of 61 million crowns? (2)",
        "Ferry desk (1)",
    ]
    assert run("conversations", "dragon")[:2] == (0, "")


def test_conversations_that_quote_an_article_are_deleted_on_request(run: Run, kept: Kept) -> None:
    article = kept.answer(1).citations[0].article
    kept.remove("https://beacon.example/budget")
    status, out, _ = run("conversations", "--quoting", article, "--json")
    found = json.loads(out)
    assert (status, found["conversation"], found["turns"]) == (0, kept.id, [1])
    assert {"title", "updated", "pinned"} < set(found)
    status, out, _ = run("conversations", "--quoting", article, "--delete")
    assert (status, out) == (0, "1 conversation deleted\n  Who passed a budget of 61 million crowns?\n")
    assert [each.id for each in kept.conversations.list()] == ["other"]
    assert run("conversations", "--quoting", article, "--delete")[1] == "0 conversations deleted\n"
    assert run("conversations", "--delete", "other", "--json")[1] == '{"deleted": ["other"]}\n'
    assert not kept.conversations.list()


def test_nothing_is_deleted_if_one_id_is_unknown(run: Run, kept: Kept) -> None:
    status, _, err = run("conversations", "--delete", "other", "unknown")
    assert status == 2
    assert "there is no conversation unknown" in err
    assert len(kept.conversations.list()) == 2


@pytest.mark.parametrize(
    "arguments", [["--delete"], ["ferry", "--delete"], ["--quoting", "00aa", "--delete", "other"]]
)
def test_delete_needs_to_know_what(run: Run, kept: Kept, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("conversations", *arguments)
    assert len(kept.conversations.list()) == 2


@pytest.mark.parametrize("form", FORMATS)
def test_conversations_are_exported(run: Run, kept: Kept, tmp_path: Path, form: str) -> None:
    status, out, _ = run("export", "--format", form)
    assert status == 0
    assert "Ferry desk" in out and "61 million crowns" in out
    _, one, _ = run("export", "other", "--format", form)
    assert "Ferry desk" in one and "61 million crowns" not in one
    target = tmp_path / "conversations"
    assert run("export", kept.id, "--format", form, "--out", str(target))[:2] == (0, "")
    assert "61 million crowns" in target.read_text("utf-8")


def test_an_export_that_cannot_be_made_says_why(run: Run, tmp_path: Path) -> None:
    assert "there is no conversation unknown" in run("export", "unknown")[2]
    status, _, err = run("export", "--out", str(tmp_path / "missing/file.md"))
    assert (status, "cannot write" in err) == (2, True)


@pytest.mark.parametrize("only", [[], ["--verify-only"]])
def test_a_replay_tells_by_its_status_whether_something_changed(
    run: Run, kept: Kept, tmp_path: Path, only: list[str]
) -> None:
    file = tmp_path / "export.json"
    run("export", "--format", "json", "--out", str(file))
    status, out, _ = run("replay", str(file), *only)
    done = "checked" if only else "asked again"
    assert (status, out.splitlines()[-1]) == (0, f"3 answers {done}: 3 the same, 0 changed")
    kept.remove("https://beacon.example/budget")
    status, out, _ = run("replay", str(file), *only)
    assert (status, out.splitlines()[-1]) == (1, f"3 answers {done}: 2 the same, 1 changed")
    assert "The article is no longer in the archive." in out
    status, out, _ = run("replay", str(file), "--json", *only)
    turns = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [turn["same"] for turn in turns].count(False) == 1
    assert {"conversation", "number", "question", "differences", "citations"} < set(turns[0])


def test_a_replay_that_cannot_run_is_status_2(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "export.md"
    run("export", "--out", str(file))
    status, _, err = run("replay", str(file))
    assert status == 2
    assert "give a file that `python -m assistant export --format json` wrote" in err
    assert run("replay", str(tmp_path / "missing"))[0] == 2


@pytest.mark.parametrize("command", ["conversations", "export", "chat"])
def test_without_an_archive_nothing_is_created(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "--archive", str(tmp_path / "none")]) == 2
    assert "there is no archive" in capsys.readouterr().err.lower()
    assert not list(tmp_path.iterdir())
