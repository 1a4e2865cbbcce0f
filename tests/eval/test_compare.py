import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import BackfileError
from eval.__main__ import main
from eval.compare import compare
from eval.runs import CitedExcerpt, ListedArticle, QuestionRecord, SuiteRun, load, save


def _record(id: str, right: float, **changed: object) -> QuestionRecord:
    record = QuestionRecord(
        id=id, kind="who", question=f"Who is {id}?", scores={"right": right, "f1": right / 2}
    )
    return replace(record, **changed)  # type: ignore[arg-type]


def _run(*records: QuestionRecord, suite: str = "gold", **settings: str) -> SuiteRun:
    return SuiteRun(suite, {"reader": "aa", **settings}, records)


def _saved(path: Path, *runs: SuiteRun) -> Path:
    save(runs, path)
    return path


FULL = _record(
    "full",
    1.0,
    asked=("on 2024-03-05",),
    confidence=0.75,
    milliseconds=12.5,
    answer="It was “Nora Hale”. [1]",
    short="Nora Hale",
    expected=("Nora Hale", "Hale"),
    proofs=("led by Nora Hale",),
    sources=(CitedExcerpt(n=1, about="Ferry", before="a", cited="b", after="c", proves=True),),
    found=(ListedArticle(about="Ferry", proves=True),),
)


def test_a_saved_run_loads_unchanged(tmp_path: Path) -> None:
    run = _run(FULL, _record("bare", 0.0))
    assert load(_saved(tmp_path / "run.json", run)) == [run]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not a saved run (JSONDecodeError"),
        ("[]", "is not a saved run (TypeError"),
        ('{"runs": [{"suite": "gold", "settings": {}}]}', "is not a saved run (KeyError: 'records')"),
        (
            '{"runs": [{"suite": "gold", "settings": {}, "records": [{"id": "q"}]}]}',
            "is not a saved run (KeyError",
        ),
        ("\udcff", "is not a saved run (UnicodeDecodeError"),
    ],
)
def test_another_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BackfileError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path)) and message in str(caught.value)
    assert "make one with `python -m eval --save FILE`" in str(caught.value)


def test_changes_are_counted_and_named() -> None:
    # Ten questions: one turns wrong, eight turn right, one stays as it is.
    before = [_record("lost", 1.0), _record("same", 1.0), *(_record(f"won {n}", 0.0) for n in range(8))]
    after = [
        _record("lost", 0.0, abstained=True),
        *(replace(each, scores={"right": 1.0, "f1": 0.5}) for each in before[1:]),
    ]
    [found] = compare([_run(*before)], [_run(*reversed(after))])
    right = found.differences[0]
    assert (right.metric, right.before, right.after, right.gained, right.lost) == ("right", 0.2, 0.9, 8, 1)
    assert right.difference.value == pytest.approx(0.7)
    assert 0 < right.difference.low < 0.7 < right.difference.high
    # Eight of nine: 2 * (1 + 9) / 512.
    assert right.p == pytest.approx(20 / 512)
    assert found.differences[1].difference.value == pytest.approx(0.35)
    assert [change.after.id for change in found.changes] == ["lost", *(f"won {n}" for n in range(8))]
    assert found.changes[0].words == "lost (who): abstains now, right 1 → 0, f1 0.5 → 0"
    assert not found.missing and not found.added and not found.settings


def test_different_questions_and_settings_are_reported() -> None:
    before = _run(_record("kept", 1.0), _record("dropped", 1.0))
    after = _run(_record("kept", 1.0, scores={"right": 1.0, "em": 0.0}), _record("new", 0.0), reader="bb")
    [found] = compare([before], [after])
    assert (found.shared, found.missing, found.added) == (1, ("dropped",), ("new",))
    # A metric that only one run has cannot be compared.
    assert [each.metric for each in found.differences] == ["right"]
    assert found.changes == ()
    assert list(found.notes) == [
        "reader differs: aa → bb",
        "1 question only in the earlier run: dropped",
        "1 question only in the later run: new",
    ]


def test_runs_that_share_no_suite_cannot_be_compared() -> None:
    with pytest.raises(BackfileError, match="one has gold, the other newsqa"):
        compare([_run()], [_run(suite="newsqa")])


def test_the_command_compares_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _saved(tmp_path / "a.json", _run(_record("ferry", 0.0), _record("storm", 1.0)))
    after = _saved(tmp_path / "b.json", _run(_record("ferry", 1.0), _record("storm", 1.0)))
    assert main(["compare", str(before), str(after)]) == 0
    printed = capsys.readouterr().out
    assert "gold: 2 questions in both runs, 1 with changed scores" in printed
    assert "ferry (who): right 0 → 1" in printed
    page = tmp_path / "page.html"
    assert main(["compare", str(before), str(after), "--json", "--report", str(page)]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["suite"], found["n"], found["metrics"]["right"]["gained"]) == ("gold", 2, 1)
    assert found["changed"] == [{"id": "ferry", "type": "who", "scores": {"right": [0, 1], "f1": [0, 0.5]}}]
    assert "Comparison of the two runs" in page.read_text()
    assert main(["compare", str(before), str(tmp_path / "none.json")]) == 2
    assert f"cannot read {tmp_path / 'none.json'}" in capsys.readouterr().err
    assert main(["compare", str(before), str(after), "--report", str(tmp_path / "no" / "page.html")]) == 2
    assert "cannot write" in capsys.readouterr().err
