"""The command `python -m assistant` over a real archive with the real encoder."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.__main__ import build_parser, main
from ingest.__main__ import main as ingest

KEYS = {
    *(
        "id",
        "question",
        "standalone",
        "mode",
        "model",
        "answer",
        "short_answer",
        "short_answer_date",
        "abstained",
    ),
    *(
        "reason_code",
        "reason",
        "sentences",
        "citations",
        "passages",
        "confidence",
        "dropped_citations",
        "filters",
        "time_frame",
    ),
    *("notes", "timings_ms"),
}
CITATION_KEYS = {
    *(
        "n",
        "article",
        "version",
        "start",
        "end",
        "quote",
        "title",
        "outlet",
        "published",
        "url",
        "also",
        "verified",
    ),
}
SEED = Path(__file__).parents[3] / "shared/data/seed"

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ask")
    from tests.conftest import STORIES

    (folder / "desk.json").write_text(json.dumps(STORIES))
    assert ingest([str(folder / "desk.json"), "--archive", str(folder / "archive")]) == 0
    return folder / "archive"


def ask(capsys: pytest.CaptureFixture[str], archive: Path, *arguments: str) -> dict[str, Any]:
    assert main(["ask", *arguments, "--archive", str(archive), "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_json_of_an_answer(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, archive, "Who claimed that 40 sailings were cancelled?")
    assert set(answer) >= KEYS
    [citation] = answer["citations"]
    assert set(citation) >= CITATION_KEYS
    assert citation["quote"].startswith("The union, led by Nora Hale")
    assert main(["article", citation["article"], "--archive", str(archive), "--json"]) == 0
    article = json.loads(capsys.readouterr().out)
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_every_article_is_listed(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["articles", "--archive", str(archive), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 5
    assert all(main(["article", row["article"], "--archive", str(archive)]) == 0 for row in rows)


def test_any_time_ignores_the_time_that_the_question_names(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How many sailings were cancelled in 1999?"
    assert ask(capsys, archive, question)["time_frame"]["first"] == "1999-01-01"
    assert ask(capsys, archive, question, "--any-time")["time_frame"] is None


def test_any_outlet_ignores_the_outlet_that_the_question_names(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "Who claimed that sailings were cancelled, according to the Harbour Ledger?"
    assert ask(capsys, archive, question)["reported_by"]["applied"]
    assert ask(capsys, archive, question, "--any-outlet")["reported_by"] is None


def test_a_batch_gives_a_row_for_each_in_order_and_names_bad_ones(archive: Path, tmp_path: Path) -> None:
    history = [{"question": "Who began the ferry strike?", "answer": "x"}]
    rows = [
        {"id": "a", "question": "How many sailings did the company say were cancelled?"},
        {"id": "b"},
        {"id": "c", "question": "What is it about?", "history": history},
        {"id": "d", "question": "When?", "as_of": "yesterday"},
    ]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "in.jsonl").write_text("\n".join([*lines, "not json"]) + "\n")
    arguments = ["ask", "--batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl")]
    assert main([*arguments, "--archive", str(archive)]) == 1
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d", None]
    assert ["error" in answer for answer in answers] == [False, True, False, True, True]
    assert "12 sailings" in answers[0]["answer"]
    assert "line 2" in answers[1]["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "Who?", "--archive", "nowhere"], "there is no archive in nowhere yet"),
        (["ask", "Who?", "--archive", "tests"], "tests is not an archive"),
        (["ask", "Who?", "--archive", "README.md"], "README.md is not an archive"),
        (["articles", "--archive", "nowhere"], "python -m ingest PATH"),
        (["ask", "--batch", "nowhere.jsonl", "--out", "x.jsonl"], "cannot read the batch nowhere.jsonl"),
    ],
)
def test_a_command_that_cannot_run_is_status_2_with_a_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_bad_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKFILE_MODLE", "ollama:llama3.2")
    assert main(["ask", "Who?"]) == 2
    assert "did you mean BACKFILE_MODEL?" in capsys.readouterr().err


@pytest.mark.skipif(not SEED.is_dir(), reason="the agency story is not part of the project")
@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("who claimed the Sderot barrage?", "The Democratic Front for the Liberation of Palestine (FDLP)"),
        ("What is the population of the Gaza Strip?", "According to the army, Israeli warplanes"),
        ("Who told AFP that a delegation was expected in Cairo?", "Daoud Chehab, a leader of Islamic Jihad"),
        (
            "How many people did the conflict kill in 2022?",
            "This comes after a particularly bloody year 2022",
        ),
        ("Who won the football world cup in 2022?", None),
    ],
)
def test_the_first_questions(
    question: str, quoted: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest([str(SEED), "--archive", str(tmp_path / "archive")]) == 0
    capsys.readouterr()
    answer = ask(capsys, tmp_path / "archive", question)
    citations: list[dict[str, str]] = answer["citations"]
    assert answer["abstained"] is (quoted is None)
    assert [citation["quote"][: len(quoted or "")] for citation in citations] == ([quoted] if quoted else [])


@pytest.mark.parametrize(
    ("given", "since", "until"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-05-07", "2023-05-07", "2023-05-07"),
    ],
)
def test_a_year_or_month_is_its_first_and_last_day(given: str, since: str, until: str) -> None:
    options = build_parser("assistant").parse_args(["ask", "Who?", "--since", given, "--until", given])
    assert (options.since.isoformat(), options.until.isoformat()) == (since, until)


@pytest.mark.parametrize(
    "given", ["", "23", "2023-13", "2023-02-30", "May 2023", "2023-05-07T10:00", "0000", "２０２３"]
)
def test_other_dates_are_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser("assistant").parse_args(["ask", "Who?", "--since", given])
    assert "is not a date; write it as 2024-01-31, 2024-01 or 2024" in capsys.readouterr().err
