"""Conversations: answers kept in a SQLite file of their own.

The file lies beside the catalog but shares nothing with it, so rebuilding an archive never touches a
conversation. An answer is kept as the JSON it was given with: a citation keeps its number for good.
"""

import json
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
    MetaData,
    String,
    Table,
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

FILE_NAME = "conversations.sqlite"
TITLE_LENGTH = 80
"""Characters of the first question that name a conversation in a list."""

StoredAnswer = dict[str, Any]
"""An answer as `Answer.to_json` gave it."""

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
    """When its last answer was given, in UTC."""


class Conversations:
    """The conversations held about one archive; safe to share between threads.

    Every method raises ArchiveError where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)
        with self._transaction() as connection:
            _metadata.create_all(connection)

    def create(self) -> str:
        """An id that nobody can guess; nothing is kept until its first answer."""
        return secrets.token_urlsafe(16)

    def append(self, id: str, answer: Answer) -> None:
        """Keep `answer` as the next turn; the first one starts the conversation and names it."""
        now = datetime.now(UTC).isoformat()
        with self._transaction() as connection:
            known = connection.execute(
                update(_conversations).where(_conversations.c.id == id).values(updated=now)
            )
            if known.rowcount == 0:
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
        """The answers of a conversation oldest first; none if unknown."""
        with self._transaction() as connection:
            rows = connection.execute(
                select(_turns.c.answer).where(_turns.c.conversation == id).order_by(_turns.c.number)
            )
            return [json.loads(row.answer) for row in rows]

    def list(self) -> Sequence[Summary]:
        """All conversations, the one last spoken in first."""
        with self._transaction() as connection:
            rows = connection.execute(select(_conversations).order_by(_conversations.c.updated.desc()))
            return [Summary(row.id, row.title, datetime.fromisoformat(row.updated)) for row in rows]

    def delete(self, id: str) -> None:
        """Remove a conversation and all its answers; an unknown one is no error."""
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
                f"conversations cannot be kept in {self._path}: {reason}; "
                "see that the folder can be written to and that its disk is not full"
            ) from error


def readable(text: str) -> str:
    """Return a text typed or sent by anyone as one that can be searched: halves of surrogate pairs cannot.

    >>> readable("who \\udcff said so")
    'who ? said so'
    """
    return text.encode("utf-8", "replace").decode()


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1].rstrip() + "…"


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: object) -> None:
        # WAL lets one page read while another writes; a busy file is waited for instead of refused;
        # what is deleted is overwritten, since a newsroom's questions are confidential.
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
