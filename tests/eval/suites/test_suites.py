import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval import __main__ as command
from eval.__main__ import SUITES
from eval.metrics import Estimate
from eval.suites import multihop_rag, newsqa, realtimeqa
from eval.suites.multihop_rag import OutletCounts, asked_on, evidence_kept, known_outlets, outlets_asked
from eval.suites.protocol import MetricSummary, PublishedComparison, SuiteOptions, SuiteResult

WITH_DATA = [name for name, suite in SUITES.items() if suite.NEEDS_DATA]


@pytest.mark.parametrize("name", WITH_DATA)
def test_a_suite_reports_missing_data(name: str, tmp_path: Path) -> None:
    for data, message in ((None, "with --data"), (tmp_path, "--data")):
        with pytest.raises(BackfileError, match=message):
            SUITES[name].measure(SuiteOptions(settings=Settings(archive=tmp_path / "none"), data=data))


def test_a_missing_data_set_is_skipped_unless_its_suite_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "SUITES", {name: SUITES[name] for name in WITH_DATA})
    assert command.main(["--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].split()[0] for line in printed] == WITH_DATA
    assert command.main(["beir", "--data", str(tmp_path)]) == 2
    assert "queries.jsonl" in capsys.readouterr().err


def test_published_figures_are_printed_below_ours() -> None:
    published = PublishedComparison(
        title="all",
        ours={"Backfile": {"hit@1": 0.5, "MRR@10": 0.25}},
        others={"BM25": {"hit@1": 0.125}},
        source="a paper",
        differs="other stories",
    )
    part = MetricSummary(2, {"hit@1": Estimate.of([0, 1])})
    measured = SuiteResult(part, notes=("corpus: 9 articles",), published=(published,))
    note, title, head, ours, theirs = (line.split() for line in measured.footer_lines())
    assert " ".join(note) == "corpus: 9 articles"
    assert " ".join(title) == "all, compared with a paper; other stories"
    assert (head, ours, theirs) == (
        ["hit@1", "MRR@10"],
        ["Backfile", "0.500", "0.250"],
        ["BM25", "0.125", "–"],
    )
    printed = json.loads(json.dumps(measured.to_json("x")))
    assert printed["notes"] == ["corpus: 9 articles"]
    assert printed["published"] == [
        {
            "title": "all",
            "others": {"BM25": {"hit@1": 0.125}},
            "source": "a paper",
            "differs": "other stories",
        }
    ]


def _answered(asked: str, short: str) -> realtimeqa.QuestionResult:
    """The result of a question whose answer is Hale."""
    question = realtimeqa.QuizQuestion(
        f"{asked} 1", date.fromisoformat(asked), "Who won?", "Hale", frozenset("b")
    )
    ranked = {"": ["a", "b"], "lexical ": ["b"], "dense ": []}
    return realtimeqa.QuestionResult(
        question, ranked, not short, f"{short} won." if short else "", short, 12.0
    )


def test_the_record_of_a_news_question_has_the_measured_scores() -> None:
    outcome = _answered("2024-03-01", "Hale")
    kept, found = realtimeqa.record("2024", outcome), realtimeqa.metrics([outcome])
    assert kept.scores == {name: found[name].value for name in kept.scores}
    assert (kept.scores["hit@1"], kept.scores["hit@5"], kept.scores["lexical hit@1"], kept.scores["em"]) == (
        0,
        1,
        1,
        1,
    )
    assert (kept.id, kept.kind, kept.asked, kept.expected) == (
        "2024-03-01 1",
        "2024",
        ("on 2024-03-01",),
        ("Hale",),
    )
    assert realtimeqa.record("2024", _answered("2024-03-01", "")).abstained


def test_published_figures_for_news_questions_are_printed() -> None:
    some = [_answered("2022-07-01", "Hale"), _answered("2022-07-08", "Ida Hale")]
    published = realtimeqa.published_comparison({"2022–2023": MetricSummary(2, realtimeqa.metrics(some))})
    # One of the two words of "Ida Hale" is right.
    assert published.ours == {"Backfile, 2022–2023 (2)": {"em": 0.5, "f1": pytest.approx((1 + 2 / 3) / 2)}}
    lines = "\n".join(published.lines())
    assert "GPT-3, all of 2022 (810)" in lines and "ours finds its own in the archive" in lines


def test_published_figures_for_newsqa_are_printed() -> None:
    found = {
        "em": Estimate.of([1, 0]),
        "f1": Estimate.of([1, 0.5]),
        "em, weighed": Estimate.of([1, 1]),
        "f1, weighed": Estimate.of([1, 1]),
    }
    *_, alone, weighed, people, bert, _ = (
        line.split() for line in newsqa.published_comparison(found).lines()
    )
    assert alone == ["Backfile's", "reader", "0.500", "0.750"]
    assert weighed == ["Backfile", "1.000", "1.000"]
    assert (people[-2:], bert[-2:]) == (["0.465", "0.694"], ["–", "0.688"])


def test_the_record_of_a_query_has_its_scores(tmp_path: Path) -> None:
    [query] = multihop_rag.load(_queries(tmp_path, QUERY))
    kept = multihop_rag.record(
        multihop_rag.QueryResult(query, "Yes sir", abstained=False, kept=None, asked=None)
    )
    assert kept.scores == {"em": 0, "official": 1}
    assert (kept.id, kept.kind, kept.expected) == (QUERY["query"], "temporal", ("Yes",))


QUERY: dict[str, Any] = {
    "query": "Did the Ledger report it before December 5, 2023?",
    "answer": "Yes",
    "question_type": "temporal_query",
    "evidence_list": [
        {"title": "Storm", "fact": "It broke the wall.", "published_at": "2023-12-01T08:00:00+00:00"},
        {"title": "Ferry", "fact": "Ferries stay in port.", "published_at": "2023-12-20T08:00:00+00:00"},
    ],
}


def _queries(data: Path, *rows: dict[str, Any]) -> Path:
    (data / "multihop_rag").mkdir(exist_ok=True)
    (data / "multihop_rag" / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return data


def test_a_null_query_is_asked_over_the_evidence_of_the_query_before_it(tmp_path: Path) -> None:
    null = {"query": "Who?", "answer": "x", "question_type": "null_query", "evidence_list": []}
    query, unanswerable = multihop_rag.load(_queries(tmp_path, QUERY, null))
    assert (query.kind, unanswerable.kind, unanswerable.evidence) == ("temporal", "null", query.evidence)
    assert [found.passage.text for found in query.evidence] == ["It broke the wall.", "Ferries stay in port."]


def test_evidence_outside_the_named_time_is_lost(tmp_path: Path) -> None:
    [query] = multihop_rag.load(_queries(tmp_path, QUERY))
    assert asked_on([query]) == date(2023, 12, 21)
    assert evidence_kept(query, date(2023, 12, 21)) is False
    [query] = multihop_rag.load(_queries(tmp_path, {**QUERY, "evidence_list": QUERY["evidence_list"][:1]}))
    assert evidence_kept(query, date(2023, 12, 21)) is True
    [query] = multihop_rag.load(_queries(tmp_path, {**QUERY, "query": "Did the Ledger report it?"}))
    assert evidence_kept(query, date(2023, 12, 21)) is None


def _reported(query: str, *outlets: str | None, kind: str = "comparison_query") -> dict[str, Any]:
    facts = [{"title": f"Story {n}", "fact": "It broke.", "source": each} for n, each in enumerate(outlets)]
    return {"query": query, "answer": "Yes", "question_type": kind, "evidence_list": facts}


@pytest.mark.parametrize(
    ("query", "outlets", "asked"),
    [
        ("Do the Ledger article and the Beacon article agree?", ("Ledger", "Beacon"), OutletCounts(2, 2, 0)),
        ("Who broke it, according to the Ledger?", ("Ledger", "Beacon"), OutletCounts(1, 1, 1)),
        ("Who broke it, according to the Ledger?", ("Beacon", "Beacon"), OutletCounts(1, 0, 1)),
        ("Who broke it?", ("Ledger",), OutletCounts(0, 0, 1)),
        ("Who broke it, according to the Ledger?", ("Ledger", None), None),
        ("Who broke it, according to the Ledger?", (), None),
    ],
)
def test_the_outlets_in_a_query_are_compared_with_those_of_its_evidence(
    query: str, outlets: tuple[str | None, ...], asked: OutletCounts | None, tmp_path: Path
) -> None:
    [loaded] = multihop_rag.load(_queries(tmp_path, _reported(query, *outlets)))
    known = known_outlets([loaded, *multihop_rag.load(_queries(tmp_path, _reported("", "Ledger", "Beacon")))])
    assert outlets_asked(loaded, known) == asked


def test_a_null_query_has_no_outlets_to_compare(tmp_path: Path) -> None:
    null = _reported("Who broke it, according to the Ledger?", kind="null_query")
    before, nothing = multihop_rag.load(_queries(tmp_path, _reported("Who?", "Ledger"), null))
    assert nothing.evidence == before.evidence
    assert outlets_asked(nothing, known_outlets([before])) is None


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        ({"query": None, "answer": "x"}, "line 2: it lacks 'question_type'; each line must be"),
        ({**QUERY, "evidence_list": [{"fact": "It broke."}]}, "line 2: it lacks 'title'; each line must be"),
    ],
)
def test_an_invalid_query_is_reported_with_its_line(
    lacking: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(BackfileError) as caught:
        multihop_rag.load(_queries(tmp_path, QUERY, lacking))
    assert "queries.jsonl, line 2" in str(caught.value)
    assert message in str(caught.value)
    assert "get the file again" in str(caught.value)
    with pytest.raises(BackfileError, match="holds no query: get the file again"):
        multihop_rag.load(_queries(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_date": "this week"}, "line 1: Invalid isoformat string"),
        ({"relevant_urls": "[1"}, "line 1: relevant_urls is not a list"),
        ({"relevant_urls": 5}, "line 1: 'int' object is not iterable"),
    ],
)
def test_an_invalid_question_is_reported_with_its_line(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    row = {
        "question_id": "1",
        "question_date": "2023/02/03",
        "question": "Who?",
        "answer": "Hale",
        "relevant_urls": "['https://ledger.example/1']",
    }
    (tmp_path / "realtimeqa").mkdir()
    path = tmp_path / "realtimeqa" / "questions.jsonl"
    path.write_text(json.dumps(row))
    [question] = realtimeqa.load(tmp_path)
    assert (question.asked, question.relevant) == (date(2023, 2, 3), frozenset({"https://ledger.example/1"}))
    path.write_text(json.dumps({**row, **change}))
    with pytest.raises(BackfileError) as caught:
        realtimeqa.load(tmp_path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "get the file again" in str(caught.value)
