from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from assistant.answer import Answer, Sentence
from assistant.conversations import FILE_NAME, TITLE_LENGTH, Conversations
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


def test_answers_come_back_as_they_were_given_in_their_order(path: Path) -> None:
    conversations = Conversations(path)
    id = conversations.create()
    conversations.append(id, FERRY)
    conversations.append(id, HURT)
    conversations.close()
    assert list(Conversations(path).answers(id)) == [FERRY.to_json(), HURT.to_json()]


def test_a_conversation_begins_with_its_first_answer(path: Path) -> None:
    conversations = Conversations(path)
    id = conversations.create()
    assert list(conversations.list()) == []
    assert list(conversations.answers(id)) == []
    conversations.append(id, FERRY)
    [summary] = conversations.list()
    assert (summary.id, summary.title) == (id, "Where did the ferry run aground?")


def test_the_one_last_spoken_in_is_listed_first(path: Path) -> None:
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


def test_what_is_deleted_is_gone_from_the_file_too(path: Path) -> None:
    conversations = Conversations(path)
    conversations.append("a", FERRY)
    conversations.append("b", HURT)
    conversations.delete("a")
    conversations.delete("never heard of")
    assert [summary.id for summary in conversations.list()] == ["b"]
    assert list(conversations.answers("a")) == []
    conversations.close()
    assert b"ran aground" not in path.read_bytes()
    assert b"Nobody was hurt" in path.read_bytes()


def test_ids_cannot_be_guessed(path: Path) -> None:
    conversations = Conversations(path)
    ids = {conversations.create() for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 22


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
