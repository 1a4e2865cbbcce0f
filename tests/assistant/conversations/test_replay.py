"""Replaying an export: what counts as changed, and what is said."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from assistant.answer import Answer, Reply
from assistant.assistant import Assistant
from assistant.conversations import Options
from assistant.conversations.export.document import Export, collect
from assistant.conversations.replay import ReplayedTurn, replay, unanswered, verify
from assistant.query import Exchange
from tests.assistant.conversations.conftest import BEACON, Kept

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
BUDGET = "The council passed a budget of 61 million crowns on Tuesday by nine votes to six."


def exported(kept: Kept) -> Export:
    return collect(kept.conversations, kept.conversations.list(), kept.assistant, exported=NOON)


def said(turn: ReplayedTurn) -> str:
    return "\n".join(turn.lines())


def test_an_unchanged_archive_gives_the_same_answers(kept: Kept) -> None:
    for turns in (list(replay(exported(kept), kept.assistant)), list(verify(exported(kept), kept.assistant))):
        assert [turn.is_same for turn in turns] == [True, True]
        assert said(turns[0]) == "  1. Who passed a budget of 61 million crowns?: same"


def test_a_corrected_article_is_a_change(kept: Kept) -> None:
    export = exported(kept)
    rest = " Mayor Ida Brandt called it prudent. The opposition wanted more for schools."
    kept.change("Council passes budget", text=BUDGET.replace("61", "64") + rest)
    first, second = verify(export, kept.assistant)
    assert (first.is_same, second.is_same) == (False, True)
    assert "[1] Ellery Beacon, 20 February 2024, “Council passes budget”: The article was corrected" in said(
        first
    )
    first, second = replay(export, kept.assistant)
    assert (first.is_same, second.is_same) == (False, True)
    assert "Other words of the article are now cited: “The council passed a budget of 64 million" in said(
        first
    )
    assert "The answer is now: " in said(first)
    assert "Made with another state of the archive" in said(first)


def test_a_question_that_is_refused_now_is_a_change_and_ends_nothing(kept: Kept) -> None:
    stored = exported(kept).to_json()
    stored["conversations"][0]["turns"][0]["options"]["filters"]["outlets"] = ["Nowhere Times"]
    first, second = replay(Export.from_json(stored), kept.assistant)
    assert (first.is_same, second.is_same) == (False, True)
    [difference] = first.differences
    assert difference.startswith("The question cannot be asked any more: ")
    assert "Nowhere Times" in difference


def test_a_removed_article_is_a_change(kept: Kept) -> None:
    export = exported(kept)
    kept.remove("https://ledger.example/ferry")
    for run in (verify, replay):
        first, second = run(export, kept.assistant)
        assert (first.is_same, second.is_same) == (True, False)
        assert "The article is no longer in the archive." in said(second)
    assert "It is no longer cited." in said(second)
    assert all(citation["differences"] for citation in second.to_json()["citations"])


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"quote": "The council rejected a budget"}, "The quoted words are not at characters 0 to 81."),
        ({"start": 1, "end": 82}, "The quoted words are not at characters 1 to 82."),
        ({"version": 7}, "The archive does not have version 7 of the article."),
        ({"article": "0" * 16}, "The article is no longer in the archive."),
    ],
)
def test_a_quote_that_was_altered_is_found_without_asking(
    kept: Kept, changes: dict[str, Any], difference: str
) -> None:
    stored = exported(kept).to_json()
    stored["conversations"][0]["turns"][0]["answer"]["citations"][0].update(changes)
    first, _ = verify(Export.from_json(stored), kept.assistant)
    assert difference in said(first)


def test_a_text_with_another_digest_is_found(kept: Kept) -> None:
    stored = exported(kept).to_json()
    stored["conversations"][0]["turns"][0]["answer"]["citations"][0]["text_sha256"] = "0" * 64
    first, _ = verify(Export.from_json(stored), kept.assistant)
    assert "its digest differs" in said(first)


def test_questions_without_an_answer_are_counted(kept: Kept) -> None:
    kept.conversations.add_question(kept.id, "Who?")
    assert unanswered(exported(kept)) == 1
    assert len(list(verify(exported(kept), kept.assistant))) == 2


def test_a_question_is_asked_again_as_it_was_asked(kept: Kept) -> None:
    options = Options(filters=BEACON, as_of=date(2024, 3, 1), any_time=True, any_outlet=True)
    for each in (options, Options(alone=True)):
        number = kept.conversations.add_question(kept.id, "And in March?", each)
        kept.conversations.complete(kept.id, number, replace(kept.answer(2), question="And in March?"))
    export = exported(kept)
    asked: list[dict[str, Any]] = []

    class Recording:
        article = kept.assistant.article

        def ask(self, question: str, **given: Any) -> Reply:
            asked.append({"question": question, **given})

            def steps() -> Any:
                yield ""
                return kept.answer(2)

            return Reply(steps())

    list(replay(export, Recording()))  # type: ignore[arg-type]
    *_, third, fourth = asked
    day = export.conversations[0].turns[2].turn.asked
    assert day is not None
    assert third == {
        "question": "And in March?",
        "history": [Exchange(answer.question, answer.text) for answer in (kept.answer(1), kept.answer(2))],
        "filters": BEACON,
        "as_of": date(2024, 3, 1),
        "today": day.astimezone().date(),
        "any_time": True,
        "any_outlet": True,
    }
    assert fourth["history"] == []


def test_last_week_is_counted_from_the_day_on_which_it_was_asked(assistant: Assistant) -> None:
    question = "What did the council pass last month?"
    then = assistant.ask(question, today=date(2024, 3, 10)).answer
    assert isinstance(then, Answer)
    assert then.time_frame is not None
    assert (then.time_frame.first, then.time_frame.last) == (date(2024, 2, 1), date(2024, 2, 29))
