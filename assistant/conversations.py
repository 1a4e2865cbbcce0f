"""Stores conversations, with the answers they hold, in their own SQLite file.

The file is beside the catalog but shares nothing with it, so rebuilding an archive never changes a
conversation. A turn is stored as JSON: a question when it is asked, then its answer in the same place, so nothing that
was asked is lost, and a citation always keeps its number.
"""

import json
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from assistant.answer import Answer, Disregarded
from assistant.errors import ArchiveError
from assistant.json_object import JsonObject
from assistant.query import NO_FILTERS, Filters

logger = logging.getLogger(__name__)

FILE_NAME = "conversations.sqlite"
TITLE_LENGTH = 80
"""Longest title of a conversation, in characters."""

_metadata = MetaData()
_conversations = Table(
    "conversations",
    _metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("updated", String, nullable=False, index=True),
)
_turns = Table(
    "turns",
    _metadata,
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("answer", String, nullable=False),
)


@dataclass(frozen=True)
class Summary:
    """A conversation as a list shows it."""

    id: str
    title: str
    """Its first question, shortened."""
    updated: datetime
    """When its last question was asked or answered, in UTC."""


@dataclass(frozen=True)
class UnreadableAnswer:
    """Takes the place of a stored answer that is damaged."""

    question: str | None
    """None if the question is damaged too."""


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A question as it was asked, stored in the place of its answer until there is one."""

    question: str
    filters: Filters = NO_FILTERS
    disregards: tuple[Disregarded, ...] = ()
    """What the search disregards because the user said so."""
    state: Literal["asked", "stopped", "failed"] = "asked"
    error: str | None = None
    """Why there is no answer; only for the state `failed`."""

    def to_json(self) -> JsonObject:
        """Return the question as it is stored."""
        return {
            "question": self.question,
            "filters": self.filters.to_json(),
            "disregards": list(self.disregards),
            "state": self.state,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "AskedQuestion":
        """Return the question that `to_json` wrote."""
        return cls(
            question=stored["question"],
            filters=Filters.from_json(stored["filters"]),
            disregards=tuple(stored["disregards"]),
            state=stored["state"],
            error=stored["error"],
        )


StoredAnswer = Answer | AskedQuestion | UnreadableAnswer


class Conversations:
    """The conversations about one archive. Threads may share an instance.

    Every method raises ArchiveError if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)
        with self._transaction() as connection:
            _metadata.create_all(connection)

    def new_id(self) -> str:
        """Return an id for a new conversation that nobody can guess. `append` stores the conversation."""
        return secrets.token_hex(16)

    def append(self, id: str, turn: Answer | AskedQuestion) -> int:
        """Store the next turn and return its number, from 1.

        The first turn creates the conversation, titled by its question.
        """
        now = datetime.now(UTC).isoformat()
        with self._transaction() as connection:
            existing = connection.execute(
                update(_conversations).where(_conversations.c.id == id).values(updated=now)
            )
            if existing.rowcount == 0:
                connection.execute(
                    insert(_conversations).values(id=id, title=_title(turn.question), updated=now)
                )
            last = connection.execute(
                select(func.max(_turns.c.number)).where(_turns.c.conversation == id)
            ).scalar()
            number = (last or 0) + 1
            connection.execute(insert(_turns).values(conversation=id, number=number, answer=_stored(turn)))
        return number

    def replace(
        self, id: str, number: int, turn: Answer | AskedQuestion, *, of: AskedQuestion | None = None
    ) -> bool:
        """Store `turn` in the place of a turn, and return whether it was stored.

        It is not if the turn was deleted meanwhile, or, where `of` is given, if another question took its place.
        """
        same = (_turns.c.conversation == id) & (_turns.c.number == number)
        if of is not None:
            same &= _turns.c.answer == _stored(of)
        now = datetime.now(UTC).isoformat()
        with self._transaction() as connection:
            stored = connection.execute(update(_turns).where(same).values(answer=_stored(turn))).rowcount > 0
            if stored:
                connection.execute(
                    update(_conversations).where(_conversations.c.id == id).values(updated=now)
                )
        return stored

    def answers(self, id: str) -> Sequence[StoredAnswer]:
        """Return the turns of a conversation, oldest first; an unknown conversation has none.

        Turns are never deleted one by one, so the first has the number 1, and so on.
        """
        with self._transaction() as connection:
            # Read as bytes: SQLite's driver fails on a whole result if one text in it is not UTF-8.
            rows = connection.execute(
                select(cast(_turns.c.answer, LargeBinary).label("answer"))
                .where(_turns.c.conversation == id)
                .order_by(_turns.c.number)
            )
            return [_parse(row.answer.decode("utf-8", "replace")) for row in rows]

    def list(self) -> Sequence[Summary]:
        """Return all conversations, the most recently updated first."""
        with self._transaction() as connection:
            rows = connection.execute(select(_conversations).order_by(_conversations.c.updated.desc()))
            return [Summary(row.id, row.title, datetime.fromisoformat(row.updated)) for row in rows]

    def delete(self, id: str) -> None:
        """Delete a conversation and all its answers; does nothing if it does not exist."""
        with self._transaction() as connection:
            connection.execute(delete(_conversations).where(_conversations.c.id == id))

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            raise ArchiveError(
                f"conversations cannot be stored in {self._path}: {reason}; "
                "check that the folder is writable and that its disk is not full"
            ) from error


def _stored(turn: Answer | AskedQuestion) -> str:
    """Return the JSON text of a turn."""
    return json.dumps(turn.to_json())


def _parse(stored: str) -> StoredAnswer:
    """Return the turn that the JSON text `stored` holds."""
    try:
        turn = json.loads(stored)
        return AskedQuestion.from_json(turn) if "state" in turn else Answer.from_json(turn)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("a stored answer is damaged: %s: %s", type(error).__name__, error)
        return UnreadableAnswer(_question(stored))


def _question(stored: str) -> str | None:
    """Return the question in the JSON text of a damaged answer, if it is near the start."""
    _, _, rest = stored.partition('"question": ')
    try:
        question, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return None
    return question if isinstance(question, str) else None


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1].rstrip() + "…"


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: object) -> None:
        # WAL lets one page read while another writes. The timeout waits for a busy file instead of failing.
        # secure_delete overwrites what is deleted, because a newsroom's questions are confidential.
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
