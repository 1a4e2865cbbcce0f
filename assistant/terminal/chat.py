"""A conversation in the terminal: questions, streamed answers with numbered sources, and commands such as /open."""

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from assistant.answer import Answer, Citation
from assistant.article import Article
from assistant.conversations import Conversations, Options
from assistant.conversations.changes import changes
from assistant.conversations.export.document import collect
from assistant.conversations.export.formats import FORMATS
from assistant.conversations.turns import history
from assistant.errors import BackfileError, QuestionError
from assistant.query import NO_FILTERS, Filters
from assistant.terminal.printing import detail_lines, sources, without_controls
from assistant.terminal.running import RunningAnswer
from assistant.text.counting import counted
from assistant.text.dates_in_words import day

if TYPE_CHECKING:
    from assistant.assistant import Assistant

MARKS = "»»", "««"
"""Stand around the cited words of an opened article where the output is no terminal."""
REVERSE = "\x1b[7m", "\x1b[0m"
"""Show the cited words in reverse video in a terminal."""
NEIGHBOURS = 1
"""Paragraphs shown before and after the cited one."""
REMEMBERED = 20
"""Conversations whose questions the arrow keys recall."""


@dataclass(frozen=True)
class Command:
    """A command of the conversation."""

    run: Callable[["Chat", Sequence[str]], None]
    usage: str
    help: str


class Chat:
    """One conversation in the terminal, stored like those of the page."""

    def __init__(
        self,
        assistant: "Assistant",
        conversations: Conversations,
        *,
        read: Callable[[], str],
        out: TextIO,
        conversation: str | None = None,
        filters: Filters = NO_FILTERS,
    ) -> None:
        """Continue the stored `conversation`, or begin a new one.

        `read` returns the next line that the user types. It raises EOFError at the end of the input, and
        KeyboardInterrupt if the user gives a line up.

        Raises:
            QuestionError: there is no such conversation.
        """
        self._assistant = assistant
        self._conversations = conversations
        self._read = read
        self._out = out
        self._filters = filters
        self._running: RunningAnswer | None = None
        self._answer: Answer | None = None
        if conversation is not None and conversations.find(conversation) is None:
            raise QuestionError(
                f"there is no conversation {conversation}: `python -m assistant conversations` lists them"
            )
        self._id = conversation or conversations.new_id()

    def run(self) -> None:
        """Read and answer until the input ends."""
        self._greet()
        try:
            while True:
                try:
                    line = self._read().strip()
                    if line.startswith("/"):
                        self._command(line)
                    elif line:
                        self._ask(line)
                except EOFError:
                    return
                except KeyboardInterrupt:
                    if not self._out.isatty():
                        raise
                    self._show("Ctrl-D or /quit ends the conversation.")
                except BackfileError as error:
                    self._show(f"{error}\n")
        finally:
            if self._running:
                self._running.join()

    def _greet(self) -> None:
        turns = self._conversations.turns(self._id)
        if self._out.isatty() and not turns:
            coverage = self._assistant.coverage()
            dates = (
                f", {day(coverage.first)} to {day(coverage.last)}" if coverage.first and coverage.last else ""
            )
            self._show(f"{counted(coverage.articles, 'article')}{dates}. /help lists the commands.\n")
        for turn in turns:
            self._show(f"{turn.number}. {turn.question or 'A question that cannot be read'}")
        self._answer = next(
            (turn.answer for turn in reversed(turns) if isinstance(turn.answer, Answer)), None
        )
        if self._answer:
            self._show(f"\n{self._answer.text}\n")
            self._show_sources(self._answer)

    # Questions

    def _ask(self, question: str) -> None:
        options = Options(filters=self._filters)
        before = history(self._conversations.turns(self._id))
        number = self._conversations.add_question(self._id, question, options)
        self._running = running = RunningAnswer(
            lambda: self._assistant.ask(question, history=before, filters=options.filters)
        )
        shown = ""
        try:
            for piece in running.pieces():
                shown += piece
                self._out.write(without_controls(piece))
                self._out.flush()
        except KeyboardInterrupt:
            running.stop()
            self._conversations.stop(self._id, number)
            self._show("\nStopped.\n")
            return
        except BaseException as error:
            self._conversations.fail(self._id, number, str(error))
            raise
        answer = running.answer
        if answer is None:
            raise RuntimeError("the reply ended without an answer")
        self._conversations.complete(self._id, number, answer)
        self._answer = answer
        # A chat model that fails in the middle is replaced, and its words are not the answer.
        replaced = shown.split() != answer.text.split()
        self._show(f"\n\nThe answer is:\n{answer.text}\n" if replaced and shown else "\n")
        self._show_sources(answer)

    def _show_sources(self, answer: Answer) -> None:
        for part in sources(answer):
            self._show(f"{part}\n")
        for number, change in changes(answer.citations, self._assistant).items():
            self._show(f"[{number}] {change.text}\n")

    # Commands

    def _command(self, line: str) -> None:
        try:
            name, *words = shlex.split(line)
        except ValueError:
            # A quotation mark without its other one, as in /filters outlet People's Voice.
            name, *words = line.split()
        command = COMMANDS.get(name)
        if command is None:
            raise QuestionError(f"{name} is not a command: /help lists the commands")
        command.run(self, words)

    def _help(self, _: Sequence[str]) -> None:
        width = max(len(command.usage) for command in COMMANDS.values())
        for command in COMMANDS.values():
            self._show(f"{command.usage:{width}}  {command.help}")
        self._show("Ctrl-C stops an answer; Ctrl-D ends the conversation.\n")

    def _open(self, words: Sequence[str]) -> None:
        citation = self._cited(words)
        article = self._assistant.article(citation.article, citation.version)
        if article is None:
            raise QuestionError(f"[{citation.n}] is not in the archive any more")
        change = changes([citation], self._assistant).get(citation.n)
        self._show("\n".join([*detail_lines(article), *([change.text] if change else ()), ""]))
        self._out.write(self._marked(article, citation, whole="all" in words[1:]) + "\n\n")

    def _cited(self, words: Sequence[str]) -> Citation:
        """Return the citation of the last answer with the number that was given."""
        citations = {str(each.n): each for each in self._answer.citations} if self._answer else {}
        if not citations:
            raise QuestionError("no answer with sources was given yet: ask a question first")
        if not words or words[0].strip("[]") not in citations:
            raise QuestionError(
                f"give the number of a source, {', '.join(citations)}: /open {next(iter(citations))}"
            )
        return citations[words[0].strip("[]")]

    def _marked(self, article: Article, citation: Citation, *, whole: bool) -> str:
        """Return the cited words with the paragraphs around them."""
        text = article.text
        before, cited, after = (
            without_controls(part)
            for part in (text[: citation.start], text[citation.start : citation.end], text[citation.end :])
        )
        if not whole:
            *earlier, first = before.split("\n\n")
            last, *later = after.split("\n\n")
            before = "\n\n".join([*(["…"] if earlier[:-NEIGHBOURS] else []), *earlier[-NEIGHBOURS:], first])
            after = "\n\n".join([last, *later[:NEIGHBOURS], *(["…"] if later[NEIGHBOURS:] else [])])
        begin, end = REVERSE if self._out.isatty() else MARKS
        return f"{before}{begin}{cited}{end}{after}"

    def _set_filters(self, words: Sequence[str]) -> None:
        name, value = (words[0], " ".join(words[1:])) if words else ("", "")
        if name == "none":
            self._filters = NO_FILTERS
        elif name == "since" and value:
            self._filters = replace(self._filters, since=_date(value))
        elif name == "until" and value:
            self._filters = replace(self._filters, until=_date(value))
        elif name == "outlet" and value:
            self._filters = replace(self._filters, outlets=(*self._filters.outlets, value))
        elif name:
            raise QuestionError(f"cannot read the filter: write {COMMANDS['/filters'].usage}")
        self._show(f"{_described(self._filters)}\n")

    def _export(self, words: Sequence[str]) -> None:
        path = Path(" ".join(words)).expanduser()
        form = path.suffix.removeprefix(".").lower()
        if form not in FORMATS:
            raise QuestionError(f"name a file that ends in {' or '.join(f'.{each}' for each in FORMATS)}")
        summary = self._conversations.find(self._id)
        if summary is None:
            raise QuestionError("nothing was asked yet: there is nothing to export")
        export = collect(self._conversations, [summary], self._assistant, exported=datetime.now(UTC))
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(FORMATS[form](export))
        except FileExistsError as error:
            raise QuestionError(f"{path} exists already: name another file") from error
        except OSError as error:
            raise QuestionError(f"cannot write {path} ({error.strerror}): name another file") from error
        self._show(f"The conversation is in {path}.\n")

    def _begin(self, _: Sequence[str]) -> None:
        self._id = self._conversations.new_id()
        self._answer = None
        self._show("A new conversation.\n")

    def _quit(self, _: Sequence[str]) -> None:
        raise EOFError

    def _show(self, text: str) -> None:
        self._out.write(without_controls(text) + "\n")
        self._out.flush()


COMMANDS: Mapping[str, Command] = {
    "/open": Command(Chat._open, "/open N [all]", "show source N where it is cited, or all of it"),
    "/filters": Command(
        Chat._set_filters,
        "/filters [since DATE | until DATE | outlet NAME | none]",
        "show or set what is searched",
    ),
    "/export": Command(Chat._export, "/export FILE", "write the conversation to FILE.md, .json or .html"),
    "/new": Command(Chat._begin, "/new", "begin another conversation"),
    "/help": Command(Chat._help, "/help", "list these commands"),
    "/quit": Command(Chat._quit, "/quit", "end"),
}


def line_reader(conversations: Conversations) -> Callable[[], str]:
    """Return the function that reads the user's lines.

    In a terminal, lines can be edited, and the arrow keys recall the questions of stored conversations. Otherwise
    lines are read from standard input.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return input
    # Imported only here, because it takes a tenth of a second.
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import InMemoryHistory

    past = [
        turn.question
        for summary in reversed(conversations.list()[:REMEMBERED])
        for turn in conversations.turns(summary.id)
        if turn.question
    ]
    session: PromptSession[str] = PromptSession(
        "> ",
        history=InMemoryHistory(past),
        completer=WordCompleter(list(COMMANDS), sentence=True),
        complete_while_typing=False,
    )
    return session.prompt


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QuestionError(f"{text} is not a date: write it as 2024-01-31") from error


def _described(filters: Filters) -> str:
    return f"Only articles {filters.in_words} are searched." if filters else "All articles are searched."
