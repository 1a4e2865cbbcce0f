"""Links corrections that were printed as articles of their own to the articles that they name.

A correction names an article by its address, by its headline, or by what it was about: "In our report of Monday on the
bus that overturned near Tarnik …". An article that only says of itself that it was corrected is another version.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, insert, select, update

from assistant.archive import fulltext
from assistant.archive.catalog import Catalog, set_properties
from assistant.archive.schema import articles, corrections, passages
from assistant.article import Article
from assistant.text.sentences import sentence_spans
from assistant.text.words import by_stem, rarity, share
from ingest.articles.notices import corrected_subject

LATEST = timedelta(days=90)
"""How long after an article its correction may appear."""

NAMED_SHARE = 0.5
"""Least share of the words by which a correction names an article that the article must have, weighted by rarity."""

LEAD = 1.25
"""How much larger this share must be than that of the next article. Otherwise it is not clear which one is named."""

CANDIDATES = 200
"""Passages whose articles are compared with a correction."""

COMPARED = 2_000
"""Code points of each that are compared."""

LOOKED_FOR = "corrections"
"""The catalog property that says that older articles were searched for corrections."""

_ABOUT_CORRECTIONS = (
    "report reported reporting article story wrote written incorrectly wrongly mistakenly correction corrected "
    "clarification retraction stated error earlier published print edition page paper newspaper fact"
)
"""Words of corrections that do not name their subject."""


def note_correction(connection: Connection, article: Article) -> None:
    """Remember an article that corrects another one, so that it is linked when the ingest ends."""
    connection.execute(delete(corrections).where(corrections.c.article == article.id))
    if corrected_subject(article.title) is not None:
        connection.execute(insert(corrections).values(article=article.id))


def link_corrections(catalog: Catalog) -> None:
    """Link each correction that is not linked yet to the article that it names, if the archive has it."""
    with catalog.writing() as connection:
        if not catalog.property(LOOKED_FOR):
            _find_older(connection)
            set_properties(connection, {LOOKED_FOR: "1"})
        waiting = select(corrections.c.article).where(corrections.c.corrects.is_(None))
        rows = connection.execute(
            select(articles).where(articles.c.current, articles.c.id.in_(waiting))
        ).all()
        for row in rows:
            if found := _named(connection, row):
                link = update(corrections).where(corrections.c.article == row.id)
                connection.execute(link.values(corrects=found))


def _find_older(connection: Connection) -> None:
    """Find the corrections in an archive of an older version, which did not look for them."""
    noted = exists().where(corrections.c.article == articles.c.id)
    rows = connection.execute(select(articles.c.id, articles.c.title).where(articles.c.current, ~noted))
    found = [{"article": row.id} for row in rows if corrected_subject(row.title) is not None]
    if found:
        connection.execute(insert(corrections), found)


def _named(connection: Connection, correction: Row[Any]) -> str | None:
    """Return the article that a correction names."""
    candidates = _candidates(connection, correction)
    title, text = corrected_subject(correction.title) or "", correction.text
    for row in candidates:
        if (row.url and row.url in text) or (len(row.title.split()) > 2 and row.title in text):
            return str(row.id)
    spans = sentence_spans(text)
    first = text[slice(*spans[0])] if spans else ""
    wanted = by_stem(f"{title} {first}")
    stems = [stem for stem in wanted if stem not in by_stem(_ABOUT_CORRECTIONS)]
    total = connection.scalar(select(func.count()).select_from(passages)) or 0
    weights = rarity(fulltext.frequencies(connection, stems), stems, total)
    scored = sorted(
        ((share(weights, f"{row.title} {row.beginning}"), row.id) for row in candidates), reverse=True
    )
    if not scored or scored[0][0] < NAMED_SHARE:
        return None
    return str(scored[0][1]) if len(scored) == 1 or scored[0][0] >= LEAD * scored[1][0] else None


def _candidates(connection: Connection, correction: Row[Any]) -> Sequence[Row[Any]]:
    """Return the articles of the same outlet, printed before a correction, that have words in common with it."""
    found = fulltext.search(connection, f"{correction.title} {correction.text[:COMPARED]}", limit=CANDIDATES)
    of_passage = select(passages.c.article).where(passages.c.pk.in_([key for key, _ in found]))
    rules = [
        articles.c.pk.in_(of_passage),
        articles.c.id != correction.id,
        articles.c.outlet.is_not_distinct_from(correction.outlet),
    ]
    if correction.published_first is not None:
        earliest = correction.published_first - LATEST.days
        rules.append(articles.c.published_first.between(earliest, correction.published_last))
    columns: list[ColumnElement[Any]] = [
        articles.c.id,
        articles.c.title,
        articles.c.url,
        func.substr(articles.c.text, 1, COMPARED).label("beginning"),
    ]
    corrects = exists().where(corrections.c.article == articles.c.id)
    return connection.execute(select(*columns).where(*rules, ~corrects)).all()
