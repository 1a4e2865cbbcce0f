import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.archive.folder import ArchiveFolder
from assistant.archive.identity import PROBE
from assistant.errors import BackfileError, SourceError
from eval.rivals import measuring, selection
from eval.rivals.__main__ import entrants, main
from eval.rivals.backfile import ARCHIVE, Backfile
from eval.rivals.bare_encoder import BareEncoder
from eval.rivals.measuring import Measurement, SearchResults
from eval.rivals.running import Entrant, Result, run
from eval.rivals.selection import Sample
from eval.rivals.tables import ingest_table, search_table
from eval.suites.realtimeqa import QuizQuestion
from tests.fakes import WordEncoder

RIVAL = """
from eval.rivals import measuring

class Rival:
    store, precision = "a list", "float32"

    def __init__(self, model, folder):
        self.folder = folder

    def ingest(self, articles):
        self.rows = list(measuring.rows(articles))
        (self.folder / "list").write_text("twelve bytes")
        return 2 * len(self.rows)

    def searches(self):
        return {"": lambda question: [row["url"] for row in self.rows if row["title"] in question.text]}

measuring.run(Rival, [])
"""


def _python(name: str, script: str) -> Entrant:
    return Entrant(name, [sys.executable, "-c", script], name.casefold())


def _url(number: int) -> str:
    return f"https://a.example/{number}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve stories and two lines that ingest would reject; three of the five questions can be asked."""
    folder = tmp_path / "data"
    folder.mkdir()
    lines = ["{broken", json.dumps({"title": "Nothing but a title"})]
    for number in range(12):
        text = " ".join(f"Sentence {place} of story {number} is about a wall." for place in range(8))
        day = f"2024/{number + 1:02}/15"
        row = {"url": _url(number), "title": f"Story {number}", "text": text, "publish_date": day}
        lines.append(json.dumps(row))
    (folder / "articles.jsonl").write_text("\n".join(lines))
    questions = [
        _question("before", "2023/12/31", "Which is story 3?", [_url(3)]),
        _question("gone", "2024/02/20", "Which is story 99?", [_url(99)]),
        *(_question(str(n), "2024/02/20", f"Which is Story {n}?", [_url(n), _url(99)]) for n in (5, 7, 9)),
    ]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


def _question(id: str, day: str, text: str, relevant: list[str]) -> dict[str, Any]:
    row = {"question_id": id, "question_date": day, "question": text, "answer": "A wall"}
    return {**row, "relevant_urls": relevant}


def _draw(data: Path, folder: Path, *, articles: int = 6, questions: int = 5, seed: int = 1) -> Sample:
    folder.mkdir()
    return selection.draw(data, folder, articles=articles, questions=questions, seed=seed)


def _drawn(sample: Sample) -> list[str]:
    return [row["url"] for row in measuring.rows(sample.articles)]


def test_questions_of_later_years_are_drawn_with_their_articles_and_others(
    data: Path, tmp_path: Path
) -> None:
    sample = _draw(data, tmp_path / "one")
    assert sorted(question.id for question in sample.questions) == ["5", "7", "9"]
    assert all(question.relevant == {_url(int(question.id))} for question in sample.questions)
    assert sample.count == len(set(_drawn(sample))) == 6
    assert {_url(5), _url(7), _url(9)} < set(_drawn(sample))
    # The right articles are not in the file.
    assert {"text": "Which is Story 5?", "date": "2024-02-20"} in list(measuring.rows(sample.asked))


def test_the_same_seed_draws_the_same_sample(data: Path, tmp_path: Path) -> None:
    def drawn(folder: str, seed: int) -> tuple[list[str], list[str]]:
        sample = _draw(data, tmp_path / folder, articles=5, questions=2, seed=seed)
        return _drawn(sample), [question.id for question in sample.questions]

    assert drawn("one", 1) == drawn("again", 1)
    assert drawn("one more", 1) != drawn("other", 2)


def test_a_file_of_articles_is_drawn_from_without_questions(data: Path, tmp_path: Path) -> None:
    sample = _draw(data / "articles.jsonl", tmp_path / "all", articles=100)
    assert (sample.count, sample.questions, list(measuring.rows(sample.asked))) == (12, (), [])
    assert _drawn(sample) != sorted(_drawn(sample))


def test_unusable_data_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="missing is neither a file of articles"):
        _draw(tmp_path / "missing", tmp_path / "one")
    (tmp_path / "poem.jsonl").write_text("Shall I compare thee")
    with pytest.raises(SourceError, match=r"no line of .*poem\.jsonl is an article"):
        _draw(tmp_path / "poem.jsonl", tmp_path / "two")
    (tmp_path / "torn.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(BackfileError, match=r"torn\.jsonl\.gz is damaged"):
        _draw(tmp_path / "torn.jsonl.gz", tmp_path / "three")
    old = _question("before", "2023/12/31", "Which is story 3?", [_url(3)])
    (data / "questions.jsonl").write_text(json.dumps(old))
    with pytest.raises(SourceError, match="has no question of 2024 or later"):
        _draw(data, tmp_path / "four")


class Listed:
    """Returns 24 passages of twelve articles for any question, two passages of each article in turn."""

    store, precision = "a list", "none"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.asked: list[str] = []

    def ingest(self, articles: Path) -> int:
        (self._folder / "deep").mkdir()
        (self._folder / "deep" / "list").write_bytes(b"12345")
        return 24

    def searches(self) -> Mapping[str, measuring.Search]:
        return {"": self._search}

    def _search(self, question: measuring.DatedQuestion) -> list[str]:
        self.asked.append(question.text)
        return [_url(place // 2) for place in range(24)]


def test_a_ranking_is_of_ten_different_articles(tmp_path: Path) -> None:
    system = Listed(tmp_path)
    questions = [measuring.DatedQuestion(f"Question {n}", "2024-02-20") for n in range(7)]
    found = measuring.measure(system, tmp_path / "articles", questions, tmp_path, ["backfile"])
    assert found.asked[""].ranked == 7 * [[_url(n) for n in range(10)]]
    assert len(found.asked[""].seconds) == 7
    # The first questions are asked once more before timing.
    assert system.asked == [question.text for question in (*questions[: measuring.WARM_UP], *questions)]
    assert (found.passages, found.disk, set(found.versions)) == (24, 5, {"python", "backfile"})
    assert Measurement.from_json(found.to_json()) == found


def test_backfile_and_its_encoder_embed_the_same_passages(data: Path, tmp_path: Path) -> None:
    sample = _draw(data, tmp_path / "work")
    ours, bare = WordEncoder(), WordEncoder()
    passages = Backfile(ours, tmp_path, precision="none").ingest(sample.articles)
    encoder = BareEncoder(bare, ArchiveFolder(tmp_path / ARCHIVE), precision="none")
    assert encoder.ingest(sample.articles) == passages == len(bare.encoded)
    assert [text for text in ours.encoded if text != PROBE] == bare.encoded
    assert encoder.searches() == {}


def test_backfile_ranks_by_date_if_it_knows_the_day(data: Path, tmp_path: Path) -> None:
    sample = _draw(data, tmp_path / "work", articles=12)
    backfile = Backfile(WordEncoder(), tmp_path, precision="none")
    backfile.ingest(sample.articles)
    searches = backfile.searches()
    assert list(searches) == ["", "knowing the day"]
    for number in (1, 10):
        asked = measuring.DatedQuestion(
            "Which story is about a wall?", date(2024, number + 1, 15).isoformat()
        )
        assert searches["knowing the day"](asked)[0] == _url(number)
        assert searches["knowing the day"](asked) != searches[""](asked)
    assert searches[""](measuring.DatedQuestion("What is Story 7?", "2024-02-20"))[0] == _url(7)
    backfile.close()


def test_a_rival_is_measured_in_its_own_process(data: Path, tmp_path: Path) -> None:
    sample = _draw(data, tmp_path / "work")
    result = run(_python("Rival", RIVAL), sample, "model", tmp_path / "work")
    assert result.measurement is not None, result.error
    assert (result.measurement.passages, result.measurement.disk) == (12, len("twelve bytes"))
    assert result.measurement.asked[""].ranked == [[_url(int(each.id))] for each in sample.questions]
    # Such a short process may be sampled only once, just after its start.
    assert result.memory > 0


@pytest.mark.parametrize(
    ("entrant", "message"),
    [
        (_python("Rival", "import haystack_of_needles"), "No module named 'haystack_of_needles'"),
        (_python("Rival", "raise SystemExit(3)"), "exit status 3"),
        (_python("Rival", "import os; os.abort()"), "ended by SIGABRT"),
        (_python("Rival", "pass"), "wrote no readable measurement"),
        (
            _python("Rival", "import sys; open(sys.argv[-2][6:], 'w').write('[]')"),
            "wrote no readable measurement",
        ),
        (_python("Rival", "import time; time.sleep(60)"), "not done after"),
        (Entrant("Rival", ["missing/python"], "rival"), "missing/python: No such file"),
    ],
)
def test_a_failing_rival_is_reported(entrant: Entrant, message: str, data: Path, tmp_path: Path) -> None:
    sample = _draw(data, tmp_path / "work")
    limit = 0.1 if message == "not done after" else 60
    result = run(entrant, sample, "model", tmp_path / "work", limit=limit)
    assert result.measurement is None
    assert message in result.error


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]


def test_the_tables_agree_with_hand_computed_figures() -> None:
    questions = [
        QuizQuestion(str(n), date(2024, 2, 20), "?", "A wall", frozenset({_url(n), _url(99)}))
        for n in range(4)
    ]
    # The right article is at ranks 1, 2 and 8, and missing in the last.
    ranked = [[_url(0)], [_url(5), _url(99)], [*map(_url, range(10, 17)), _url(2)], []]
    asked = SearchResults(ranked, [0.010, 0.020, 0.030, 0.040])
    better = SearchResults([[_url(99)], [_url(99)], [_url(99)], [_url(3)]], [0.5, 0.5, 0.5, 0.5])
    found = Measurement("a list", "float32", 3_000, 20.0, 2_500_000, {}, {"": asked, "by day": better})
    bare = Measurement("none", "float32", 3_000, 10.0, 0, {}, {})
    results = [
        Result(Entrant("Ours", [], "ours"), found, 1_500_000_000),
        Result(Entrant("bare", [], "bare", searches=False), bare, 900_000_000),
        Result(Entrant("Rival", [], "rival"), None, error="it is broken"),
    ]
    _, _, ours, alone, rival = _cells(ingest_table(results, 100))
    assert ours == ["Ours", "a list", "float32", "3,000", "20.0", "5.0", "150.0", "1.50 GB", "2.5 MB"]
    assert alone == ["bare", "none", "float32", "3,000", "10.0", "–", "300.0", "0.90 GB", "–"]
    assert rival[:3] == ["Rival", "not measured", ""]
    head, _, ours, dated, rival = _cells(search_table(results, questions))
    assert head[:5] == ["system", "hit@1", "hit@5", "hit@10", "MRR@10"]
    assert [cell.split()[0] for cell in ours] == ["Ours", "0.250", "0.500", "0.750", "0.406", "–", "25", "38"]
    assert [cell.split()[0] for cell in dated[1:]] == [*4 * ["1.000"], "+0.594", "500", "500"]
    assert rival[:2] == ["Rival", "not measured"]


def test_a_failing_rival_does_not_stop_the_others(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def competing(_: Path) -> list[Entrant]:
        return [
            _python("First", RIVAL),
            _python("Second", "import haystack_of_needles"),
            _python("Third", RIVAL),
        ]

    page = tmp_path / "page.md"
    given = [str(data), "--articles", "6", "--out", str(page)]
    assert main(given, competing=competing) == 0
    for shown in (capsys.readouterr().out, page.read_text()):
        assert "Ingesting 6 articles" in shown
        assert "Finding the articles of 3 questions" in shown
        assert shown.count("| not measured") == 2
        assert "Second was not measured: ModuleNotFoundError: No module named 'haystack_of_needles'." in shown
        assert shown.count("| 1.000 [1.000, 1.000]") == 8
        assert shown.count("| +0.000 [+0.000, +0.000]") == 1
    assert "--articles 6 --questions 150 --seed" in page.read_text()


def test_a_file_of_articles_measures_no_search(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(data / "articles.jsonl")], competing=lambda _: [_python("Rival", RIVAL)]) == 0
    shown = capsys.readouterr().out
    assert "Ingesting 12 articles" in shown
    assert "hit@" not in shown


def test_the_exit_status_shows_what_could_not_run(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "missing")]) == 2
    assert "missing is neither a file" in capsys.readouterr().err
    broken: Callable[[Path], list[Entrant]] = lambda _: [_python("Backfile", "raise SystemExit(3)")]  # noqa: E731
    assert main([str(data)], competing=broken) == 1


def test_every_rival_has_its_requirements() -> None:
    rivals = Path(measuring.__file__).parent / "frameworks"
    modules = [
        entrant.command[-1] for entrant in entrants(Path("python")) if ".frameworks." in entrant.command[-1]
    ]
    assert sorted(f"{module.rpartition('.')[2]}.txt" for module in modules) == sorted(
        path.name for path in rivals.glob("*.txt")
    )
