"""Full-text search of passages with SQLite's FTS5: the one place that knows its tables and its query language."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from assistant.text.words import terms

TITLE_WEIGHT = 1.0
PASSAGE_WEIGHT = 1.0

# The index keeps no text of its own: it reads the articles' through this view.
_CREATE = (
    """CREATE VIEW passage_text AS
       SELECT passages.pk AS pk, articles.title AS title,
              substr(articles.text, passages.start + 1, passages."end" - passages.start) AS passage
       FROM passages JOIN articles ON articles.pk = passages.article""",
    """CREATE VIRTUAL TABLE passages_fts USING fts5(
           title, passage, content='passage_text', content_rowid='pk',
           tokenize="porter unicode61 remove_diacritics 2")""",
    "CREATE VIRTUAL TABLE passages_stems USING fts5vocab('passages_fts', 'row')",
)


def create(connection: Connection) -> None:
    """Create the full-text index of an empty catalog."""
    for statement in _CREATE:
        connection.execute(text(statement))


def add(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Index passages, given as rows of `pk`, `title` and `passage`, in ascending order of `pk`."""
    connection.execute(
        text("INSERT INTO passages_fts(rowid, title, passage) VALUES (:pk, :title, :passage)"), list(rows)
    )


def remove(connection: Connection, article: int) -> None:
    """Take the passages of an article (its row) out of the index, before they leave the catalog."""
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
    """Empty the index, the catalog holding no passages any more."""
    connection.execute(text("INSERT INTO passages_fts(passages_fts) VALUES ('rebuild')"))


def purge(connection: Connection) -> None:
    """Write the index anew without the words of passages that were taken out of it, which else stay for long."""
    connection.execute(text("INSERT INTO passages_fts(passages_fts) VALUES ('optimize')"))


def search(
    connection: Connection, question: str, *, limit: int, among: str | None = None
) -> list[tuple[int, float]]:
    """Return the best passages for a question as (key, score), best first; higher scores are better.

    Any word may match; BM25 decides. `among` names a temporary table of passage keys to search within.
    """
    query = " OR ".join(f'"{word}"' for word in terms(question))
    if not query:
        return []
    # The plus keeps SQLite from asking the index once for each of these keys, which takes a minute for 100,000.
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


def articles_with(connection: Connection, word: str, among: str) -> list[int]:
    """Return the articles (their rows) that hold a word, in the title or in one of the passages of a temporary table.

    `among` names the table, of keys and articles.
    """
    # CROSS JOIN keeps the order: the word's passages are looked up in the table, not each key in the index.
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
    """Return in how many passages each stem occurs; those that occur in none are missing."""
    rows = (
        connection.execute(
            text("SELECT term, doc FROM passages_stems WHERE term = :stem"), {"stem": stem}
        ).first()
        for stem in stems
    )
    return {row.term: row.doc for row in rows if row is not None}
