"""Full-text search of passages with SQLite's FTS5. No other module uses its tables or its query language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from assistant.text.letters import LETTERS, plain_letters
from assistant.text.spelling import ONE_SLIP, slips
from assistant.text.words import STOPWORDS, terms, words_of

ELIDED = "dlmo"
"""First letters that an apostrophe may separate from a name: D’Angelo, L’Aquila, M’Cready, O’Brien."""

TITLE_WEIGHT = 1.0
PASSAGE_WEIGHT = 1.0

_PHRASE = re.compile(r"[“\"](?P<phrase>[^”\"]*\w[^”\"]*)[”\"]|(?P<word>\w+)")


def _with_plain_letters(expression: str) -> str:
    """Return the SQL expression for `plain_letters` of a text."""
    for letter, plain in LETTERS.items():
        expression = f"replace({expression}, '{letter}', '{plain}')"
    return expression


_PASSAGE = """substr(articles.text, passages.start + 1, passages."end" - passages.start)"""

# The index stores no text of its own: it reads the articles' text through this view.
_CREATE_VIEW = f"""CREATE VIEW passage_text AS
    SELECT passages.pk AS pk, {_with_plain_letters("articles.title")} AS title,
           {_with_plain_letters(_PASSAGE)} AS passage
    FROM passages JOIN articles ON articles.pk = passages.article"""
_CREATE = (
    _CREATE_VIEW,
    """CREATE VIRTUAL TABLE passages_fts USING fts5(
           title, passage, content='passage_text', content_rowid='pk',
           tokenize="porter unicode61 remove_diacritics 2")""",
    "CREATE VIRTUAL TABLE passages_stems USING fts5vocab('passages_fts', 'row')",
)


@dataclass(frozen=True)
class Entry:
    """A passage to be indexed."""

    pk: int
    title: str
    passage: str


def create(connection: Connection) -> None:
    """Create the full-text index of an empty catalog."""
    for statement in _CREATE:
        connection.execute(text(statement))


def upgrade(connection: Connection) -> None:
    """Index the passages of an older catalog again, with the letters that are now replaced."""
    connection.execute(text("DROP VIEW passage_text"))
    connection.execute(text(_CREATE_VIEW))
    connection.execute(text("INSERT INTO passages_fts(passages_fts) VALUES ('rebuild')"))


def add(connection: Connection, entries: Sequence[Entry]) -> None:
    """Index passages, in ascending order of `pk`."""
    connection.execute(
        text("INSERT INTO passages_fts(rowid, title, passage) VALUES (:pk, :title, :passage)"),
        [
            {"pk": entry.pk, "title": plain_letters(entry.title), "passage": plain_letters(entry.passage)}
            for entry in entries
        ],
    )


def remove(connection: Connection, article: int) -> None:
    """Remove the passages of an article (its row) from the index. Call this before they leave the catalog."""
    connection.execute(
        text(
            """INSERT INTO passages_fts(passages_fts, rowid, title, passage)
               SELECT 'delete', view.pk, view.title, view.passage
               FROM passage_text AS view JOIN passages ON passages.pk = view.pk
               WHERE passages.article = :article"""
        ),
        {"article": article},
    )


def clear(connection: Connection) -> None:
    """Empty the index. Call this once the catalog holds no passages."""
    connection.execute(text("INSERT INTO passages_fts(passages_fts) VALUES ('rebuild')"))


def purge(connection: Connection) -> None:
    """Rewrite the index without the words of removed passages, which FTS5 otherwise keeps for a long time."""
    connection.execute(text("INSERT INTO passages_fts(passages_fts) VALUES ('optimize')"))


def search(
    connection: Connection, question: str, *, limit: int, among: str | None = None
) -> list[tuple[int, float]]:
    """Return the best passages for a question as (key, BM25 score), best first; higher scores are better.

    A passage matches if it has any word of the question. `among` names a temporary table of the passage keys to
    search; None searches all.
    """
    query = " OR ".join(f'"{word}"' for word in terms(question))
    if not query:
        return []
    # The plus keeps SQLite from querying the index once per key, which takes a minute for 100,000 keys.
    inside = f"AND +passages_fts.rowid IN (SELECT pk FROM {among})" if among else ""
    rows = connection.execute(
        text(
            f"""SELECT rowid, -bm25(passages_fts, {TITLE_WEIGHT}, {PASSAGE_WEIGHT}) AS score
                FROM passages_fts WHERE passages_fts MATCH :query {inside}
                ORDER BY score DESC, rowid LIMIT :limit"""
        ),
        {"query": query, "limit": limit},
    )
    return [(row.rowid, row.score) for row in rows]


def passages_with(connection: Connection, words: str) -> list[int]:
    """Return the keys of the passages that contain all of these words, in the title or the text.

    Stop words do not count. Words in quotation marks must stand in a row.
    """
    query = " AND ".join(
        f'"{" ".join(words_of(match["phrase"]))}"' if match["phrase"] else f'"{term}"'
        for match in _PHRASE.finditer(words)
        for term in (terms(match["word"]) if match["word"] else [""])
        if match["phrase"] or term not in STOPWORDS
    )
    if not query:
        return []
    found = text("SELECT rowid FROM passages_fts WHERE passages_fts MATCH :query")
    return [row.rowid for row in connection.execute(found, {"query": query})]


def articles_with(connection: Connection, word: str, among: str) -> list[int]:
    """Return the articles (their rows) that contain a word in their title or in a passage.

    Only the passages in the temporary table `among`, with columns pk and article, are searched.
    """
    # CROSS JOIN fixes the order: SQLite looks up the word's passages in the table, not every key in the index.
    rows = connection.execute(
        text(
            f"""SELECT DISTINCT wanted.article
                FROM passages_fts CROSS JOIN {among} AS wanted ON wanted.pk = passages_fts.rowid
                WHERE passages_fts MATCH :query"""
        ),
        {"query": f'"{word}"'},
    )
    return [row.article for row in rows]


def frequencies(connection: Connection, stems: Sequence[str]) -> dict[str, int]:
    """Return the number of passages with each stem. Stems that occur in none are missing."""
    rows = (
        connection.execute(
            text("SELECT term, doc FROM passages_stems WHERE term = :stem"), {"stem": stem}
        ).first()
        for stem in stems
    )
    return {row.term: row.doc for row in rows if row is not None}


def nearest_stem(connection: Connection, stem: str) -> str | None:
    """Return the stem in the index that is most likely another spelling of a name; None if there is none."""
    rows = connection.execute(
        text(
            """SELECT term, doc FROM passages_stems
               WHERE term >= :first AND term < :next AND length(term) BETWEEN :least AND :most"""
        ),
        {"first": stem[0], "next": chr(ord(stem[0]) + 1), "least": len(stem) - 2, "most": len(stem) + 2},
    )
    near = [(found, -row.doc, str(row.term)) for row in rows if (found := slips(stem, row.term)) is not None]
    if near:
        return min(near)[2]
    # The index holds O’Brien as two words.
    rest = stem[1:]
    return rest if len(rest) >= ONE_SLIP and stem[0] in ELIDED and frequencies(connection, [rest]) else None
