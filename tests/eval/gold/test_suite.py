import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Citation, ListedPassage, Reason, Sentence
from assistant.article import Copy
from assistant.article import Source as ArticleSource
from assistant.assistant import Assistant
from assistant.errors import BackfileError
from assistant.query import Filters
from assistant.settings import Settings
from eval.__main__ import main
from eval.gold.processes import ask_all, run
from eval.gold.questions import GoldQuestion
from eval.gold.sample import with_sample
from eval.gold.scores import Outcome
from eval.gold.suite import metrics, parts, record
from eval.metrics import Place
from eval.runs import CitedExcerpt
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
    confidence: float | None = None,
    dated: str | None = None,
    also: Sequence[str] = (),
) -> Answer:
    source = ArticleSource(title="Title", outlet=None, published=None, url=None)
    return Answer(
        question="How many?",
        standalone="How many?",
        mode="quote",
        sentences=(Sentence(sentence, (1,) if cited else ()),) if sentence else (),
        citations=tuple(
            Citation(n=n, quote=sentence, **place._asdict(), source=source)
            for n, place in enumerate(cited, start=1)
        ),
        short_answer=short,
        short_answer_date=dated,
        confidence=confidence,
        reason_code=reason,
        passages=tuple(
            ListedPassage(
                **place._asdict(),
                source=replace(source, also=tuple(Copy(article, None, None) for article in also)),
                score=1,
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


def test_what_is_found_is_measured_by_passage_article_and_family() -> None:
    # The copy's passage proves nothing itself; the Beacon's lies beside the proof.
    copy, beside = Place("copy", 1, 0, 50), Place("beacon", 1, 0, 99)
    found = _values(Outcome(_question(), _answer("1,500.", found=[copy, beside, LEDGER], also=["ledger"])))
    assert (found["passage hit@1"], found["article hit@1"], found["family hit@1"]) == (0, 0, 1)
    assert (found["passage hit@5"], found["passage recall@10"], found["article recall@10"]) == (1, 0.5, 1)
    assert (found["passage mrr@10"], found["article mrr@10"], found["family mrr@10"]) == (1 / 3, 1 / 2, 1)
    best = 1 + 0.63093
    assert found["passage ndcg@10"] == pytest.approx(0.5 / best, abs=1e-5)
    assert found["article ndcg@10"] == pytest.approx((0.63093 + 0.5) / best, abs=1e-5)
    assert found["family ndcg@10"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ({}, _answer("It was 1,500 people.", short="900"), 1),
        ({}, _answer("It was 15,000 people.", short="1,500"), 0),
        ({}, _answer(reason="not_in_archive"), 0),
        ({"kind": "yes_no", "answers": ("yes",)}, _answer("They agreed.", short="Yes"), 1),
        ({"kind": "yes_no", "answers": ("yes",)}, _answer("They said yes.", short="no"), 0),
        ({"kind": "list", "answers": ()}, _answer("Both.", cited=[BEACON]), 1),
        ({"kind": "list", "answers": ()}, _answer("None.", cited=[Place("beacon", 1, 0, 9)]), 0),
        ({"proofs": (), "answers": (), "reason": "outside_dates"}, _answer(reason="not_in_archive"), 1),
        ({"proofs": (), "answers": (), "reason": "outside_dates"}, _answer("1,500."), 0),
    ],
)
def test_what_is_right(question: dict[str, Any], answer: Answer, expected: float) -> None:
    assert _values(Outcome(_question(**question), answer))["right"] == expected


def test_a_date_is_right_if_it_is_the_accepted_one_as_said_or_as_resolved() -> None:
    question = _question(kind="when", answers=("12 May", "on Sunday"))
    for short, dated, expected in (
        ("on May 12th", None, 1),
        ("Sunday", "2024-05-12", 1),
        ("Sunday", "2024-05-19", 0),
        (None, None, 0),
    ):
        answer = _answer("It was.", short=short, dated=dated)
        assert _values(Outcome(question, answer))["date right"] == expected
    assert "date right" not in _values(
        Outcome(_question(kind="when", answers=("at noon",)), _answer("At noon."))
    )
    assert "date right" not in _values(Outcome(_question(answers=("12 May",)), _answer("On 12 May.")))


def test_an_attribution_is_right_if_a_sentence_names_the_speaker_and_cites_the_proof() -> None:
    question = _question(kind="attribution", answers=("Nora Hale",))
    elsewhere = Place("ledger", 1, 50, 60)
    assert _values(Outcome(question, _answer("Nora Hale said so.", cited=[LEDGER])))["attribution right"] == 1
    assert (
        _values(Outcome(question, _answer("Nora Hale said so.", cited=[elsewhere])))["attribution right"] == 0
    )
    assert (
        _values(Outcome(question, _answer("Ida Brandt said so.", cited=[LEDGER])))["attribution right"] == 0
    )
    assert "attribution right" not in _values(Outcome(_question(), _answer("1,500.", cited=[LEDGER])))


def test_sentences_are_supported_by_what_the_archive_holds_at_the_citation() -> None:
    def source(cited: str) -> CitedExcerpt:
        return CitedExcerpt(n=1, about="", before="", cited=cited, after="", proves=True)

    answer = _answer("It was 1,500 people.", cited=[LEDGER])
    assert (
        _values(Outcome(_question(), answer, (source("In all it was 1,500 people."),)))["sentences supported"]
        == 1
    )
    assert _values(Outcome(_question(), answer, (source("people. The"),)))["sentences supported"] == 0
    assert _values(Outcome(_question(), _answer("It was 1,500.")))["sentences supported"] == 0


def test_confidence_is_judged_on_what_is_answered() -> None:
    right, wrong = _answer("1,500.", confidence=0.8), _answer("900.", confidence=0.4)
    silent = _answer(reason="not_in_archive", confidence=0.1)
    found = metrics([Outcome(_question(), answer) for answer in (right, wrong, silent)])
    # Gaps of .2 and .4; no risk for the surer one, of one half for both.
    assert found["calibration error"].value == pytest.approx(0.3)
    assert found["risk-coverage area"].value == pytest.approx(0.25)
    assert found["risk-coverage area"].n == 2
    picked = metrics([Outcome(_question(), _answer("1,500.", confidence=1.7))])
    assert "calibration error" not in picked and "risk-coverage area" in picked
    assert "risk-coverage area" not in metrics([Outcome(_question(), silent)])


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


def test_the_halves_are_parts_and_so_are_the_types_of_the_measuring_one() -> None:
    measuring = _question(event="gaza-night"), _question(event="gaza-night", kind="who")
    outcomes = [Outcome(question, _answer()) for question in (*measuring, _question(event="museum-break-in"))]
    assert [(name, len(some)) for name, some in parts(outcomes).items()] == [
        ("measuring", 2),
        ("choosing", 1),
        ("measuring: how_many", 1),
        ("measuring: who", 1),
        ("how_many", 2),
        ("who", 1),
    ]


def test_a_question_that_cannot_be_asked_is_named(assistant: Assistant) -> None:
    with pytest.raises(BackfileError, match="the question 'q' cannot be asked: the question is empty"):
        list(run(assistant, [_question(text=" ")]))


@pytest.mark.models
def test_in_several_processes_the_same_is_answered_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "a.txt").write_text(
        "Storm breaks the wall\n\nThe storm broke the sea wall on Friday. Nora Hale will have it mended.\n"
    )
    settings = with_sample(Settings(reader="small"), sample=tmp_path / "desk")
    questions = [
        _question(id=text, text=text)
        for text in ("What broke the sea wall?", "Who will have it mended?", "When did it break?")
    ]
    one, two = (
        [replace(record(each), milliseconds=None) for each in ask_all(settings, questions, processes=number)]
        for number in (1, 2)
    )
    assert [each.short for each in one[:2]] == ["The storm", "Nora Hale"]
    assert [each.id for each in two] == [question.id for question in questions]
    assert two == one
    with pytest.raises(BackfileError, match="the question 'q' cannot be asked: the question is empty"):
        list(ask_all(settings, [*questions, _question(text=" ")], processes=2))


def test_what_is_kept_shows_the_citation_in_its_passage_and_what_was_expected(assistant: Assistant) -> None:
    article = next(each for each in assistant.articles() if each.title.startswith("Council"))
    start = article.text.index("nine votes to six")
    question = _question(
        id="votes",
        text="By how many votes did the council pass the budget of 61 million crowns?",
        answers=("nine votes to six",),
        proofs=((Place(article.id, 1, start, start + 17),),),
        as_of=date(2024, 2, 21),
        filters=Filters(outlets=("Ellery Beacon",)),
    )
    [outcome] = run(assistant, [question])
    kept = record(outcome)
    [source, *_] = kept.sources
    assert source.before + source.cited + source.after == article.text[: len(article.text)]
    assert (source.cited, source.proves) == (outcome.answer.citations[0].quote, True)
    assert source.about == "Council passes budget · Ellery Beacon · 2024-02-20"
    assert (kept.expected, kept.proofs) == (("nine votes to six",), ("nine votes to six",))
    assert kept.asked == ("on 2024-02-21", "only Ellery Beacon")
    assert (kept.scores["right"], kept.scores["sentences supported"], kept.found[0].proves) == (1, 1, True)
    assert kept.confidence == outcome.answer.confidence is not None


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


def test_wrong_arguments_are_refused_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["realtimeqa"], "give the folder that holds it with --data"),
        (["gilt"], "there is no suite 'gilt'; there are gold, realtimeqa"),
        (["gold", "--every", "0"], "'0' is not a whole number of 1 or more"),
        (["gold", "--lower", "a reason"], "--lower needs --pin, and a reason"),
        (["gold", "--pin", "--lower", " "], "--lower needs --pin, and a reason"),
        (["gold", "--pin", "--gold", "mine.jsonl"], "--pin needs the project's own set"),
        (["newsqa", "--data", ".", "--pin"], "--pin works only for gold"),
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
    kept, report = tmp_path / "run.json", tmp_path / "page.html"
    assert main(["gold", "--gold", str(path), "--save", str(kept), "--report", str(report)]) == 0
    assert "gold: 2 questions" in capsys.readouterr().out
    assert main(["compare", str(kept), str(kept)]) == 0
    assert "2 questions in both runs, 0 with changed scores" in capsys.readouterr().out
    assert "How many steps do the sheep stairs have?" in report.read_text()
    assert main(["gold", "--gold", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read" in capsys.readouterr().err
