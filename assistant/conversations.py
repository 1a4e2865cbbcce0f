"""Stores conversations, with the answers they hold, in their own SQLite file.

The file is beside the catalog but shares nothing with it, so rebuilding an archive never changes a
conversation. An answer is stored as its JSON, so a citation always keeps its number.
"""

import json
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

from assistant.answer import Answer
from assistant.errors import ArchiveError

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
    """When its last answer was stored, in UTC."""


@dataclass(frozen=True)
class UnreadableAnswer:
    """Takes the place of a stored answer that is damaged."""

    question: str | None
    """None if the question is damaged too."""


StoredAnswer = Answer | UnreadableAnswer


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

    def append(self, id: str, answer: Answer) -> None:
        """Store `answer` as the next turn. The first one creates the conversation, titled by its question."""
        now = datetime.now(UTC).isoformat()
        with self._transaction() as connection:
            existing = connection.execute(
                update(_conversations).where(_conversations.c.id == id).values(updated=now)
            )
            if existing.rowcount == 0:
                connection.execute(
                    insert(_conversations).values(id=id, title=_title(answer.question), updated=now)
                )
            last = connection.execute(
                select(func.max(_turns.c.number)).where(_turns.c.conversation == id)
            ).scalar()
            connection.execute(
                insert(_turns).values(
                    conversation=id, number=(last or 0) + 1, answer=json.dumps(answer.to_json())
                )
            )

    def answers(self, id: str) -> Sequence[StoredAnswer]:
        """Return the answers of a conversation, oldest first; an unknown conversation has none."""
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


def _parse(stored: str) -> StoredAnswer:
    """Return the answer that the JSON text `stored` holds."""
    try:
        return Answer.from_json(json.loads(stored))
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
