import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import BackfileError
from assistant.query import Exchange
from assistant.question.followups import wordings
from assistant.settings import Settings
from eval.suites import follow_ups
from eval.suites.corpus import Corpus, article_id
from eval.suites.follow_ups import Turn, TurnResult
from tests.fakes import WordEncoder

HALE = ["Nora Hale", "Career"]
ASKED = "Where did Nora Hale work?"
OFFICE = "She kept the books of the harbour office."
LEFT = "She left in 1998 after a quarrel."

CANARD: list[dict[str, Any]] = [
    {"History": HALE, "Question": ASKED, "Question_no": 1, "Rewrite": ASKED},
    {
        "History": [*HALE, ASKED, OFFICE],
        "Question": "When did she leave?",
        "Question_no": 2,
        "Rewrite": "When did Nora Hale leave the harbour office?",
    },
    {
        "History": [*HALE, ASKED, OFFICE, "When did she leave?", LEFT],
        "Question": "Why?",
        "Question_no": 3,
        "Rewrite": "Why did Nora Hale leave the harbour office?",
    },
    {
        "History": [*HALE, ASKED, OFFICE, "When did she leave?", LEFT, "Why?", "I don't know."],
        "Question": "Did she come back?",
        "Question_no": 4,
        "Rewrite": "Did Nora Hale come back to the harbour office?",
    },
]
TOPICS = [
    {
        "number": 31,
        "turn": [
            {"number": 1, "raw_utterance": "What is cod?"},
            {"number": 2, "raw_utterance": "Is it endangered? "},
            {"number": 3, "raw_utterance": "What is Ling Bank?"},
        ],
    }
]
RESOLVED = ["31_1\tWhat is cod?", "31_2\tIs cod endangered?", "31_3\tWhat is Ling Bank?"]


def _turns(*three: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "raw_utterance": raw,
            "manual_rewritten_utterance": manual,
            "automatic_rewritten_utterance": automatic,
        }
        for number, (raw, manual, automatic) in enumerate(three, start=1)
    ]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder, so that the tests share the archives they make."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The three sets, small, as their repositories name them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    made = tmp_path / "follow_ups"
    made.mkdir()
    rows = [json.dumps({"QuAC_dialog_id": "C_1", **row}) for row in CANARD]
    (made / "canard-dev.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    (made / "evaluation_topics_v1.0.json").write_text(json.dumps(TOPICS))
    (made / "evaluation_topics_annotated_resolved_v1.0.tsv").write_text("\r\n".join(RESOLVED))
    topic = {
        "number": 81,
        "turn": _turns(("Tell me of Wick.", "Tell me of Wick.", "x"), ("Why?", "Why Wick?", "y")),
    }
    (made / "2020_manual_evaluation_topics_v1.0.json").write_text(json.dumps([topic]))
    return made


def test_the_sets_are_read_with_their_texts(folder: Path) -> None:
    canard, cast_2020, cast_2019 = follow_ups.load(folder.parent)
    # The first turn follows nothing, the third has no answer, and the fourth's is unknown.
    [turn] = canard.turns
    assert (turn.question, turn.history) == ("When did she leave?", (Exchange(ASKED, OFFICE),))
    assert dict(turn.rewrites) == {"human": "When did Nora Hale leave the harbour office?"}
    assert (turn.wanted, turn.topic) == ("C_1 2", frozenset({"C_1 1", "C_1 2"}))
    assert turn.answered_before == frozenset({"C_1 1"})
    assert [(text.id, text.title, text.text) for text in canard.corpus] == [
        ("C_1 1", "Nora Hale: Career", OFFICE),
        ("C_1 2", "Nora Hale: Career", LEFT),
    ]
    assert [(turn.question, turn.rewrites["human"]) for turn in cast_2019.turns] == [
        ("Is it endangered?", "Is cod endangered?"),
        ("What is Ling Bank?", "What is Ling Bank?"),
    ]
    assert cast_2019.turns[1].excluded == frozenset({"what is cod?", "is cod endangered?"})
    assert cast_2019.turns[1].history == (Exchange("What is cod?", ""), Exchange("Is it endangered?", ""))
    assert [text.text for text in cast_2019.corpus] == [
        "What is cod?",
        "Is cod endangered?",
        "What is Ling Bank?",
    ]
    assert dict(cast_2020.turns[0].rewrites) == {"human": "Why Wick?", "model": "y"}
    assert [each.name for each in (canard, cast_2020, cast_2019)] == ["canard", "cast 2020", "cast 2019"]


def test_a_follow_up_is_searched_alone_and_with_its_history(folder: Path) -> None:
    cast = follow_ups.load(folder.parent)[2]
    turn, changed = cast.turns
    assert turn.searches() == {
        "bare": {"Is it endangered?": 1},
        "history": wordings(turn.question, turn.history),
        "human": {"Is cod endangered?": 1},
    }
    assert list(turn.searches()["history"]) == ["What is cod? Is it endangered?", "Is it endangered?"]
    assert changed.searches()["history"] == {"What is Ling Bank?": 1}
    with Corpus.opened("cast", cast.corpus, Settings(), encoder=WordEncoder()) as corpus:
        result = follow_ups.run(corpus, turn)
    assert result.ranked["human"][0] == article_id("is cod endangered?")
    # The earlier question is not the one asked now.
    assert result.ranked["history"][0] == article_id("is cod endangered?")
    assert article_id("what is cod?") not in result.ranked["history"]


def _result(**found: str) -> TurnResult:
    """A result by wording: each letter is a text found; `a` is right, `b` is of the same conversation."""
    turn = Turn("And?", (), {}, "a", frozenset("ab"))
    return TurnResult(turn, {way: [article_id(text) for text in texts] for way, texts in found.items()})


def test_wordings_are_scored_by_the_rank_of_the_right_text() -> None:
    results = [_result(bare="xb", history="ba", human="ab"), _result(bare="xa", history="ax", human="a")]
    found = {name: each.value for name, each in follow_ups.summarize(results).metrics.items()}
    assert (found["bare hit@1"], found["history hit@1"], found["human hit@1"]) == (0, 0.5, 1)
    assert (found["bare hit@5"], found["bare MRR@10"], found["history MRR@10"]) == (0.5, 0.25, 0.75)
    assert (found["bare topic hit@1"], found["history topic hit@1"]) == (0, 1)
    kept = follow_ups.record("a set", 2, results[1])
    assert (kept.id, kept.question) == ("a set 2", "And?")
    assert (kept.scores["bare MRR@10"], kept.scores["history hit@1"]) == (0.5, 1)
    # History goes from .25 to .75, where human reaches 1.
    assert found["gap closed"] == pytest.approx(2 / 3)


def test_earlier_answers_can_be_removed_from_every_wording() -> None:
    result = _result(bare="xb", history="ba", human="ba")
    answered_before = replace(result, turn=replace(result.turn, answered_before=frozenset("b")))
    assert (
        follow_ups.without_earlier_answers(answered_before).ranked
        == _result(bare="x", history="a", human="a").ranked
    )
    assert follow_ups.without_earlier_answers(result) == result


def test_wordings_that_some_turns_lack_and_missing_gaps_are_left_out() -> None:
    some = _result(bare="a", history="a", human="a", model="a")
    found = follow_ups.summarize([_result(bare="a", history="a", human="a"), some]).metrics
    assert "gap closed" not in found
    assert "model hit@1" not in found
    alone = follow_ups.summarize([_result(bare="x", history="x", human="a", model="xa")]).metrics
    assert (alone["gap closed"].value, alone["gap closed, model"].value) == (0, 0.5)


def test_mtrags_figures_are_printed(folder: Path) -> None:
    cast = follow_ups.load(folder.parent)[2]
    with Corpus.opened("cast", cast.corpus, Settings(), encoder=WordEncoder()) as corpus:
        part = follow_ups.summarize([follow_ups.run(corpus, turn) for turn in cast.turns])
    lines = "\n".join(follow_ups.published_comparison({"cast 2019": part}).lines())
    assert "Backfile, cast 2019" in lines
    assert "MTRAG (R@5), BM25" in lines
    assert "compare only the distances between columns" in lines


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("canard.jsonl", '{"QuAC_dialog_id": "x"}', "line 1: it lacks 'History'; each line must be"),
        (
            "canard.jsonl",
            json.dumps({**CANARD[0], "History": []}),
            "line 1: History must begin with page and section",
        ),
        (
            "canard.jsonl",
            json.dumps({**CANARD[0], "Rewrite": 1}),
            "line 1: History, Question and Rewrite must be text",
        ),
        (
            "canard.jsonl",
            json.dumps({"QuAC_dialog_id": "x", **CANARD[0]}),
            "holds no follow-up with its answer",
        ),
        ("evaluation_topics_v1.0.json", "[\n{,", "line 2: this is not JSON"),
        ("evaluation_topics_v1.0.json", "[]", "holds no follow-up"),
        ("evaluation_topics_v1.0.json", "{}", "holds no follow-up"),
        (
            "evaluation_topics_v1.0.json",
            json.dumps([{"number": 31, "turn": [{"number": 1}]}]),
            "topic 31, turn 1, is not in CAsT's format (it lacks 'raw_utterance')",
        ),
        (
            "evaluation_topics_v1.0.json",
            json.dumps([{"number": 32, "turn": [{"number": 1, "raw_utterance": "What?"}]}]),
            "topic 32, turn 1, is not in CAsT's format (it lacks '32_1')",
        ),
        ("evaluation_topics_annotated_resolved_v1.0.tsv", "31_1\tWhat?\n31_2", "line 2: there is no tab"),
        ("evaluation_topics_annotated_resolved_v1.0.tsv", None, "cannot read"),
    ],
)
def test_an_error_names_file_line_and_remedy(
    name: str, content: str | None, message: str, folder: Path
) -> None:
    path = folder / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(BackfileError) as answered_before:
        follow_ups.load(folder.parent)
    assert str(path) in str(answered_before.value)
    assert message in str(answered_before.value)
    assert "get the file again" in str(answered_before.value) or "give --data" in str(answered_before.value)


def test_a_folder_without_any_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BackfileError, match=r"holds neither CANARD .* nor CAsT .*: give --data the folder above"
    ):
        follow_ups.load(tmp_path)
