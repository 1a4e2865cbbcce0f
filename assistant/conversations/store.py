"""Stores conversations, with the answers they hold, in their own SQLite file.

The file is beside the catalog but shares nothing with it, so rebuilding an archive never changes a
conversation. An answer is stored as its JSON, so a citation always keeps its number. A question is stored when it is
asked, so that it is not lost if its answer never comes.
"""

import json
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Row,
    Select,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from assistant.answer import Answer
from assistant.conversations.schema import conversations, prepare, searchable, turns
from assistant.conversations.turns import (
    NO_OPTIONS,
    Feedback,
    Options,
    State,
    StoredAnswer,
    Turn,
    Verdict,
    parse_answer,
    parse_options,
)
from assistant.errors import ArchiveError
from assistant.text.letters import fold
from assistant.text.surrogates import replace_surrogates

FILE_NAME = "conversations.sqlite"
TITLE_LENGTH = 80
"""Longest title of a conversation, in characters."""
UNDO = timedelta(minutes=10)
"""How long a discarded conversation can be restored."""

_CITING = text(
    """
    SELECT conversation, number FROM turns
    WHERE CASE WHEN json_valid(answer) THEN EXISTS (
        SELECT 1 FROM json_tree(answer, '$.citations') AS part
        WHERE part.key = 'article' AND part.atom IN (SELECT value FROM json_each(:articles))
    ) END
    ORDER BY number"""
)
"""Finds the answers that cite some articles. SQLite does so 10 times faster than Python."""


@dataclass(frozen=True)
class Summary:
    """A conversation as a list shows it."""

    id: str
    title: str
    """Its first question, shortened, or the title that a person gave it."""
    updated: datetime
    """When its last question was asked or answered, in UTC."""
    pinned: bool = False


@dataclass(frozen=True)
class Match:
    """A conversation that a search found."""

    summary: Summary
    turns: tuple[int, ...]
    """Numbers of the turns that were found; empty if only the title was."""


class Conversations:
    """The conversations about one archive. Threads and processes may share the file.

    A discarded conversation is in no list and no search, and has no turns, until it is restored.

    Every method raises ArchiveError if the file cannot be read or written.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open the file, or create it. `now` tells the time in UTC."""
        self._path = path
        self._now = now
        self._engine = _engine(path)
        try:
            with self._writing() as connection:
                prepare(connection)
            self.purge()
        except BaseException:
            # Windows does not move or delete an open file.
            self._engine.dispose()
            raise

    # Questions and answers

    def new_id(self) -> str:
        """Return an id for a new conversation that nobody can guess. Its first question stores the conversation."""
        return secrets.token_hex(16)

    def add_question(
        self, id: str, question: str, options: Options = NO_OPTIONS, *, owner: str | None = None
    ) -> int:
        """Store a question when it is asked, with the state `asked`, and return the number of its turn.

        The first question creates the conversation, titled by it and belonging to `owner`. A question to a discarded
        conversation restores it.
        """
        question = replace_surrogates(question)
        now = self._now().isoformat()
        with self._writing() as connection:
            known = connection.execute(
                update(conversations).where(conversations.c.id == id).values(updated=now, discarded=None)
            )
            if not known.rowcount:
                connection.execute(
                    insert(conversations).values(id=id, title=_title(question), updated=now, owner=owner)
                )
            last = connection.scalar(select(func.max(turns.c.number)).where(turns.c.conversation == id))
            number: int = (last or 0) + 1
            connection.execute(
                insert(turns).values(conversation=id, number=number, **_asked(question, options, now))
            )
        return number

    def ask_again(self, id: str, number: int, question: str, options: Options = NO_OPTIONS) -> bool:
        """Set a turn back to `asked`, with this question. Its answer and feedback are removed.

        Returns whether the turn exists.
        """
        question = replace_surrogates(question)
        now = self._now().isoformat()
        return self._change_turn(id, number, **_asked(question, options, now)) and self._change(
            id, updated=now
        )

    def complete(self, id: str, number: int, answer: Answer, *, of: str | None = None) -> bool:
        """Store the answer of a turn, whatever its state, and return whether it was stored.

        It is not if the turn was deleted meanwhile, or if its question is not `of` any more.
        """
        now = self._now().isoformat()
        values = _answered(answer)
        return self._change_turn(id, number, *_question_is(of), **values) and self._change(id, updated=now)

    def stop(self, id: str, number: int, *, of: str | None = None) -> bool:
        """Record that a person stopped a question's answer; returns whether it was still `asked`."""
        return self._change_turn(id, number, *_still_asked(of), state="stopped")

    def fail(self, id: str, number: int, reason: str, *, of: str | None = None) -> bool:
        """Record why a question has no answer; returns whether it was still `asked`."""
        return self._change_turn(
            id, number, *_still_asked(of), state="failed", error=replace_surrogates(reason)
        )

    def append(self, id: str, answer: Answer, *, owner: str | None = None) -> int:
        """Store a question together with its answer as the next turn, and return the turn's number."""
        number = self.add_question(id, answer.question, Options(filters=answer.filters), owner=owner)
        self.complete(id, number, answer)
        return number

    def turns(self, id: str) -> Sequence[Turn]:
        """Return the turns of a conversation, oldest first; an unknown conversation has none."""
        with self._reading() as connection:
            rows = connection.execute(
                _turn_columns()
                .join(conversations)
                .where(turns.c.conversation == id, conversations.c.discarded.is_(None))
                .order_by(turns.c.number)
            )
            return [_turn(row) for row in rows]

    def answers(self, id: str) -> Sequence[StoredAnswer]:
        """Return the answers of a conversation, oldest first."""
        return [turn.answer for turn in self.turns(id) if turn.answer is not None]

    def unfinished(self) -> Sequence[tuple[str, Turn]]:
        """Return the turns with the state `asked`, each with its conversation's id, oldest first.

        When a server starts, these are the questions that the last one did not finish.
        """
        with self._reading() as connection:
            rows = connection.execute(
                _turn_columns()
                .add_columns(turns.c.conversation)
                .join(conversations)
                .where(turns.c.state == "asked", conversations.c.discarded.is_(None))
                .order_by(turns.c.asked)
            )
            return [(row.conversation, _turn(row)) for row in rows]

    def give_feedback(self, id: str, number: int, feedback: Feedback | None) -> bool:
        """Store what a person thinks of an answer, or remove it if None; returns whether the turn exists."""
        verdict, note = (feedback.verdict, replace_surrogates(feedback.note)) if feedback else (None, None)
        return self._change_turn(id, number, verdict=verdict, note=note)

    # Conversations

    def list(self, *, owner: str | None = None) -> Sequence[Summary]:
        """Return all conversations, or those of one owner: pinned ones first, then the most recently updated."""
        with self._reading() as connection:
            return [_summary(row) for row in connection.execute(_listed(owner))]

    def search(self, words: str, *, owner: str | None = None) -> Sequence[Match]:
        """Return the conversations that hold all the words, in the order of `list`.

        They are in the title, or in one question and its answer. Case and diacritics do not matter, and a part of a
        word is enough. Without words, nothing is found.
        """
        wanted = fold(replace_surrogates(words)).split()
        if not wanted:
            return []
        holds = [func.instr(turns.c.searchable, word) > 0 for word in wanted]
        with self._reading() as connection:
            found: dict[str, tuple[int, ...]] = {}
            for row in connection.execute(
                select(turns.c.conversation, turns.c.number).where(*holds).order_by(turns.c.number)
            ):
                found[row.conversation] = (*found.get(row.conversation, ()), row.number)
            summaries = [_summary(row) for row in connection.execute(_listed(owner))]
        return [
            Match(summary, found.get(summary.id, ()))
            for summary in summaries
            if summary.id in found or all(word in fold(summary.title) for word in wanted)
        ]

    def quoting(self, articles: Sequence[str]) -> Sequence[Match]:
        """Return the conversations with an answer that cites one of these articles, in the order of `list`."""
        found: dict[str, tuple[int, ...]] = {}
        with self._reading() as connection:
            for row in connection.execute(_CITING, {"articles": json.dumps(list(articles))}):
                found[row.conversation] = (*found.get(row.conversation, ()), row.number)
        return [Match(each, found[each.id]) for each in self.list() if each.id in found]

    def find(self, id: str) -> Summary | None:
        """Return a conversation; None if there is none with this id."""
        with self._reading() as connection:
            row = connection.execute(_listed(None).where(conversations.c.id == id)).first()
        return None if row is None else _summary(row)

    def rename(self, id: str, title: str) -> str | None:
        """Set the title, on one line and shortened; an empty one is the first question again.

        Returns the title as it is stored; None if there is no such conversation.
        """
        shown = _title(title)
        if not shown:
            shown = _title(next((turn.question for turn in self.turns(id) if turn.question), ""))
        return shown if self._change(id, title=shown) else None

    def pin(self, id: str, pinned: bool = True) -> bool:
        """Pin a conversation to the top of the list, or unpin it; returns whether it exists."""
        return self._change(id, pinned=pinned)

    def discard(self, id: str) -> bool:
        """Delete a conversation in a way that `restore` can undo for ten minutes; returns whether it exists."""
        return self._change(id, discarded=self._now().isoformat())

    def restore(self, id: str) -> bool:
        """Undo `discard`; returns whether the conversation was still there."""
        self.purge()
        return self._change(id, conversations.c.discarded.is_not(None), discarded=None)

    def purge(self) -> None:
        """Delete the conversations that were discarded more than ten minutes ago."""
        since = (self._now() - UNDO).isoformat()
        self._delete(conversations.c.discarded < since)

    def delete(self, id: str) -> bool:
        """Delete a conversation and all its answers at once; returns whether it existed.

        The text is overwritten in the file.
        """
        return self._delete(conversations.c.id == id)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def _change(self, id: str, *conditions: ColumnElement[bool], **values: object) -> bool:
        with self._writing() as connection:
            done = connection.execute(
                update(conversations).where(conversations.c.id == id, *conditions).values(**values)
            )
            return bool(done.rowcount)

    def _change_turn(self, id: str, number: int, *conditions: ColumnElement[bool], **values: object) -> bool:
        with self._writing() as connection:
            done = connection.execute(
                update(turns)
                .where(turns.c.conversation == id, turns.c.number == number, *conditions)
                .values(**values)
            )
            return bool(done.rowcount)

    def _delete(self, condition: ColumnElement[bool]) -> bool:
        with self._writing() as connection:
            done = connection.execute(delete(conversations).where(condition))
        if done.rowcount:
            # The log keeps the deleted pages until it is emptied, which cannot be done in a transaction.
            with self._transaction("") as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return bool(done.rowcount)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._transaction("BEGIN")

    def _writing(self) -> AbstractContextManager[Connection]:
        # A transaction that reads before it writes would fail if another one has written meanwhile.
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        try:
            with self._engine.execution_options(begin=begin).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            raise ArchiveError(
                f"conversations cannot be stored in {self._path}: {reason}; "
                "check that the folder is writable and that its disk is not full"
            ) from error


def _listed(owner: str | None) -> Select[Any]:
    query = select(conversations).where(conversations.c.discarded.is_(None))
    if owner is not None:
        query = query.where(conversations.c.owner == owner)
    return query.order_by(conversations.c.pinned.desc(), conversations.c.updated.desc())


def _summary(row: Row[Any]) -> Summary:
    return Summary(row.id, row.title, datetime.fromisoformat(row.updated), row.pinned)


def _turn_columns() -> Select[Any]:
    others = (column for column in turns.c if column.name not in ("conversation", "answer", "searchable"))
    # Read as bytes: SQLite's driver fails on a whole result if one text in it is not UTF-8.
    return select(*others, sqlalchemy.cast(turns.c.answer, LargeBinary).label("answer")).select_from(turns)


def _turn(row: Row[Any]) -> Turn:
    return Turn(
        number=row.number,
        question=row.question,
        state=cast(State, row.state),
        answer=None if row.answer is None else parse_answer(row.answer.decode("utf-8", "replace")),
        options=parse_options(row.options),
        asked=datetime.fromisoformat(row.asked) if row.asked else None,
        error=row.error,
        feedback=Feedback(cast(Verdict, row.verdict), row.note or "") if row.verdict else None,
    )


def _asked(question: str, options: Options, now: str) -> dict[str, object]:
    """Return the columns of a turn whose question has just been asked."""
    return {
        "question": question,
        "state": "asked",
        "answer": None,
        "options": json.dumps(options.to_json()),
        "asked": now,
        "error": None,
        "verdict": None,
        "note": None,
        "searchable": searchable(question),
    }


def _answered(answer: Answer) -> dict[str, object]:
    """Return the columns that change when a turn is answered."""
    return {
        "state": "answered",
        "answer": json.dumps(answer.to_json()),
        "error": None,
        "searchable": searchable(answer.question, answer),
    }


def _question_is(question: str | None) -> list[ColumnElement[bool]]:
    return [] if question is None else [turns.c.question == replace_surrogates(question)]


def _still_asked(question: str | None) -> list[ColumnElement[bool]]:
    return [turns.c.state == "asked", *_question_is(question)]


def _title(text: str) -> str:
    """Return a title on one line without control characters, shortened."""
    plain = "".join(" " if unicodedata.category(each) == "Cc" else each for each in replace_surrogates(text))
    words = " ".join(plain.split())
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1].rstrip() + "…"


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: object) -> None:
        # Otherwise Python's driver begins transactions itself, and only before some statements.
        connection.isolation_level = None
        # WAL lets one page read while another writes. The timeout waits for a busy file instead of failing.
        # secure_delete overwrites what is deleted, because a newsroom's questions are confidential.
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if statement := connection.get_execution_options()["begin"]:
            connection.exec_driver_sql(statement)

    return engine
