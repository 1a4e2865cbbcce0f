"""The page over canned answers, without a browser: what is drawn, asked and stored."""

import json
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component.constants import EVENT_DELIM
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from assistant.answer import Answer, AskedTime
from assistant.archive.catalog import Catalog
from assistant.article import Article
from assistant.conversations import FILE_NAME, Conversations, Feedback, Turn, UnreadableAnswer
from assistant.errors import ArchiveError, ArchiveMismatch
from assistant.query import Filters
from assistant.web.answering import Answering
from assistant.web.keys import element_key
from tests.assistant.web.fakes import (
    COST,
    COVERAGE,
    HOSTILE,
    MADE_WITH,
    SHARE,
    WALL,
    FakeAssistant,
    answered,
)

if TYPE_CHECKING:
    from assistant.assistant import Assistant

ROOT = Path(__file__).parents[3]
ANSWER_SECONDS = 30.0
Visit = Callable[..., AppTest]


def script(assistant: "Any", conversations: "Any", answering: "Any", archive: "Any") -> None:
    # AppTest runs the source of this function by itself, so it brings its own imports.
    from assistant.web.page import frame, page

    frame()
    page(assistant, conversations, answering, archive)


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    store = Conversations(tmp_path / FILE_NAME)
    yield store
    store.close()


@pytest.fixture
def visit(
    assistant: FakeAssistant, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visit]:
    """Open the page in a session of its own, at a conversation or at the first screen."""

    # AppTest puts the page's script in place of `__main__`; a later test's child processes would run it again.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def open(
        conversation: str | None = None,
        *,
        archive: str = "archive",
        asks: FakeAssistant = assistant,
        stored: Conversations = conversations,
        **parameters: str,
    ) -> AppTest:
        test = AppTest.from_function(
            script,
            default_timeout=ANSWER_SECONDS,
            kwargs={
                "assistant": asks,
                "conversations": stored,
                "answering": Answering(cast("Assistant", asks), stored),
                "archive": Path(archive),
            },
        )
        for name, value in {"c": conversation or "", **parameters}.items():
            if value:
                test.query_params[name] = value
        return test.run()

    yield open
    st.cache_resource.clear()


def html(test: AppTest) -> str:
    return " ".join(element.proto.body for element in test.get("html"))


def answers(test: AppTest) -> list[dict[str, Any]]:
    """Return the data of each answer component on the page."""
    given = [json.loads(element.proto.json) for element in test.get("bidi_component") if element.proto.json]
    return [data["answer"] for data in given if isinstance(data, dict) and "answer" in data]


def open_citation(test: AppTest, answer: int, index: int) -> AppTest:
    """Click a citation of an answer, both counted from 0."""
    return trigger(test, answer, "open", {"list": "citations", "index": index})


def revise(test: AppTest, answer: int, **change: str) -> AppTest:
    """Ask the question of a turn, counted from 0, again: with another `text`, or `without` a restriction."""
    return finished(trigger(test, answer, "revise", change))


def trigger(test: AppTest, answer: int, event: str, value: object) -> AppTest:
    """Report what happened in an answer, as the browser does."""
    components = [each for each in test.get("bidi_component") if '"answer"' in each.proto.json]
    # AppTest drives Streamlit's own widgets only, so the trigger's state is put together here.
    trigger = WidgetState(
        id=f"$$STREAMLIT_INTERNAL_KEY_{components[answer].proto.id}{EVENT_DELIM}events",
        json_trigger_value=json.dumps([{"event": event, "value": value}]),
    )
    states = test._tree.get_widget_states()
    states.widgets.append(trigger)
    return test._run(states)


def ask(test: AppTest, question: str) -> AppTest:
    return finished(test.chat_input[0].set_value(question).run())


def finished(test: AppTest) -> AppTest:
    """Draw the page again until no answer is coming; a browser does so by itself."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while any(button.label == "Stop answering" for button in test.button):
        assert time.monotonic() < deadline, "the answer does not end"
        test.run()
    return test


def text(sentence: dict[str, Any]) -> str:
    return "".join(piece["text"] for piece in sentence["pieces"] if piece["kind"] != "date")


def emphasised(sentence: dict[str, Any]) -> str:
    return "".join(piece["text"] for piece in sentence["pieces"] if piece["kind"] == "emphasis")


def chips(answer: dict[str, Any]) -> list[str]:
    return [chip["words"] for chip in answer["understood"]["chips"]]


def button(test: AppTest, label: str) -> Any:
    return next(button for button in test.button if button.label.replace("\\", "") == label)


def test_the_first_screen_says_what_the_archive_holds_and_what_to_ask(visit: Visit) -> None:
    asks = FakeAssistant(starters=["How much did the harbour wall cost?", "What did the mayor say?"])
    test = visit(asks=asks)
    assert "3 articles from 3 outlets, 1 January 2021 to 31 December 2023" in html(test)
    assert "5 January 2024, 09:12 UTC" in html(test)
    assert "Articles are being added" not in html(test)
    assert "Demonstration archive" not in html(test)
    deadline = time.monotonic() + ANSWER_SECONDS
    while len(asks.asked) < 2 or not any("harbour wall" in each.label for each in test.button):
        assert time.monotonic() < deadline, "the questions to begin with are not asked"
        test.run()
    # A question whose short answer may not stand alone is not suggested.
    assert not any("mayor" in each.label for each in test.button)
    finished(button(test, "How much did the harbour wall cost?").click().run())
    assert [emphasised(answer["sentences"][0]) for answer in answers(test)] == ["2.4 million crowns"]


def test_the_demonstration_archive_has_a_banner(visit: Visit) -> None:
    assert "Demonstration archive" in html(visit(archive="somewhere/archive-sample"))


def test_a_running_ingest_is_shown(visit: Visit) -> None:
    busy = FakeAssistant(replace(COVERAGE, ingesting=True))
    assert "Articles are being added" in html(visit(asks=busy))


def test_an_empty_archive_shows_the_command_that_fills_it(visit: Visit) -> None:
    empty = FakeAssistant(replace(COVERAGE, articles=0, outlets=(), first=None, last=None))
    test = visit(archive="my archive", asks=empty)
    assert [code.value for code in test.code] == ['python -m ingest PATH --archive "my archive"']
    assert not test.chat_input
    assert visit(asks=empty).code[0].value == "python -m ingest PATH"


def test_an_answer_is_drawn_with_numbered_sentences_and_its_sources(visit: Visit) -> None:
    [answer] = answers(ask(visit(), "What will the wall cost?"))
    first, second = answer["sentences"]
    assert text(first) == COST
    assert (emphasised(first), first["introduction"]) == (
        "2.4 million crowns",
        ["Tern Bay Courier", "15 November 2023"],
    )
    assert (text(second), second["introduction"]) == (SHARE, ["The Evening Buoy", "December 2023"])
    assert [first["citations"], second["citations"]] == [[1], [2]]
    assert [source["n"] for source in answer["sources"]] == [1, 2]
    assert answer["sources"][0]["outlet"] == "Tern Bay Courier"
    assert answer["sources"][0]["date"] == "15 November 2023, 06:30 UTC"
    assert answer["sources"][0]["also"] == ["The Evening Buoy"]
    assert answer["sources"][1]["corrected"] is True
    assert [article["title"] for article in answer["nearest"]] == [HOSTILE.title]
    assert answer["about"] == ["Quoted from the archive in 0.2 s"]


@pytest.mark.parametrize(
    ("question", "changes", "headline"),
    [
        ("How much will the wall cost?", {}, "2.4 million crowns"),
        ("How much will the wall cost?", {"confidence": 0.79}, None),
        ("How much will the wall cost?", {"confidence": None}, None),
        ("How much will the wall cost?", {"made_with": None}, None),
        ("How much will the wall cost?", {"made_with": replace(MADE_WITH, reader=None)}, None),
        ("How much will the wall cost?", {"short_answer": "Ines Maddox"}, None),
        ("How much will the wall cost?", {"short_answer": "3 million crowns"}, None),
        ("How much will the wall cost?", {"short_answer": None}, None),
        ("What will the engineer do about the wall?", {"wanted": None}, None),
        ("Will the wall be repaired?", {"short_answer": "yes", "confidence": 0.1}, "yes"),
    ],
)
def test_a_short_answer_stands_alone_only_if_it_is_safe(
    visit: Visit,
    conversations: Conversations,
    question: str,
    changes: dict[str, Any],
    headline: str | None,
) -> None:
    wall = answered("the wall")
    conversations.append("one", replace(wall, **{"question": question, "wanted": "number", **changes}))
    [answer] = answers(visit("one"))
    assert answer["headline"] == headline
    assert answer["heading"] == (None if headline else "Passages that may answer this")


def test_neither_an_abstention_nor_a_chat_answer_is_headed_as_passages(visit: Visit) -> None:
    test = ask(ask(visit(), "Who won the football?"), "What did the mayor say?")
    assert [answer["heading"] for answer in answers(test)] == [None, None]
    assert [sentence["introduction"] for sentence in answers(test)[1]["sentences"]] == [None, None]


def test_a_chat_answer_shows_its_quotes_and_what_was_left_out(visit: Visit) -> None:
    [answer] = answers(ask(visit(), "What did the mayor say?"))
    assert answer["sources"][0]["quote"] == "Mayor Rosa Quill called it “the least bad of all budgets”."
    assert [source["unverified"] for source in answer["sources"]] == [False, True]
    assert answer["warnings"] == [
        "The model's server answered at the second attempt.",
        "Removed: 2 citations that the passages found do not bear out.",
    ]
    assert answer["about"][-1].startswith("Written by openai:example")


def test_an_abstention_offers_the_nearest_articles(visit: Visit) -> None:
    [answer] = answers(ask(visit(), "Who won the football?"))
    assert answer["reason"] == "No article in the archive answers this question."
    assert [article["index"] for article in answer["nearest"]] == [0, 1]


def test_a_follow_up_is_asked_with_the_turns_before_it(visit: Visit, assistant: FakeAssistant) -> None:
    test = ask(ask(visit(), "What will the wall cost?"), "And the mayor?")
    question, history, _ = assistant.asked[-1]
    assert question == "And the mayor?"
    assert [exchange.question for exchange in history] == ["What will the wall cost?"]
    understood = answers(test)[1]["understood"]
    assert understood["isFollowUp"]
    assert understood["standalone"] == "What will the wall cost? (Ines Maddox) And the mayor?"


def test_filters_go_with_the_question(visit: Visit, assistant: FakeAssistant) -> None:
    test = visit()
    test.date_input(key="since").set_value(date(2022, 1, 1))
    test.multiselect(key="outlets").set_value(["Tern Bay Courier"]).run()
    ask(test, "What will the wall cost?")
    assert assistant.asked[-1][2] == Filters(since=date(2022, 1, 1), outlets=("Tern Bay Courier",))
    button(test, "from 1 January 2022").click().run()
    button(test, "Tern Bay Courier").click().run()
    ask(test, "What will the wall cost?")
    assert not assistant.asked[-1][2]


def test_what_restricts_a_search_is_shown_and_taking_it_away_replaces_the_turn(
    visit: Visit, assistant: FakeAssistant
) -> None:
    asked = "What did the wall cost in 2023, according to the Courier?"
    test = ask(visit(), asked)
    assert chips(answers(test)[0]) == ["2023", "the Courier"]
    revise(test, 0, without="outlets")
    assert chips(answers(test)[0]) == ["2023"]
    revise(test, 0, without="time")
    assert chips(answers(test)[0]) == []
    assert answers(test)[0]["understood"]["disregarded"] == ["all dates", "all outlets"]
    assert [question for question, _, _ in assistant.asked] == [asked] * 3
    assert (assistant.any_outlet, assistant.any_time) == ([False, True, True], [False, False, True])
    assert len(answers(test)) == 1
    ask(test, asked)
    assert (assistant.any_outlet[-1], assistant.any_time[-1]) == (False, False)


def test_a_follow_up_is_edited_or_asked_on_its_own_in_its_place(
    visit: Visit, assistant: FakeAssistant
) -> None:
    test = ask(ask(visit(), "What will the wall cost?"), "And the mayor?")
    revise(test, 1, without="history")
    assert assistant.asked[-1][:2] == ("And the mayor?", ())
    assert answers(test)[1]["understood"]["isFollowUp"] is False
    assert answers(test)[1]["understood"]["disregarded"] == ["on its own"]
    test = ask(test, "And the wall?")
    revise(test, 2, text="  What did the \n mayor\x00say? ")
    assert assistant.asked[-1][:2] == ("What did the mayor say?", ())
    assert len(answers(test)) == 3
    revise(test, 2, text=" \n ")
    assert len(assistant.asked) == 5


def test_the_filters_of_a_question_can_be_taken_away_from_it(visit: Visit, assistant: FakeAssistant) -> None:
    test = visit()
    test.date_input(key="since").set_value(date(2022, 1, 1))
    test.multiselect(key="outlets").set_value(["Tern Bay Courier"]).run()
    ask(test, "What will the wall cost?")
    assert chips(answers(test)[0]) == ["from 1 January 2022", "Tern Bay Courier"]
    revise(test, 0, without="outlet Tern Bay Courier")
    assert assistant.asked[-1][2] == Filters(since=date(2022, 1, 1))
    revise(test, 0, without="since")
    assert not assistant.asked[-1][2]
    assert test.multiselect(key="outlets").value == ["Tern Bay Courier"]


def test_spellings_of_an_outlet_are_one_outlet_until_the_user_separates_them(
    visit: Visit, assistant: FakeAssistant
) -> None:
    names = (("The Harbour Ledger", 5), ("harbourledger.example", 3), ("Harbour Ledger", 1), ("Tide", 7))
    spelt = FakeAssistant(replace(COVERAGE, articles=16, outlets=names))
    test = visit(asks=spelt)
    assert "16 articles from 2 outlets" in html(test)
    assert "<bdi>The Harbour Ledger</bdi> <span>9</span>" in html(test)
    assert "also spelt Harbour Ledger, harbourledger.example" in html(test)
    assert test.multiselect(key="outlets").options == ["The Harbour Ledger", "Tide"]
    test.multiselect(key="outlets").set_value(["The Harbour Ledger"]).run()
    ask(test, "What will the wall cost?")
    assert spelt.asked[-1][2].outlets == ("Harbour Ledger", "The Harbour Ledger", "harbourledger.example")
    assert chips(answers(test)[0]) == ["The Harbour Ledger"]
    test.checkbox(key="separate_spellings").check().run()
    assert len(test.multiselect(key="outlets").options) == 4


def test_a_time_that_only_affects_ranking_is_small_print(visit: Visit, conversations: Conversations) -> None:
    frame = AskedTime(date(2023, 11, 7), date(2023, 11, 14), words="this week", hard=False, applied=False)
    conversations.append("kept", replace(answered("What of the wall this week?"), time_frame=frame))
    test = visit("kept")
    assert (
        "Ranked first: articles from around 7 November 2023 to 14 November 2023" in answers(test)[0]["about"]
    )
    assert chips(answers(test)[0]) == []


def test_a_conversation_is_stored_and_drawn_again(visit: Visit, conversations: Conversations) -> None:
    first = ask(visit(), "What will the wall cost?")
    [summary] = conversations.list()
    assert first.query_params["c"] == summary.id
    again = visit(summary.id)
    assert answers(again) == answers(first)
    button(again, "New conversation").click().run()
    assert answers(again) == []
    button(again, "What will the wall cost?").click().run()
    assert answers(again) == answers(first)


@pytest.mark.parametrize("id", ["oAj__1zT-fixture_id-0", "____", "ü “x” <b>", "-"])
def test_any_conversation_id_is_drawn_and_its_citations_open(
    visit: Visit, conversations: Conversations, id: str
) -> None:
    conversations.append(id, answered("What will the wall cost?"))
    conversations.append(id, answered("What did the mayor say?"))
    test = visit(id)
    assert not test.exception
    assert len(answers(test)) == 2
    assert f'<mark class="current">{COST}</mark>' in html(open_citation(test, 0, 0))
    assert f'<mark class="current">{SHARE}</mark>' in html(open_citation(test, 1, 1))
    test.button(key=element_key("delete", id)).click().run()
    assert not conversations.list()


class ArchivedArticles(FakeAssistant):
    """The fake assistant over the articles of an archive."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._catalog = catalog

    def article(self, id: str, version: int | None = None) -> Article | None:
        return self._catalog.article(id, version)

    def versions(self, id: str) -> list[int]:
        return self._catalog.versions(id)


def test_conversations_of_version_0_1_0_are_drawn_and_their_citations_open(
    visit: Visit, tmp_path: Path
) -> None:
    with tarfile.open(ROOT / "tests/fixtures/archive-0.1.0.tar.gz") as packed:
        packed.extractall(tmp_path / "older", filter="data")
    with (
        closing(Catalog.open(tmp_path / "older/catalog.sqlite")) as catalog,
        closing(Conversations(tmp_path / "older" / FILE_NAME)) as stored,
    ):
        assert {"oAj__1zT-fixture_id-0"} < {summary.id for summary in stored.list()}
        for summary in stored.list():
            test = visit(summary.id, asks=ArchivedArticles(catalog), stored=stored)
            assert not test.exception
            kept = [answer for answer in stored.answers(summary.id) if isinstance(answer, Answer)]
            assert len(answers(test)) == len(kept) == len(stored.answers(summary.id))
            for number, answer in enumerate(kept):
                for index, citation in enumerate(answer.citations):
                    open_citation(test, number, index)
                    assert f'<mark class="current">{escape(citation.quote)}</mark>' in html(test)


def test_a_damaged_answer_is_shown_as_one_that_cannot_be_read(
    visit: Visit, assistant: FakeAssistant, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = [
        Turn(number=1, question="What <b>fell</b>?", answer=UnreadableAnswer("What <b>fell</b>?")),
        Turn(number=2, question=None, answer=UnreadableAnswer(None)),
        Turn(number=3, question="What will the wall cost?", answer=answered("What will the wall cost?")),
    ]
    for question in ("What fell?", "Who?", "What will the wall cost?"):
        conversations.append("damaged", answered(question))
    monkeypatch.setattr(conversations, "turns", lambda id: stored)
    test = visit("damaged")
    assert [warning.value for warning in test.warning] == [
        "This answer cannot be shown: its record in the conversations file is damaged."
    ] * 2
    assert "What &lt;b&gt;fell&lt;/b&gt;?" in html(test)
    assert "A question that cannot be read" in html(test)
    assert len(answers(test)) == 1
    ask(test, "And the mayor?")
    assert [exchange.question for exchange in assistant.asked[-1][1]] == ["What will the wall cost?"]


def test_a_deleted_conversation_can_be_restored(visit: Visit, conversations: Conversations) -> None:
    conversations.append("kept", answered("What will the wall cost?"))
    test = visit("kept")
    test.button(key=element_key("delete", "kept")).click().run()
    assert not conversations.list()
    assert answers(test) == []
    button(test, "Undo").click().run()
    assert [summary.id for summary in conversations.list()] == ["kept"]
    assert len(answers(test)) == 1


def test_a_conversation_is_listed_by_its_name_and_found_by_its_words(
    visit: Visit, conversations: Conversations
) -> None:
    for id, question in (("one", "What will the wall cost?"), ("two", "What did the mayor say?")):
        conversations.append(id, answered(question))
    conversations.rename("one", "Harbour, <b>2023</b> " + "x" * 10_000)
    conversations.pin("one")
    test = visit("two")
    listed = [each for each in test.button if each.key and each.key.startswith("open-")]
    assert [each.key for each in listed] == [element_key("open", "one"), element_key("open", "two")]
    test.text_input(key="conversation_search").set_value("MAYOR").run()
    shown = [each.key for each in test.button if each.key and each.key.startswith("open-")]
    assert shown == [element_key("open", "two")]
    test.text_input(key="conversation_search").set_value("zebra").run()
    assert "No conversation has these words" in html(test)


def test_two_pages_that_rename_and_delete_one_conversation_lose_nothing(
    visit: Visit, conversations: Conversations
) -> None:
    conversations.append("kept", answered("What will the wall cost?"))
    one, other = visit("kept"), visit("kept")
    one.button(key=element_key("edit", "kept")).click().run()
    other.button(key=element_key("delete", "kept")).click().run()
    one.button(key="save-conversation").click().run()
    assert not one.exception
    button(other, "Undo").click().run()
    assert len(answers(other)) == 1


def test_what_a_person_thinks_of_an_answer_is_stored(visit: Visit, conversations: Conversations) -> None:
    conversations.append("kept", answered("What will the wall cost?"))
    test = trigger(visit("kept"), 0, "feedback", {"verdict": "wrong_citation", "note": "page 2"})
    assert conversations.turns("kept")[0].feedback == Feedback("wrong_citation", "page 2")
    assert answers(test)[0]["feedback"] == {"verdict": "wrong_citation", "note": "page 2"}
    trigger(test, 0, "feedback", {"verdict": None, "note": ""})
    assert conversations.turns("kept")[0].feedback is None


def test_an_unknown_conversation_is_named_so_and_its_id_is_not_used(
    visit: Visit, conversations: Conversations
) -> None:
    test = visit("chosen-by-somebody-else")
    assert "not stored here" in test.info[0].value
    ask(test, "What will the wall cost?")
    [summary] = conversations.list()
    assert summary.id != "chosen-by-somebody-else"


def test_an_empty_question_is_not_asked(visit: Visit, conversations: Conversations) -> None:
    test = ask(visit(), " \x00 ")
    assert not test.exception
    assert not conversations.list()


def test_the_error_of_a_failing_model_is_kept_and_the_question_can_be_asked_again(
    visit: Visit, assistant: FakeAssistant, conversations: Conversations
) -> None:
    test = ask(visit(), "Something wrong")
    [turn] = answers(test)
    assert (turn["unanswered"], turn["error"]) == (
        "No answer",
        "the model refused; start it with ollama serve",
    )
    [summary] = conversations.list()
    assert answers(visit(summary.id)) == [turn]
    revise(test, 0)
    assert [question for question, _, _ in assistant.asked] == ["Something wrong"] * 2


def test_a_question_whose_server_was_restarted_is_not_finished_and_can_be_asked_again(
    visit: Visit, conversations: Conversations
) -> None:
    conversations.add_question("kept", "What will the wall cost?")
    test = visit("kept")
    assert [turn["unanswered"] for turn in answers(test)] == ["Not finished"]
    revise(test, 0)
    assert [emphasised(answer["sentences"][0]) for answer in answers(test)] == ["2.4 million crowns"]
    assert [turn.state for turn in conversations.turns("kept")] == ["answered"]


def test_a_stopped_answer_keeps_its_question(visit: Visit, conversations: Conversations) -> None:
    test = visit().chat_input[0].set_value("What did he say of the wall until the next question?").run()
    button(test, "Stop answering").click().run()
    assert [turn["unanswered"] for turn in answers(finished(test.run()))] == ["Stopped"]
    [summary] = conversations.list()
    assert [turn["unanswered"] for turn in answers(visit(summary.id))] == ["Stopped"]


def test_questions_of_a_conversation_are_answered_one_after_the_other(
    visit: Visit, assistant: FakeAssistant
) -> None:
    test = visit()
    test.chat_input[0].set_value("What will the wall cost?").run()
    ask(test, "And the mayor?")
    assert [exchange.question for exchange in assistant.asked[-1][1]] == ["What will the wall cost?"]


def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(
    visit: Visit, conversations: Conversations, assistant: FakeAssistant
) -> None:
    test = visit().chat_input[0].set_value("What did he say of the wall until the next question?").run()
    [summary] = conversations.list()
    conversations.delete(summary.id)
    other = visit()
    ask(other, "What will the wall cost?")
    finished(test.run())
    assert [each.title for each in conversations.list()] == ["What will the wall cost?"]


@pytest.mark.parametrize("published", ["2023-13-40", "soon", "2023-02-02Tmorning", ""])
def test_a_stored_answer_with_an_invalid_date_is_drawn(
    visit: Visit, conversations: Conversations, published: str
) -> None:
    answer = answered("What will the wall cost?")
    first, *others = answer.citations
    bad = replace(first, source=replace(first.source, published=published))
    conversations.append("kept", replace(answer, citations=(bad, *others), short_answer_date=published))
    test = visit("kept")
    assert not test.exception
    assert answers(test)[0]["sources"][0]["date"] == published


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (f"{WALL.id}.1.0-999999", "names words that this version of the article does not have"),
        (f"{WALL.id}.1.9-3", "names words that this version of the article does not have"),
        (f"{WALL.id}.7.0-3", "has no version 7"),
        ("feedfacefeedface.1.0-3", "is not in the archive"),
        ("../../etc/passwd", "is not in the archive"),
        ("x" * 3000, "is not in the archive"),
    ],
)
def test_an_address_that_names_nothing_says_so(
    visit: Visit, conversations: Conversations, read: str, words: str
) -> None:
    conversations.append("kept", answered("What will the wall cost?"))
    test = visit("kept", read=read, turn="99999999999")
    assert not test.exception
    assert any(words in warning.value for warning in test.warning)
    assert len(answers(test)) == 1


def test_filters_in_the_address_that_the_archive_lacks_are_reported(visit: Visit) -> None:
    test = visit(outlets="The Lost Gazette", since="yesterday")
    assert not test.exception
    assert [warning.value.count("which this archive does not have") for warning in test.warning] == [1, 1]
    assert test.multiselect(key="outlets").value == []


def test_a_bug_shows_no_traceback(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    test = ask(visit(), "Something broken")
    assert "The details are in the terminal where it runs" in answers(test)[0]["error"]
    assert not test.exception
    assert "RuntimeError: a bug" in caplog.text


def test_the_error_of_an_archive_that_fails_later_is_shown(
    visit: Visit, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ArchiveMismatch("made by another encoder; run `python -m ingest --reembed`")

    monkeypatch.setattr(assistant, "coverage", fail)
    test = visit()
    assert "`python -m ingest --reembed`" in test.error[0].value
    assert not test.exception


def test_an_answer_that_cannot_be_stored_is_still_shown(
    visit: Visit, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArchiveError("conversations cannot be stored: disk full")

    monkeypatch.setattr(conversations, "complete", fail)
    test = ask(visit(), "What will the wall cost?")
    assert "disk full" in test.error[0].value
    assert [emphasised(answer["sentences"][0]) for answer in answers(test)] == ["2.4 million crowns"]


def test_a_question_that_cannot_be_stored_can_be_asked_again(
    visit: Visit, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArchiveError("conversations cannot be stored: disk full")

    with monkeypatch.context() as patched:
        patched.setattr(conversations, "add_question", fail)
        test = ask(visit(), "What will the wall cost?")
        assert "disk full" in test.error[0].value
    finished(button(test, "Ask again “What will the wall cost?”").click().run())
    assert [emphasised(answer["sentences"][0]) for answer in answers(test)] == ["2.4 million crowns"]


def test_only_the_latest_turns_are_drawn_at_first(visit: Visit, conversations: Conversations) -> None:
    for number in range(25):
        conversations.append("long", answered(f"Question {number} about the wall"))
    started = time.monotonic()
    test = visit("long")
    assert time.monotonic() - started < ANSWER_SECONDS
    assert len(answers(test)) == 20
    button(test, "Show earlier questions (5)").click().run()
    assert len(answers(test)) == 25
