"""Detects the languages of the articles in an archive of an older version, which did not detect them."""

from sqlalchemy import bindparam, func, select, update

from assistant.archive.catalog import Catalog
from assistant.archive.schema import articles
from ingest.articles.language import LOOKED_AT, detect

DETECTED = "languages"
"""The catalog property that says that the languages of all articles were detected."""

BATCH = 1_000
"""Articles of one transaction."""


def detect_languages(catalog: Catalog) -> None:
    """Store the languages of all articles, once for each archive; new articles are stored with theirs."""
    if catalog.property(DETECTED):
        return
    beginning = func.substr(articles.c.text, 1, LOOKED_AT).label("beginning")
    query = select(articles.c.pk, beginning).where(articles.c.detected.is_(None)).limit(BATCH)
    change = update(articles).where(articles.c.pk == bindparam("key")).values(detected=bindparam("found"))
    while True:
        with catalog.writing() as connection:
            rows = connection.execute(query).all()
            if rows:
                connection.execute(change, [{"key": row.pk, "found": detect(row.beginning)} for row in rows])
        if not rows:
            break
    catalog.set_properties({DETECTED: "1"})
