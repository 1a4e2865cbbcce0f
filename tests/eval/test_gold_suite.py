import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Citation, Reason, RetrievedPassage, Sentence
from assistant.article import Passage
from assistant.assistant import Assistant
from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.__main__ import main
from eval.gold import GoldQuestion
from eval.gold_suite import Outcome, metrics, parts, run
from eval.metrics import Place
from eval.sample import with_sample
from tests.fakes import WordEncoder

LEDGER = Place("ledger", 1, 0, 50)
BEACON = Place("beacon", 1, 100, 150)


def _question(**changed: object) -> GoldQuestion:
    question = GoldQuestion(
        id="q",
        kind="how_many",
        text="How many?",
        answers=("1,500", "1,500 people"),
        proofs=((LEDGER,), (BEACON,)),
    )
    return replace(question, **changed)  # type: ignore[arg-type]


def _answer(
    sentence: str = "",
    *,
    short: str | None = None,
    cited: Sequence[Place] = (),
    found: Sequence[Place] = (),
    reason: Reason | None = None,
    milliseconds: float = 10.0,
) -> Answer:
    about: dict[str, Any] = {"title": "Title", "outlet": None, "published": None, "url": None}
    return Answer(
        question="How many?",
        standalone="How many?",
        mode="quote",
        sentences=(Sentence(sentence, (1,)),) if sentence else (),
        citations=tuple(
            Citation(n=n, quote=sentence, **place._asdict(), **about)
            for n, place in enumerate(cited, start=1)
        ),
        short_answer=short,
        reason_code=reason,
        passages=tuple(
            RetrievedPassage(
                passage=Passage(*place, text=""), score=1, similarity=1, place=None, corrected=False, **about
            )
            for place in found
        ),
        timings_ms={"total": milliseconds},
    )


def _values(*outcomes: Outcome) -> dict[str, float]:
    return {name: found.value for name, found in metrics(outcomes).items()}


def test_an_answer_is_measured_by_its_words_and_its_spans() -> None:
    elsewhere = Place("ledger", 1, 50, 60)
    answer = _answer(
        "The organisers spoke of 1500 people.",
        short="about 1,500 people",
        cited=[Place("ledger", 1, 40, 90), elsewhere],
        found=[elsewhere, Place("ledger", 2, 0, 50), Place("beacon", 1, 149, 400)],
    )
    found = _values(Outcome(_question(), answer))
    assert found["em"] == 0
    # Two of the answer's three words are those of "1,500 people".
    assert found["f1"] == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert found["answer holds"] == 1
    assert found["citation precision"] == 0.5
    assert found["citation recall"] == 0.5
    # The Ledger's passage beside the span, and the span in another version, prove nothing.
    assert found["passage recall@10"] == 0.5
    assert found["article hit@5"] == found["answered"] == 1
    assert {"abstention precision", "abstention recall", "right reason"}.isdisjoint(found)


def test_any_place_of_a_proof_will_do() -> None:
    question = _question(proofs=((LEDGER, BEACON),))
    assert _values(Outcome(question, _answer("1,500.", cited=[BEACON])))["citation recall"] == 1
    both = _values(Outcome(question, _answer("1,500.", cited=[BEACON, LEDGER])))
    assert both["citation precision"] == both["citation recall"] == 1


def test_an_abstention_costs_the_answer_and_is_right_only_where_there_is_none() -> None:
    answerable = Outcome(_question(), _answer(reason="not_in_archive", found=[LEDGER]))
    other = _question(kind="unanswerable", answers=(), proofs=(), reason="hidden_by_filter")
    right = Outcome(other, _answer(reason="hidden_by_filter"))
    wrong = Outcome(other, _answer(reason="not_in_archive"))
    answered = Outcome(other, _answer("It was 900.", cited=[LEDGER]))
    found = metrics([answerable, right, wrong, answered])
    assert (found["em"].value, found["answer holds"].value, found["citation recall"].value) == (0, 0, 0)
    # Citations of what should not have been answered are counted by abstention alone.
    assert "citation precision" not in found
    assert (found["abstention precision"].value, found["abstention precision"].n) == (2 / 3, 3)
    assert (found["abstention recall"].value, found["abstention recall"].n) == (2 / 3, 3)
    assert (found["right reason"].value, found["right reason"].n) == (1 / 2, 2)


def test_yes_is_a_short_answer_but_no_word_of_a_quote() -> None:
    question = _question(kind="yes_no", answers=("yes",))
    found = _values(Outcome(question, _answer("Reyle said yes.", short="Yes.")))
    assert (found["em"], "answer holds" in found) == (1, False)


def test_latency_is_measured_over_all_questions() -> None:
    outcomes = [Outcome(_question(), _answer(milliseconds=value)) for value in range(101)]
    found = _values(*outcomes)
    assert (found["milliseconds p50"], found["milliseconds p95"]) == (50, 95)


def test_parts_are_types_and_the_unanswerable_by_reason_too() -> None:
    unanswerable = _question(kind="unanswerable", answers=(), proofs=(), reason="outside_dates")
    outcomes = [Outcome(question, _answer()) for question in (_question(), unanswerable)]
    assert {name: len(some) for name, some in parts(outcomes).items()} == {
        "how_many": 1,
        "unanswerable": 1,
        "unanswerable: outside_dates": 1,
    }


def test_a_question_that_cannot_be_asked_is_named(assistant: Assistant) -> None:
    with pytest.raises(BackfileError, match="the question 'q' cannot be asked: the question is empty"):
        list(run(assistant, [_question(text=" ")]))


def test_the_sample_is_ingested_once_for_each_state_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sample = tmp_path / "sample"
    sample.mkdir()
    (sample / "a.txt").write_text("Storm breaks the wall\n\nThe storm broke the sea wall on Friday night.\n")

    def asked() -> tuple[Path, int]:
        encoder = WordEncoder()
        settings = with_sample(Settings(archive=tmp_path / "mine"), sample=sample, encoder=encoder)
        return settings.archive, len(encoder.encoded)

    first, embedded = asked()
    assert embedded > 0
    assert asked() == (first, 0)
    (sample / "a.txt").write_text("Storm spares the wall\n\nThe storm spared the sea wall on Friday night.\n")
    second, embedded = asked()
    assert second != first
    assert embedded > 0
    assert not (tmp_path / "mine").exists()


def test_the_sample_must_be_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(BackfileError, match="run this from a checkout"):
        with_sample(Settings(), sample=tmp_path / "none")
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "a.json").write_text('[{"title": "Nothing but a title"}]')
    with pytest.raises(BackfileError, match="1 records of the sample were set aside"):
        with_sample(Settings(), sample=tmp_path / "sample", encoder=WordEncoder())


def test_the_command_tells_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["realtimeqa"], "give the folder that holds it with --data"),
        (["gilt"], "there is no suite 'gilt'; there are gold, realtimeqa"),
        (["gold", "--every", "0"], "'0' is not a number from 1 up"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert said in capsys.readouterr().err


@pytest.mark.models
def test_the_command_measures_a_gold_file_over_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    row = {
        "id": "steps",
        "type": "how_many",
        "question": "How many steps do the sheep stairs have?",
        "answers": ["214"],
        "support": [{"article": "sample/ellery-beacon.json#12", "quote": "214 steps"}],
    }
    nobody = {
        "id": "x",
        "type": "unanswerable",
        "question": "Who won the chess?",
        "reason_code": "not_in_archive",
    }
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, (row, nobody))))
    assert main(["gold", "--gold", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["suite"], printed["n"], printed["parts"]["how_many"]["n"]) == ("gold", 2, 1)
    assert set(printed["metrics"]["em"]) == {"value", "low", "high", "n"}
    assert printed["metrics"]["article hit@5"]["value"] == 1
    assert main(["gold", "--gold", str(path)]) == 0
    assert "gold: 2 questions" in capsys.readouterr().out
    assert main(["gold", "--gold", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read" in capsys.readouterr().err
