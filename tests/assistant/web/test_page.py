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
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component.constants import EVENT_DELIM
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from assistant.answer import Answer, AskedTime
from assistant.archive.catalog import Catalog
from assistant.article import Article
from assistant.conversations import FILE_NAME, Conversations, UnreadableAnswer
from assistant.errors import ArchiveError, ArchiveMismatch
from assistant.query import Filters
from assistant.web.keys import element_key
from tests.assistant.web.fakes import COST, COVERAGE, HOSTILE, MADE_WITH, SHARE, FakeAssistant, answered

ROOT = Path(__file__).parents[3]
ANSWER_SECONDS = 30.0
Visit = Callable[..., AppTest]


def script(assistant: "Any", conversations: "Any", archive: "Any") -> None:
    # AppTest runs the source of this function by itself, so it brings its own imports.
    from assistant.web.page import frame, page

    frame()
    page(assistant, conversations, archive)


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
    ) -> AppTest:
        test = AppTest.from_function(
            script,
            default_timeout=ANSWER_SECONDS,
            kwargs={"assistant": asks, "conversations": stored, "archive": Path(archive)},
        )
        if conversation:
            test.query_params["c"] = conversation
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
    """Click a citation of an answer, both counted from 0, as the browser reports the click."""
    components = [each for each in test.get("bidi_component") if '"answer"' in each.proto.json]
    # AppTest drives Streamlit's own widgets only, so the trigger's state is put together here.
    trigger = WidgetState(
        id=f"$$STREAMLIT_INTERNAL_KEY_{components[answer].proto.id}{EVENT_DELIM}events",
        json_trigger_value=json.dumps([{"event": "open", "value": {"list": "citations", "index": index}}]),
    )
    states = test._tree.get_widget_states()
    states.widgets.append(trigger)
    return test._run(states)


def ask(test: AppTest, question: str) -> AppTest:
    return test.chat_input[0].set_value(question).run()


def button(test: AppTest, label: str) -> Any:
    return next(button for button in test.button if button.label.replace("\\", "") == label)


def test_the_first_screen_says_what_the_archive_holds_and_what_to_ask(visit: Visit) -> None:
    test = visit()
    assert "3 articles from 3 outlets, 1 January 2021 to 31 December 2023" in html(test)
    assert "5 January 2024, 09:12 UTC" in html(test)
    assert "Articles are being added" not in html(test)
    assert "Demonstration archive" not in html(test)
    button(test, "What will the harbour wall cost?").click().run()
    assert [answer["sentences"][0]["emphasis"] for answer in answers(test)] == ["2.4 million crowns"]


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
    assert first["before"] + first["emphasis"] + first["after"] == COST
    assert (first["emphasis"], first["introduction"]) == (
        "2.4 million crowns",
        "Tern Bay Courier, 15 November 2023:",
    )
    assert (second["before"], second["introduction"]) == (SHARE, "The Evening Buoy, December 2023:")
    assert [first["citations"], second["citations"]] == [[1], [2]]
    assert [source["n"] for source in answer["sources"]] == [1, 2]
    assert answer["sources"][0]["sourceLine"] == "Tern Bay Courier · 15 November 2023, 06:30 UTC"
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
    assert answer["notes"] == [
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
    assert "Searched as: What will the wall cost? (Ines Maddox) And the mayor?" in answers(test)[1]["about"]


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


def test_a_time_in_the_question_is_shown_and_can_be_removed(visit: Visit, assistant: FakeAssistant) -> None:
    test = ask(visit(), "What did the wall cost in 2023?")
    assert "Searched only articles about" in html(test)
    button(test, "2023").click().run()
    assert [question for question, _, _ in assistant.asked] == ["What did the wall cost in 2023?"] * 2
    assert assistant.any_time == [False, True]
    assert len(answers(test)) == 2
    assert "2023" not in [button.label for button in test.button]
    ask(test, "What did the wall cost in 2023?")
    assert assistant.any_time[-1] is False


def test_an_outlet_in_the_question_is_shown_and_can_be_removed_with_the_time(
    visit: Visit, assistant: FakeAssistant
) -> None:
    asked = "What did the wall cost in 2023, according to the Courier?"
    test = ask(visit(), asked)
    assert "Searched only articles by" not in html(test)
    button(test, "the Courier").click().run()
    assert [button.label for button in test.button].count("2023") == 1
    button(test, "2023").click().run()
    assert [question for question, _, _ in assistant.asked] == [asked] * 3
    assert (assistant.any_outlet, assistant.any_time) == ([False, True, True], [False, False, True])
    ask(test, "What did the wall cost, according to the Courier?")
    assert "Searched only articles by" in html(test)
    assert assistant.any_outlet[-1] is False


def test_a_time_that_only_affects_ranking_is_small_print(visit: Visit, conversations: Conversations) -> None:
    frame = AskedTime(date(2023, 11, 7), date(2023, 11, 14), words="this week", hard=False, applied=False)
    conversations.append("kept", replace(answered("What of the wall this week?"), time_frame=frame))
    test = visit("kept")
    assert (
        "Ranked first: articles from around 7 November 2023 to 14 November 2023" in answers(test)[0]["about"]
    )
    assert "Searched only articles about" not in html(test)


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
    assert f"<mark>{COST}</mark>" in html(open_citation(test, 0, 0))
    assert f"<mark>{SHARE}</mark>" in html(open_citation(test, 1, 1))
    test.button(key=element_key("delete", id)).click().run()
    assert test.button(key="confirm-deletion").label == "Delete"


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
                    assert f"<mark>{escape(citation.quote)}</mark>" in html(test)


def test_a_damaged_answer_is_shown_as_one_that_cannot_be_read(
    visit: Visit, assistant: FakeAssistant, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = [
        UnreadableAnswer("What <b>fell</b>?"),
        UnreadableAnswer(None),
        answered("What will the wall cost?"),
    ]
    monkeypatch.setattr(conversations, "answers", lambda id: stored)
    test = visit("damaged")
    assert [warning.value for warning in test.warning] == [
        "This answer cannot be shown: its record in the conversations file is damaged."
    ] * 2
    assert "What &lt;b&gt;fell&lt;/b&gt;?" in html(test)
    assert "A question that cannot be read" in html(test)
    assert len(answers(test)) == 1
    ask(test, "And the mayor?")
    assert [exchange.question for exchange in assistant.asked[-1][1]] == ["What will the wall cost?"]


def test_nothing_is_deleted_without_a_confirmation(visit: Visit, conversations: Conversations) -> None:
    conversations.append("kept", answered("What will the wall cost?"))
    test = visit("kept")
    test.button(key=element_key("delete", "kept")).click().run()
    assert test.button(key="confirm-deletion").label == "Delete"
    assert conversations.list()


def test_an_unknown_conversation_is_named_so_and_its_id_is_not_used(
    visit: Visit, conversations: Conversations
) -> None:
    test = visit("chosen-by-somebody-else")
    assert "not stored here" in test.info[0].value
    ask(test, "What will the wall cost?")
    [summary] = conversations.list()
    assert summary.id != "chosen-by-somebody-else"


def test_an_empty_question_is_refused_with_a_message(visit: Visit, conversations: Conversations) -> None:
    test = ask(visit(), "   ")
    assert "the question is empty" in test.error[0].value
    assert "Ask again" not in [button.label for button in test.button]
    assert not conversations.list()


def test_the_error_of_a_failing_model_is_shown_and_the_question_can_be_asked_again(
    visit: Visit, assistant: FakeAssistant
) -> None:
    test = ask(visit(), "Something wrong")
    assert test.error[0].value == r"the model refused\; start it with `ollama serve`"
    button(test, "Ask again").click().run()
    assert [question for question, _, _ in assistant.asked] == ["Something wrong"] * 2


def test_a_bug_shows_no_traceback(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    test = ask(visit(), "Something broken")
    assert "The details are in the terminal where it runs" in test.error[0].value
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
    def fail(id: str, answer: Answer) -> None:
        raise ArchiveError("conversations cannot be stored: disk full")

    monkeypatch.setattr(conversations, "append", fail)
    test = ask(visit(), "What will the wall cost?")
    assert "disk full" in test.error[0].value
    assert [answer["sentences"][0]["emphasis"] for answer in answers(test)] == ["2.4 million crowns"]


def test_only_the_latest_turns_are_drawn_at_first(visit: Visit, conversations: Conversations) -> None:
    for number in range(25):
        conversations.append("long", answered(f"Question {number} about the wall"))
    started = time.monotonic()
    test = visit("long")
    assert time.monotonic() - started < ANSWER_SECONDS
    assert len(answers(test)) == 20
    button(test, "Show earlier questions").click().run()
    assert len(answers(test)) == 25
