"""Questions drafted from judged answers, and asked again as evaluation questions."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, AskedTime, Sentence
from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.conversations import Conversations, Feedback, Options
from assistant.query import Exchange, Filters
from eval.__main__ import main
from eval.drafting.review import review
from eval.gold.questions import load

BUDGET = "Who passed a budget of 61 million crowns?"
FERRY = "How many sailings were cancelled?"
ASKED = datetime(2024, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def conversations(archive: ArchiveFolder) -> Iterator[Conversations]:
    with closing(Conversations(archive.conversations, now=lambda: ASKED)) as opened:
        yield opened


@pytest.fixture
def judge(conversations: Conversations, assistant: Assistant) -> Any:
    """Ask a question, change its answer, and judge it."""

    def ask_and_judge(
        question: str, feedback: Feedback, options: Options = Options(), **changes: Any
    ) -> Answer:
        answer = replace(assistant.ask(question, filters=options.filters).answer, **changes)
        number = conversations.add_question("one", question, options)
        conversations.complete("one", number, answer)
        conversations.give_feedback("one", number, feedback)
        return answer

    return ask_and_judge


def drafted(archive: ArchiveFolder, path: Path) -> list[dict[str, Any]]:
    assert main(["draft", "--from-feedback", "--archive", str(archive.path), "--out", str(path)]) == 0
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_answer_judged_right_becomes_a_question_with_its_proof(
    judge: Any, archive: ArchiveFolder, tmp_path: Path
) -> None:
    options = Options(filters=Filters(outlets=("Ellery Beacon",)))
    answer = judge(BUDGET, Feedback("right", "Checked\nwith the clerk."), options, short_answer="The council")
    [row] = drafted(archive, tmp_path / "drafts.jsonl")
    assert (row["question"], row["answers"], row["type"], row["accepted"]) == (
        BUDGET,
        ["The council"],
        "who",
        False,
    )
    assert row["support"] == [{"quote": answer.citations[0].quote, "article": f"{tmp_path.name}/desk.json#2"}]
    assert row["note"] == "Judged right: Checked with the clerk."
    assert row["filters"] == {"outlets": ["Ellery Beacon"]}
    assert "as_of" not in row
    (tmp_path / "drafts.jsonl").write_text(json.dumps({**row, "accepted": True}))
    with closing(Catalog.open(archive.catalog)) as catalog:
        [question] = load(tmp_path / "drafts.jsonl", catalog)
    assert question.filters == options.filters


def test_an_answer_judged_wrong_leaves_answer_and_proof_to_a_person(
    judge: Any, archive: ArchiveFolder, tmp_path: Path
) -> None:
    path = tmp_path / "drafts.jsonl"
    wrong = judge(FERRY, Feedback("wrong", "The union said 40."), short_answer="12")
    judge(BUDGET, Feedback("wrong_citation"), Options(alone=True), short_answer="The council")
    first, second = drafted(archive, path)
    assert (first["type"], first["answers"], first["support"]) == ("how_many", [], [])
    assert first["note"] == f"Judged wrong: The union said 40. Backfile answered: {wrong.text}"
    assert (second["answers"], second["support"]) == (["The council"], [])
    typed = iter(
        [
            "e",
            "",
            "40 | forty",
            "The company said 12 sailings were cancelled.",
            f"{tmp_path.name}/desk.json#1",
            "s",
        ]
    )
    review(path, ask=lambda _: next(typed), show=lambda _: None)
    with closing(Catalog.open(archive.catalog)) as catalog:
        [question] = load(path, catalog)
    assert (question.answers, len(question.proofs)) == (("40", "forty"), 1)


def test_a_judged_question_keeps_its_conversation_and_its_day(
    judge: Any, archive: ArchiveFolder, tmp_path: Path
) -> None:
    before = judge(BUDGET, Feedback("right"))
    frame = AskedTime(date(2024, 2, 1), date(2024, 2, 29), "last month", hard=True, applied=True)
    follow_up = "And what did she say last month?"
    judge(
        follow_up, Feedback("right"), standalone=f"{BUDGET} {follow_up}", time_frame=frame, reason_code=None
    )
    _, row = drafted(archive, tmp_path / "drafts.jsonl")
    assert (row["type"], row["as_of"]) == ("follow_up", "2024-03-10")
    assert row["history"] == [vars(Exchange(BUDGET, before.text))]


def test_an_abstention_judged_right_is_a_question_without_an_answer(
    judge: Any, archive: ArchiveFolder, tmp_path: Path
) -> None:
    answer = judge("Who won the dragon boat race in Tallinn?", Feedback("right"))
    assert answer.abstained
    [row] = drafted(archive, tmp_path / "drafts.jsonl")
    assert (row["type"], row["reason_code"]) == ("unanswerable", "not_in_archive")
    assert not {"answers", "support"} & set(row)


def test_citations_of_one_sentence_can_replace_each_other(
    judge: Any, archive: ArchiveFolder, assistant: Assistant, tmp_path: Path
) -> None:
    union, budget = (assistant.ask(question).answer.citations[0] for question in (FERRY, BUDGET))
    citations = (replace(union, n=1), replace(budget, n=2))
    judge(
        FERRY,
        Feedback("right"),
        sentences=(Sentence("Both.", (1, 2)), Sentence("One.", (2,))),
        citations=citations,
    )
    [row] = drafted(archive, tmp_path / "drafts.jsonl")
    assert [each["quote"] for each in row["support"]] == [union.quote, budget.quote]
    assert [(each["quote"], each["instead_of"]) for each in row["also_support"]] == [(budget.quote, 1)]


def test_running_it_again_adds_only_what_is_new(
    judge: Any, archive: ArchiveFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drafts.jsonl"
    judge(BUDGET, Feedback("right"))
    assert len(drafted(archive, path)) == 1
    judge(FERRY, Feedback("wrong"), Options(alone=True))
    judge(FERRY, Feedback("wrong"), Options(alone=True))
    assert len(drafted(archive, path)) == 2
    assert "1 draft added; 1 question already in it left unchanged" in capsys.readouterr().out


def test_without_a_judged_answer_nothing_is_written(
    archive: ArchiveFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "drafts.jsonl"
    assert main(["draft", "--from-feedback", "--archive", str(archive.path), "--out", str(out)]) == 2
    assert "was judged yet" in capsys.readouterr().err
    assert not out.exists()
