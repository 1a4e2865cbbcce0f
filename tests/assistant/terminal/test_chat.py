"""A conversation in the terminal: over a real archive, through a pipe, and in a real terminal."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from assistant.__main__ import main
from assistant.answer import Answer, Reply, Sentence
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.conversations import Conversations
from assistant.errors import ModelError, QuestionError
from assistant.query import Exchange, Filters
from assistant.terminal.chat import COMMANDS, Chat

BUDGET = "Who passed a budget of 61 million crowns?"
CONVERSING = Path(__file__).with_name("conversing.py")
ROOT = Path(__file__).parents[3]
PROMPT = "\x1b[?2004h"
"""The terminal is told so when a prompt is ready: what is pasted shall be marked."""


@pytest.fixture
def conversations(archive: ArchiveFolder) -> Iterator[Conversations]:
    with closing(Conversations(archive.conversations)) as opened:
        yield opened


Converse = Callable[..., str]


@pytest.fixture
def converse(assistant: Assistant, conversations: Conversations) -> Converse:
    """Type lines into a conversation, and return what it writes."""

    def type_lines(*lines: str, out: io.StringIO | None = None, asked: Any = assistant, **given: Any) -> str:
        typed = iter(lines)

        def read() -> str:
            try:
                return next(typed)
            except StopIteration:
                raise EOFError from None

        written = out or io.StringIO()
        Chat(cast(Assistant, asked), conversations, read=read, out=written, **given).run()
        return written.getvalue()

    return type_lines


class Scripted:
    """An assistant that says what a test gives it; an exception is raised in its place."""

    def __init__(self, assistant: Assistant, *pieces: str | Exception, text: str = "") -> None:
        self.article = assistant.article
        self._pieces = pieces
        self._text = text
        self.asked: list[dict[str, Any]] = []

    def ask(self, question: str, **given: Any) -> Reply:
        self.asked.append(given)

        def steps() -> Any:
            for piece in self._pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            sentences = (Sentence(self._text or "".join(map(str, self._pieces))),)
            return Answer(question=question, standalone=question, mode="chat", sentences=sentences)

        return Reply(steps())


def test_a_question_is_answered_with_numbered_sources_and_stored(
    converse: Converse, conversations: Conversations
) -> None:
    said = converse(BUDGET, "", "Who called it prudent?")
    assert "budget of 61 million crowns on Tuesday by nine votes to six. [1]" in said
    assert "[1] Council passes budget – Ellery Beacon, 2024-02-20" in said
    [summary] = conversations.list()
    assert summary.title == BUDGET
    assert [turn.state for turn in conversations.turns(summary.id)] == ["answered", "answered"]


def test_the_conversation_before_it_belongs_to_a_question(assistant: Assistant, converse: Converse) -> None:
    scripted = Scripted(assistant, "Nine votes.")
    converse("How many votes?", "/filters since 2024-01-01", "And against?", asked=scripted)
    first, second = scripted.asked
    assert (first["history"], first["filters"]) == ([], Filters())
    assert second["history"] == [Exchange("How many votes?", "Nine votes.")]
    assert str(second["filters"].since) == "2024-01-01"


def test_a_source_is_opened_at_its_words(converse: Converse) -> None:
    ferry = "Who claimed that 40 sailings were cancelled?"
    said = converse(ferry, "/open 1")
    assert "article " in said and ", version 1, from " in said
    assert re.search(r"»»The union, led by Nora Hale, claimed[^»]*cancelled\.««", said)
    said = converse("/open 1", ferry, "/open", "/open 9", "/open [1] all")
    assert "no answer with sources was given yet" in said
    assert said.count("give the number of a source, 1") == 2
    assert "The strike is about pay." in said


def test_filters_are_shown_set_and_removed(converse: Converse) -> None:
    said = converse(
        "/filters",
        "/filters since 2024-01-31",
        "/filters outlet Harbour Ledger",
        "/filters outlet People's Voice",
        "/filters until yesterday",
        "/filters everything",
        "/filters none",
    )
    assert [line for line in said.splitlines() if line] == [
        "All articles are searched.",
        "Only articles from 31 January 2024 are searched.",
        "Only articles from 31 January 2024 in Harbour Ledger are searched.",
        "Only articles from 31 January 2024 in Harbour Ledger or People's Voice are searched.",
        "yesterday is not a date: write it as 2024-01-31",
        f"cannot read the filter: write {COMMANDS['/filters'].usage}",
        "All articles are searched.",
    ]


def test_a_filter_that_cannot_be_used_is_reported_and_the_conversation_goes_on(
    converse: Converse, conversations: Conversations
) -> None:
    said = converse("/filters outlet Nowhere Times", BUDGET, "/filters none", BUDGET)
    assert "Nowhere Times" in said.split("/filters none")[0]
    assert "61 million crowns on Tuesday" in said
    [summary] = conversations.list()
    failed, answered = conversations.turns(summary.id)
    assert (failed.state, answered.state) == ("failed", "answered")
    assert failed.error and "Nowhere Times" in failed.error


def test_the_conversation_is_exported_but_overwrites_no_file(converse: Converse, tmp_path: Path) -> None:
    file = tmp_path / "the budget.md"
    said = converse(f"/export {file}", BUDGET, "/export", f"/export {file}", f"/export {file}")
    assert "nothing was asked yet" in said
    assert "name a file that ends in .md or .json or .html" in said
    assert f"The conversation is in {file}." in said
    assert f"{file} exists already: name another file" in said
    assert "61 million crowns" in file.read_text("utf-8")


def test_another_conversation_can_be_begun_and_an_old_one_continued(
    converse: Converse, conversations: Conversations
) -> None:
    converse(BUDGET, "/new", "Who claimed that 40 sailings were cancelled?")
    ferry, budget = conversations.list()
    said = converse("/open 1", "/quit", "never asked", conversation=budget.id)
    assert f"1. {BUDGET}" in said
    assert "»»The council passed a budget" in said
    assert [len(conversations.turns(each.id)) for each in (ferry, budget)] == [1, 1]
    with pytest.raises(QuestionError, match="there is no conversation unknown"):
        converse(conversation="unknown")


def test_help_lists_every_command_and_an_unknown_one_is_named(converse: Converse) -> None:
    said = converse("/help", "/opne 1", '/open "1')
    assert all(command.usage in said for command in COMMANDS.values())
    assert "/opne is not a command: /help lists the commands" in said


def test_ctrl_c_stops_the_answer_and_not_the_conversation(
    assistant: Assistant, converse: Converse, conversations: Conversations
) -> None:
    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            if text == "interrupt":
                raise KeyboardInterrupt
            return super().write(text)

    scripted = Scripted(assistant, "The wall", "interrupt", " fell.")
    said = converse("How?", "/filters", out=Interrupted(), asked=scripted)
    assert said == "The wall\nStopped.\n\nAll articles are searched.\n\n"
    [summary] = conversations.list()
    assert [turn.state for turn in conversations.turns(summary.id)] == ["stopped"]


def test_a_model_that_fails_does_not_end_the_conversation(
    assistant: Assistant, converse: Converse, conversations: Conversations
) -> None:
    scripted = Scripted(assistant, "The", ModelError("the model is down: ask again", retryable=True))
    said = converse("How?", "/filters", asked=scripted)
    assert "the model is down: ask again" in said
    assert "All articles are searched." in said
    [turn] = conversations.turns(conversations.list()[0].id)
    assert (turn.state, turn.error) == ("failed", "the model is down: ask again")


def test_an_answer_that_differs_from_what_was_streamed_is_shown_again(
    assistant: Assistant, converse: Converse
) -> None:
    said = converse("How?", asked=Scripted(assistant, "The wall fe", text="The wall stands."))
    assert said.startswith("The wall fe\n\nThe answer is:\nThe wall stands.\n")


def test_no_answer_can_control_the_terminal(assistant: Assistant, converse: Converse) -> None:
    said = converse("How?", asked=Scripted(assistant, "\x1b[2J\x07The wall\x9b fell."))
    assert said.startswith("[2JThe wall fell.")
    assert "\x1b" not in said


def test_lines_are_read_from_a_pipe(
    assistant: Assistant,
    archive: ArchiveFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Assistant, "open", lambda settings: assistant)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{BUDGET}\n/open 1\n"))
    assert main(["chat", "--archive", str(archive.path)]) == 0
    out = capsys.readouterr().out
    assert "»»The council passed a budget" in out
    assert "/help" not in out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_in_a_real_terminal(tmp_path: Path) -> None:
    import pty

    file = tmp_path / "conversations.sqlite"
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(CONVERSING), str(file)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    os.close(terminal)
    seen = ""

    def wait_for(words: str) -> None:
        nonlocal seen
        while words not in seen:
            seen += os.read(controller, 4096).decode("utf-8", "replace")
        seen = seen.partition(words)[2]

    try:
        wait_for("/help lists the commands")
        wait_for(PROMPT)
        os.write(controller, b"When is the tide?\r")
        wait_for("The wall")
        os.write(controller, b"\x03")
        wait_for("Stopped.")
        wait_for(PROMPT)
        os.write(controller, b"half a line\x03")
        wait_for("ends the conversation")
        wait_for(PROMPT)
        # The first arrow up recalls the line typed last.
        os.write(controller, b"\x1b[A\x01\x0bWhat fell?\r")
        wait_for("The wall fell.")
        wait_for(PROMPT)
        os.write(controller, b"\x04")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(controller)
    with closing(Conversations(file)) as conversations:
        [summary] = conversations.list()
        turns = conversations.turns(summary.id)
    assert [(turn.question, turn.state) for turn in turns] == [
        ("When is the tide?", "stopped"),
        ("What fell?", "answered"),
    ]
