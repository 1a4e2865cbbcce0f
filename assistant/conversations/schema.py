"""The tables of the conversations file, and how a file of an older version gets them.

The file's version is SQLite's `user_version`. Files of Backfile 0.1 have none: they are version 1.
"""

import json

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    false,
    insert,
    inspect,
    select,
    text,
)

from assistant.answer import Answer
from assistant.conversations.turns import NO_OPTIONS, Options, StoredAnswer, parse_answer
from assistant.errors import ArchiveError
from assistant.text.letters import fold

VERSION = 2

tables = MetaData()

conversations = Table(
    "conversations",
    tables,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("updated", String, nullable=False, index=True),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("owner", String),
    Column("discarded", String),
)
"""`owner` is the browser that a conversation belongs to; NULL for one from before or from the command line.
`discarded` is when it was deleted, as long as that can be undone."""

turns = Table(
    "turns",
    tables,
    Column("conversation", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("question", String),
    Column("state", String, nullable=False),
    Column("options", String, nullable=False, server_default="{}"),
    Column("asked", String),
    Column("error", String),
    Column("verdict", String),
    Column("note", String),
    Column("searchable", String, nullable=False, server_default=""),
    # The last column, so that SQLite can read the others without the pages of a long answer.
    Column("answer", String),
)
"""`answer` and `options` are JSON. `searchable` is the question and the text of the answer, folded."""


def searchable(question: str | None, answer: StoredAnswer | None = None) -> str:
    """Return the text of a turn in the form in which it is searched."""
    said = answer.text if isinstance(answer, Answer) else ""
    return " ".join(fold(f"{question or ''} {said}").split())


def prepare(connection: Connection) -> None:
    """Create the tables of a new file, or bring those of an older file to this version. Call it in a transaction.

    Raises:
        ArchiveError: a newer Backfile has written the file.
    """
    version = connection.scalar(text("PRAGMA user_version")) or 0
    if version > VERSION:
        raise ArchiveError(
            f"a newer Backfile stored its conversations (version {version}; this one reads up to {VERSION}): use "
            "that one, or give another archive"
        )
    if version == VERSION:
        return
    if "turns" in inspect(connection).get_table_names():
        _from_version_1(connection)
    else:
        tables.create_all(connection)
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))


def _from_version_1(connection: Connection) -> None:
    """Add what version 1 lacks. Its turns are copied, because SQLite cannot make a column optional."""
    for column in ("pinned BOOLEAN NOT NULL DEFAULT 0", "owner VARCHAR", "discarded VARCHAR"):
        connection.execute(text(f"ALTER TABLE conversations ADD COLUMN {column}"))
    connection.execute(text("ALTER TABLE turns RENAME TO turns_1"))
    turns.create(connection)
    older = Table("turns_1", MetaData(), Column("conversation"), Column("number"), Column("answer", String))
    # Read as bytes: SQLite's driver fails on a whole result if one text in it is not UTF-8.
    rows = connection.execute(
        select(older.c.conversation, older.c.number, cast(older.c.answer, LargeBinary).label("answer"))
    )
    for row in rows:
        answer = parse_answer(row.answer.decode("utf-8", "replace"))
        options = Options(filters=answer.filters) if isinstance(answer, Answer) else NO_OPTIONS
        connection.execute(
            insert(turns).values(
                conversation=row.conversation,
                number=row.number,
                question=answer.question,
                state="answered",
                # Copied as it is, so that a damaged answer can still be mended by hand.
                answer=select(older.c.answer)
                .where(older.c.conversation == row.conversation, older.c.number == row.number)
                .scalar_subquery(),
                options=json.dumps(options.to_json()),
                searchable=searchable(answer.question, answer),
            )
        )
    connection.execute(text("DROP TABLE turns_1"))
