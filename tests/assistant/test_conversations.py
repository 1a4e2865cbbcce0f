import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, text

from assistant.answer import Answer, Sentence
from assistant.conversations import FILE_NAME, TITLE_LENGTH, Conversations, UnreadableAnswer
from assistant.errors import ArchiveError

FERRY = Answer(
    question="Where did the ferry run aground?",
    standalone="Where did the ferry run aground?",
    mode="quote",
    sentences=(Sentence("The ferry ran aground off Wick.", ()),),
)
HURT = replace(FERRY, question="Was anyone hurt?", sentences=(Sentence("Nobody was hurt.", ()),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def change_first_turn(path: Path, stored: str | bytes) -> None:
    """Overwrite the first stored answer with a text; SQLite takes bytes that are not UTF-8 as text too."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE turns SET answer = CAST(:stored AS TEXT) WHERE number = 1"), {"stored": stored}
        )
    engine.dispose()


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
