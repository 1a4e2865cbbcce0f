"""What an archive holds, month by month, and what it could not take."""

from dataclasses import dataclass

from sqlalchemy import func, inspect, select

from assistant.archive.catalog import Catalog
from assistant.archive.schema import articles, rejections

JULIAN_DAY = 1_721_424.5
"""Julian day of the proleptic ordinal 0, which SQLite's date functions count from."""

LISTED_REJECTIONS = 1_000


@dataclass(frozen=True)
class Month:
    """The articles of an outlet in a month."""

    month: str
    """As in 2024-03."""
    outlet: str | None
    articles: int


@dataclass(frozen=True)
class Overview:
    """See the module."""

    months: tuple[Month, ...]
    """By month and outlet; undated articles are in none."""
    families: int
    """Articles, copies counted once."""
    rejections: int
    """Records that could not be read."""
    rejected: tuple[tuple[str, str], ...]
    """The first LISTED_REJECTIONS of them: where each was, and why it was rejected."""
    without_vector: int
    """Passages that cannot be found by meaning yet."""


def overview(catalog: Catalog) -> Overview:
    """Return what an archive holds, and what it could not take.

    Raises:
        ArchiveError: SQLite cannot read the file.
    """
    month = func.strftime("%Y-%m", articles.c.published_first + JULIAN_DAY).label("month")
    by_month = (
        select(month, articles.c.outlet, func.count())
        .where(articles.c.current, articles.c.published_first.is_not(None))
        .group_by(month, articles.c.outlet)
        .order_by(month, articles.c.outlet)
    )
    with catalog.reading() as connection:
        months = tuple(Month(*row) for row in connection.execute(by_month))
        families = connection.scalar(
            select(func.count(articles.c.family.distinct())).where(articles.c.current)
        )
        count, listed = 0, []
        # Older archives may lack what only ingest uses.
        if inspect(connection).has_table(rejections.name):
            count = connection.scalar(select(func.count()).select_from(rejections)) or 0
            query = select(rejections.c.source, rejections.c.reason).order_by(rejections.c.source)
            listed = [(row.source, row.reason) for row in connection.execute(query.limit(LISTED_REJECTIONS))]
    return Overview(months, families or 0, count, tuple(listed), catalog.without_vector())
