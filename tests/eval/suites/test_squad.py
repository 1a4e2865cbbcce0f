import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.article import Passage
from assistant.errors import BackfileError
from assistant.evidence.reader.reader import Reader, Reading
from assistant.settings import Settings
from eval.suites import newsqa, squad
from eval.suites.protocol import SuiteOptions
from eval.suites.squad import GoldAnswer, ReaderAnswer, SquadQuestion

TEXT = "The ferry sank off Wick. Nora Hale led the rescue."


class PreparedReader(Reader):
    """Returns prepared readings: for each question the answer and its score."""

    def __init__(self, readings: Mapping[str, tuple[str, float]]) -> None:
        self.readings = readings
        self.headers: list[str] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        words, score = self.readings[question]
        found = []
        for number, (header, text) in enumerate(passages):
            self.headers.append(header)
            if (start := text.find(words)) >= 0:
                found.append(Reading(number, (0, len(text)), (start, start + len(words)), score))
        return found or [Reading(0, (0, 1), (0, 1), -9.0)]


def _set(*asked: tuple[str, list[str]], title: str = "Ferry_disaster") -> dict[str, Any]:
    qas = [
        {
            "id": f"q{number}",
            "question": question,
            "answers": [{"text": answer, "answer_start": TEXT.index(answer)} for answer in answers],
            "is_impossible": not answers,
        }
        for number, (question, answers) in enumerate(asked)
    ]
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": [{"context": TEXT, "qas": qas}]}]}


def _answer(answer: str, score: float, *golds: str) -> ReaderAnswer:
    accepted = tuple(GoldAnswer(TEXT.index(gold), gold) for gold in golds)
    return ReaderAnswer(SquadQuestion("q", "Who?", "", TEXT, accepted, impossible=not golds), answer, score)


def test_no_answer_is_right_only_for_an_unanswerable_question() -> None:
    answers = [
        _answer("off Wick", 3.0, "Wick", "off Wick."),
        _answer("Nora Hale led", 2.0, "Nora Hale"),
        _answer("Wick", -2.0, "Wick"),
        _answer("Wick", -1.0),
        _answer("Wick", 1.0),
    ]
    found = {name: each.value for name, each in squad.summarize(answers).metrics.items()}
    # The first and the fourth are right; two of the second's three words are right.
    assert found["em"] == pytest.approx(2 / 5)
    assert found["f1"] == pytest.approx((1 + 0.8 + 0 + 1 + 0) / 5)
    assert found["em, answerable"] == pytest.approx(2 / 3)
    assert found["f1, answerable"] == pytest.approx((1 + 0.8 + 1) / 3)
    # 3 and 2 are above both -1 and 1; -2 is above neither.
    assert found["auroc"] == pytest.approx(4 / 6)


def test_the_record_of_a_question_has_the_measured_scores() -> None:
    unsure = _answer("Wick", -2.0, "Wick")
    silent = squad.record("dev", unsure, may_abstain=True)
    assert (silent.id, silent.abstained, silent.scores["em"], silent.expected) == (
        "dev q",
        True,
        0,
        ("Wick",),
    )
    forced = squad.record("dev", unsure, may_abstain=False)
    assert (forced.abstained, forced.scores["em"], forced.short) == (False, 1, "Wick")


def test_without_unanswerable_questions_the_reader_never_abstains() -> None:
    found = squad.summarize([_answer("Wick", -2.0, "Wick"), _answer("Hale", 1.0, "Nora Hale")]).metrics
    assert {name: each.value for name, each in found.items()} == {"em": 0.5, "f1": pytest.approx(5 / 6)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of two files, one of them gzipped."""
    (tmp_path / "squad").mkdir()
    asked = _set(("Where did it sink?", ["Wick"]), ("Who sank it?", []))
    (tmp_path / "squad" / "mine.json").write_text(json.dumps(asked))
    shifted = json.dumps(_set(("Who led?", ["Nora Hale"]), title="The ferry sank off"))
    (tmp_path / "squad" / "nyt_v1.0.json.gz").write_bytes(gzip.compress(shifted.encode()))
    (tmp_path / "squad" / "README.md").write_text("none")
    return tmp_path


def test_each_file_is_a_part_and_known_files_have_published_figures(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = {
        "Where did it sink?": ("Wick", 2.0),
        "Who sank it?": ("Nora", -1.0),
        "Who led?": ("Nora Hale", 1.0),
    }
    reader = PreparedReader(readings)
    monkeypatch.setattr(squad, "require_reader", lambda: reader)
    measured = squad.measure(SuiteOptions(settings=Settings(), data=data))
    assert {name: (part.n, part.metrics["em"].value) for name, part in measured.parts.items()} == {
        "mine": (2, 1.0),
        "nyt_v1.0": (1, 1.0),
    }
    assert (measured.overall.n, measured.overall.metrics["auroc"].value) == (3, 1.0)
    # The third title is only the beginning of its text.
    assert reader.headers == ["Ferry disaster.", "Ferry disaster.", ""]
    [published] = measured.published
    assert (published.title, published.ours["Backfile's reader"]["f1"]) == ("nyt_v1.0", 1.0)
    assert "    SpanBERT" in "\n".join(measured.footer_lines())
    assert measured.notes == ()
    alone = squad.measure(SuiteOptions(settings=Settings(), data=data / "squad" / "mine.json", every=2))
    assert (list(alone.parts), alone.overall.n) == (["mine"], 1)


def test_files_that_trained_the_reader_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dev-v2.0.json").write_text(json.dumps(_set(("Where?", ["Wick"]))))
    monkeypatch.setattr(squad, "require_reader", lambda: PreparedReader({"Where?": ("Wick", 1.0)}))
    [note] = squad.measure(SuiteOptions(settings=Settings(), data=tmp_path)).notes
    assert note.startswith("dev-v2.0: the reader was mostly trained on this file")


def test_questions_without_published_answers_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _set(("Where?", ["Wick"]), ("Who?", []))
    del content["data"][0]["paragraphs"][0]["qas"][1]["is_impossible"]
    path = tmp_path / "test.json"
    path.write_text(json.dumps(content))
    monkeypatch.setattr(squad, "require_reader", lambda: PreparedReader({"Where?": ("Wick", 1.0)}))
    measured = squad.measure(SuiteOptions(settings=Settings(), data=path))
    assert (measured.overall.n, measured.notes) == (1, ("test: 1 questions have no published answer",))
    del content["data"][0]["paragraphs"][0]["qas"][0]
    path.write_text(json.dumps(content))
    with pytest.raises(
        BackfileError, match="no question in test has a published answer: give a part with answers"
    ):
        squad.measure(SuiteOptions(settings=Settings(), data=path))


def test_newsqa_loads_only_answered_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newsqa").mkdir()
    content = _set(("Where did it sink?", ["Wick"]), ("Who sank it?", []), ("Who led?", ["Nora Hale"]))
    (tmp_path / "newsqa" / "stories.json").write_text(json.dumps(content))
    assert [question.text for question in newsqa.load(tmp_path)] == ["Where did it sink?", "Who led?"]


def test_an_answer_that_occurs_twice_outweighs_a_better_score() -> None:
    passage = Passage("a", 1, 0, 46, "It left Thurso. It sank off Wick. Wick mourns.")
    thurso = Reading(0, sentence=(0, 15), answer=(8, 14), score=9.0)
    wick = Reading(0, sentence=(16, 33), answer=(28, 32), score=8.5)
    again = Reading(0, sentence=(34, 46), answer=(34, 38), score=8.5)
    assert newsqa.weighed("Where did it sink?", [passage], [thurso, wick]) == "Thurso"
    assert newsqa.weighed("Where did it sink?", [passage], [thurso, wick, again]) == "Wick"


def _broken(change: Callable[[dict[str, Any]], object]) -> str:
    content = _set(("Where?", ["Wick"]), ("Who?", ["Nora Hale"]))
    change(content)
    return json.dumps(content)


def _qas(content: dict[str, Any]) -> Any:
    return content["data"][0]["paragraphs"][0]["qas"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data": [\n  {"title": "x",}\n]}', ", line 2: this is not JSON"),
        ("[]", ", at its beginning, is not in SQuAD's format"),
        ('{"data": []}', "holds no question"),
        (
            _broken(lambda c: _qas(c)[1].pop("question")),
            "data[0].paragraphs[0].qas[1], is not in SQuAD's format",
        ),
        (_broken(lambda c: _qas(c)[1].pop("question")), "it lacks 'question'"),
        (
            _broken(lambda c: _qas(c)[0].pop("answers")),
            "qas[0], is not in SQuAD's format (it lacks 'answers')",
        ),
        (_broken(lambda c: _qas(c)[0].update(answers=[{"text": "Wick"}])), "it lacks 'answer_start'"),
        (_broken(lambda c: _qas(c)[0].update(answers="Wick")), "qas[0], is not in SQuAD's format"),
        (_broken(lambda c: c["data"][0].pop("paragraphs")), "it lacks 'paragraphs'"),
        (
            _broken(lambda c: c["data"][0]["paragraphs"][0].update(context=None)),
            "context and question must be text",
        ),
    ],
)
def test_an_error_in_the_format_names_its_place(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(text)
    with pytest.raises(BackfileError) as caught:
        squad.load(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "get it again" in str(caught.value) or "get the file again" in str(caught.value)


def test_a_folder_without_files_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BackfileError, match=r"holds no \.json or \.json\.gz: give --data a file"):
        squad.files(tmp_path)
    packed = gzip.compress(json.dumps(_set(("Where?", ["Wick"]))).encode())
    for name, content in (("cut.json.gz", packed[:-20]), ("plain.json.gz", b"{}"), ("latin.json", b"\xe9")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackfileError, match=rf"{name} is (damaged|not UTF-8) .*get the file again"):
            squad.load(tmp_path / name)
    with pytest.raises(BackfileError, match=r"cannot read .*none.json .No such file.*give --data"):
        squad.load(tmp_path / "none.json")
