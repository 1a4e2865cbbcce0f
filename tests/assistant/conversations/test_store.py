import json
import re
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from assistant.answer import Answer, Citation, Sentence
from assistant.article import Source
from assistant.conversations import (
    FILE_NAME,
    TITLE_LENGTH,
    UNDO,
    Conversations,
    Feedback,
    Options,
    Turn,
    UnreadableAnswer,
)
from assistant.errors import ArchiveError
from assistant.query import Filters

FIXTURE = Path(__file__).parents[2] / "fixtures/archive-0.1.0.tar.gz"

FERRY = Answer(
    question="Where did the ferry run aground?",
    standalone="Where did the ferry run aground?",
    mode="quote",
    sentences=(Sentence("The ferry ran aground off Wick.", ()),),
)
HURT = replace(FERRY, question="Was anyone hurt?", sentences=(Sentence("Nobody was hurt.", ()),))


NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversations(path: Path, clock: Clock) -> Iterator[Conversations]:
    with closing(Conversations(path, now=clock)) as opened:
        yield opened


def change_first_turn(path: Path, stored: str | bytes) -> None:
    """Overwrite the first stored answer with a text; SQLite takes bytes that are not UTF-8 as text too."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE turns SET answer = CAST(? AS TEXT) WHERE number = 1", [stored])


def cites(article: str) -> Answer:
    """Return an answer with a citation of this article."""
    source = Source(title="Grounding", outlet=None, published=None, url=None)
    citation = Citation(n=1, article=article, version=1, start=0, end=3, quote="The", source=source)
    return replace(FERRY, citations=(citation,))


def test_answers_come_back_as_they_were_stored_in_order(path: Path) -> None:
    conversations = Conversations(path)
    id = conversations.new_id()
    conversations.append(id, FERRY)
    conversations.append(id, HURT)
    conversations.close()
    assert list(Conversations(path).answers(id)) == [FERRY, HURT]


def test_a_conversation_begins_with_its_first_answer(path: Path) -> None:
    conversations = Conversations(path)
    id = conversations.new_id()
    assert list(conversations.list()) == []
    assert list(conversations.answers(id)) == []
    conversations.append(id, FERRY)
    [summary] = conversations.list()
    assert (summary.id, summary.title) == (id, "Where did the ferry run aground?")


def test_the_most_recent_conversation_is_listed_first(path: Path) -> None:
    conversations = Conversations(path)
    for id, answer in (("older", FERRY), ("newer", HURT), ("older", HURT)):
        conversations.append(id, answer)
    assert [summary.id for summary in conversations.list()] == ["older", "newer"]


def test_a_long_question_is_shortened_to_a_title_of_one_line(path: Path) -> None:
    conversations = Conversations(path)
    conversations.append("a", replace(FERRY, question="Where\n  did " + "x" * 500))
    [summary] = conversations.list()
    assert summary.title.startswith("Where did xxx")
    assert summary.title.endswith("…")
    assert len(summary.title) == TITLE_LENGTH


def test_deleting_removes_the_text_from_the_file(path: Path) -> None:
    conversations = Conversations(path)
    conversations.append("a", FERRY)
    conversations.append("b", HURT)
    conversations.delete("a")
    conversations.delete("unknown")
    assert [summary.id for summary in conversations.list()] == ["b"]
    assert list(conversations.answers("a")) == []
    conversations.close()
    assert b"ran aground" not in path.read_bytes()
    assert b"Nobody was hurt" in path.read_bytes()


def test_ids_cannot_be_guessed(path: Path) -> None:
    conversations = Conversations(path)
    ids = {conversations.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 22


def test_new_ids_hold_nothing_that_streamlit_refuses_in_a_key(path: Path) -> None:
    conversations = Conversations(path)
    assert all(re.fullmatch(r"[0-9a-f]+", conversations.new_id()) for _ in range(100))


@pytest.mark.parametrize(
    ("damage", "question"),
    [
        (lambda stored: stored[: len(stored) // 2], FERRY.question),
        (lambda stored: json.dumps({"question": FERRY.question}), FERRY.question),
        (lambda stored: stored.replace('"sentences": [', '"sentences": 7, "x": ['), FERRY.question),
        (lambda stored: stored[:20], None),
        (lambda stored: json.dumps({"question": 7}), None),
        (lambda stored: "[" * 100_000, None),
        (lambda stored: "[]", None),
        (lambda stored: "", None),
    ],
)
def test_a_damaged_answer_does_not_hide_the_others(
    path: Path, damage: Callable[[str], str], question: str | None
) -> None:
    conversations = Conversations(path)
    conversations.append("a", FERRY)
    conversations.append("a", HURT)
    change_first_turn(path, damage(json.dumps(FERRY.to_json())))
    damaged, whole = conversations.answers("a")
    assert isinstance(damaged, UnreadableAnswer)
    assert damaged.question == question
    assert whole == HURT


def test_a_text_that_is_not_utf_8_does_not_hide_the_others(path: Path) -> None:
    conversations = Conversations(path)
    conversations.append("a", FERRY)
    conversations.append("a", HURT)
    change_first_turn(path, json.dumps(FERRY.to_json()).encode().replace(b"}", b"\xff", 1))
    damaged, whole = conversations.answers("a")
    assert damaged == UnreadableAnswer(FERRY.question)
    assert whole == HURT


def test_threads_share_one_store(path: Path) -> None:
    conversations = Conversations(path)
    threads = [Thread(target=conversations.append, args=("a", FERRY)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(conversations.answers("a")) == 8


def test_a_file_that_cannot_be_used_is_named_with_its_reason(path: Path) -> None:
    path.write_bytes(b"no database" * 200)
    with pytest.raises(ArchiveError, match=r"conversations\.sqlite: file is not a database"):
        Conversations(path)
    with pytest.raises(ArchiveError, match="unable to open database file"):
        Conversations(path.parent / "missing" / FILE_NAME)


def test_a_question_is_stored_when_it_is_asked_and_completed_later(conversations: Conversations) -> None:
    options = Options(filters=Filters(outlets=("Wick Star",)), as_of=date(2024, 4, 30), any_time=True)
    number = conversations.add_question("a", FERRY.question, options)
    asked = Turn(number=1, question=FERRY.question, state="asked", options=options, asked=NOON)
    assert list(conversations.turns("a")) == [asked]
    assert list(conversations.unfinished()) == [("a", asked)]
    assert list(conversations.answers("a")) == []
    assert conversations.complete("a", number, FERRY)
    assert list(conversations.turns("a")) == [replace(asked, state="answered", answer=FERRY)]
    assert list(conversations.unfinished()) == []


def test_a_stopped_or_failed_question_keeps_its_place_and_can_be_asked_again(
    conversations: Conversations,
) -> None:
    for question in ("Who?", "Where?", "When?"):
        conversations.add_question("a", question)
    assert conversations.stop("a", 1)
    assert conversations.fail("a", 2, "the chat model is down")
    assert not conversations.stop("a", 2)
    assert [(turn.state, turn.error) for turn in conversations.turns("a")] == [
        ("stopped", None),
        ("failed", "the chat model is down"),
        ("asked", None),
    ]
    assert conversations.ask_again("a", 2, "Where did it happen?", Options(alone=True))
    _, again, _ = conversations.turns("a")
    assert (again.question, again.state, again.error, again.options) == (
        "Where did it happen?",
        "asked",
        None,
        Options(alone=True),
    )
    assert conversations.add_question("a", "Why?") == 4


def test_an_answer_for_a_conversation_that_was_deleted_meanwhile_is_dropped(
    conversations: Conversations,
) -> None:
    number = conversations.add_question("a", "Who?")
    conversations.delete("a")
    assert not conversations.complete("a", number, FERRY)
    assert not conversations.list()


def test_feedback_is_kept_with_the_answer_until_it_is_asked_again(conversations: Conversations) -> None:
    conversations.append("a", FERRY)
    assert conversations.give_feedback("a", 1, Feedback("wrong_citation", "It was off Thurso."))
    [turn] = conversations.turns("a")
    assert turn.feedback == Feedback("wrong_citation", "It was off Thurso.")
    conversations.give_feedback("a", 1, None)
    assert conversations.turns("a")[0].feedback is None
    conversations.give_feedback("a", 1, Feedback("right"))
    conversations.ask_again("a", 1, FERRY.question)
    assert conversations.turns("a")[0].feedback is None
    assert not conversations.give_feedback("a", 2, Feedback("right"))


def test_pinned_conversations_come_first(conversations: Conversations, clock: Clock) -> None:
    for id in ("a", "b", "c"):
        conversations.append(id, FERRY)
        clock.time += timedelta(hours=1)
    assert conversations.pin("a")
    assert [(each.id, each.pinned) for each in conversations.list()] == [
        ("a", True),
        ("c", False),
        ("b", False),
    ]
    conversations.pin("a", False)
    assert [each.id for each in conversations.list()] == ["c", "b", "a"]
    assert not conversations.pin("unknown")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Grounding", "Grounding"),
        ("  two\nlines\x00\tand a tab ", "two lines and a tab"),
        ("x" * 10_000, "x" * (TITLE_LENGTH - 1) + "…"),
        (" \n", "Where did the ferry run aground?"),
        ("half a \ud83d pair", "half a ? pair"),
        ("نیمه‌شب 👩‍🚒", "نیمه‌شب 👩‍🚒"),
    ],
)
def test_a_conversation_can_be_renamed(conversations: Conversations, given: str, kept: str) -> None:
    conversations.append("a", FERRY)
    assert conversations.rename("a", given) == kept
    found = conversations.find("a")
    assert found is not None
    assert found.title == kept
    assert conversations.rename("unknown", given) is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ferry", {"a": (1,)}),
        ("FERRY aground", {"a": (1,)}),
        ("nobody hurt", {"a": (2,), "b": (1,)}),
        ("ferry hurt", {}),
        ("aground off wick", {"a": (1,)}),
        ("rete fur", {"c": (1,)}),
        ("harbour", {"b": ()}),
        ("100%", {}),
        ("_", {}),
        ("", {}),
    ],
)
def test_a_search_finds_words_in_titles_questions_and_answers(
    conversations: Conversations, words: str, found: dict[str, tuple[int, ...]]
) -> None:
    conversations.append("a", FERRY)
    conversations.append("a", HURT)
    conversations.append("b", HURT)
    conversations.rename("b", "Harbour desk")
    conversations.add_question("c", "Arête für wen?")
    assert {match.summary.id: match.turns for match in conversations.search(words)} == found


def test_each_owner_lists_and_finds_only_their_own(conversations: Conversations) -> None:
    conversations.append("a", FERRY, owner="one")
    conversations.append("b", FERRY, owner="two")
    conversations.append("c", FERRY)
    conversations.append("a", HURT, owner="two")
    assert [each.id for each in conversations.list(owner="one")] == ["a"]
    assert [match.summary.id for match in conversations.search("ferry", owner="two")] == ["b"]
    assert len(conversations.list()) == 3
    assert conversations.answers("b") == [FERRY]


def test_conversations_that_cite_an_article_are_found(conversations: Conversations) -> None:
    conversations.append("a", FERRY)
    conversations.append("a", cites("00aa"))
    conversations.append("b", cites("00bb"))
    [match] = conversations.quoting(["00aa", "00cc"])
    assert (match.summary.id, match.turns) == ("a", (2,))
    assert not conversations.quoting(["00a"])


def test_a_discarded_conversation_can_be_restored_for_ten_minutes(
    conversations: Conversations, clock: Clock, path: Path
) -> None:
    for id in ("a", "b"):
        conversations.append(id, FERRY)
    number = conversations.add_question("a", "Is the crew safe?")
    assert conversations.discard("a")
    assert [each.id for each in conversations.list()] == ["b"]
    assert (list(conversations.turns("a")), list(conversations.unfinished())) == ([], [])
    assert [match.summary.id for match in conversations.search("ferry")] == ["b"]
    conversations.complete("a", number, HURT)
    clock.time += UNDO
    assert conversations.restore("a")
    assert list(conversations.answers("a")) == [FERRY, HURT]
    conversations.delete("b")
    conversations.discard("a")
    clock.time += UNDO + timedelta(seconds=1)
    assert not conversations.restore("a")
    assert b"ran aground" not in path.read_bytes() + path.with_name(FILE_NAME + "-wal").read_bytes()


def test_opening_the_file_deletes_what_was_discarded_long_ago(path: Path, clock: Clock) -> None:
    with closing(Conversations(path, now=clock)) as before:
        before.append("a", FERRY)
        before.discard("a")
    clock.time += timedelta(days=1)
    with closing(Conversations(path, now=clock)):
        assert b"ran aground" not in path.read_bytes()


def test_a_question_to_a_discarded_conversation_restores_it(conversations: Conversations) -> None:
    conversations.append("a", FERRY)
    conversations.discard("a")
    assert conversations.append("a", HURT) == 2
    assert list(conversations.answers("a")) == [FERRY, HURT]


def version_1(path: Path) -> None:
    """Write the file of Backfile 0.1.0 that the tests keep."""
    with tarfile.open(FIXTURE) as packed:
        member = packed.extractfile(f"./{FILE_NAME}")
        assert member is not None
        path.write_bytes(member.read())


def test_a_file_of_version_1_is_brought_up_to_date(path: Path) -> None:
    version_1(path)
    change_first_turn(path, b'{"question": "What did Zelenograd Gazette report about Mars?", "x\xff')
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT conversation, number, CAST(answer AS BLOB) FROM turns").fetchall()
    for _ in range(2):
        with closing(Conversations(path)) as conversations:
            assert {each.title for each in conversations.list()} == {
                "How many people died in Storm Hedda in November 2023?",
                "What did Zelenograd Gazette report about Mars?",
            }
            damaged, fire = conversations.turns("oAj__1zT-fixture_id-0")
            assert isinstance(damaged.answer, UnreadableAnswer)
            assert isinstance(fire.answer, Answer)
            assert (fire.state, fire.asked, fire.feedback) == ("answered", None, None)
            [match] = conversations.search("cannery fire hurt")
            assert match.turns == (2,)
            assert not conversations.unfinished()
            assert not conversations.list(owner="somebody")
            conversations.pin(match.summary.id)
    with closing(sqlite3.connect(path)) as connection:
        after = connection.execute("SELECT conversation, number, CAST(answer AS BLOB) FROM turns").fetchall()
    assert sorted(after) == sorted(before)


def test_two_processes_may_bring_a_file_up_to_date_at_once(path: Path) -> None:
    version_1(path)
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Conversations(path).close()
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with closing(Conversations(path)) as conversations:
        assert len(conversations.list()) == 2


def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    with closing(Conversations(path)) as conversations:
        conversations.append("a", FERRY)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")
    content = path.read_bytes()
    with pytest.raises(ArchiveError, match="a newer Backfile stored its conversations"):
        Conversations(path)
    assert path.read_bytes() == content
