"""Parses exports of Substack: pages without a head, described by the table `posts.csv` beside their folder."""

import csv
import re
from collections.abc import Mapping

from assistant.article import Article
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article
from ingest.articles.markup import without_markup
from ingest.articles.publication import reason_not_published
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

COLUMNS = frozenset({"post_id", "post_date", "is_published"})
"""Columns of `posts.csv` that no other table has together."""

_NAME = re.compile(r"(\d+)(?:\.[\w-]*)?\.html?", re.IGNORECASE)
_TABLES = ("../posts.csv", "posts.csv")


def post_of(entry: Entry) -> Mapping[str, str] | None:
    """Return the row that describes a page; None if the page is no post of an export."""
    name = _NAME.fullmatch(entry.name)
    if name is None or entry.beside is None:
        return None
    for table in _TABLES:
        data = entry.beside(table)
        for row in csv.DictReader(decode(data).splitlines()) if data is not None else ():
            if row.keys() >= COLUMNS and (row["post_id"] or "").partition(".")[0] == name[1]:
                return row
    return None


def article(post: Mapping[str, str], page: str, source: str, options: ReadOptions) -> Article | Rejected:
    """Return the article of a post: its table has the title and the date, its page the text."""
    if reason := reason_not_published(post, pages=False):
        return Rejected(source, reason)
    return build_article(
        Extracted(
            text=without_markup(f"<div>{page}</div>"),
            title=post.get("title"),
            published=dates.parse(post["post_date"], "metadata"),
            guid=f"substack:{post['post_id']}",
        ),
        source,
        options,
    )
