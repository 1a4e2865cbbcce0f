"""Properties that everything the parsers yield must have, whatever the file."""

import re
import time
from datetime import date, timedelta
from pathlib import Path

from assistant.article import Article, gaps
from ingest.articles.canonical import clean
from ingest.formats.registry import parse
from ingest.parsing.passages import PassageBuilder
from ingest.sources.files import ReadOptions, SourceFile
from ingest.sources.rejections import Rejected, Skipped
from tests.word_tokenizer import WordTokenizer

TODAY = date(2026, 1, 1)

SECONDS = 10
"""Maximum seconds of processor time for a file of LONGEST bytes: a hundred times what most take."""

LONGEST = 50_000

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BUILDER = PassageBuilder(WordTokenizer(limit=256))


def check(path: Path) -> None:
    """Parse a file, and check all results."""
    file = SourceFile(f"desk/{path.name}", path, path.stat().st_size, 0)
    begun = time.process_time()
    for item in parse(file, ReadOptions(today=TODAY)):
        if isinstance(item, Article):
            check_article(item)
        elif isinstance(item, Rejected):
            _check_line(item.source)
            _check_line(item.reason)
        else:
            assert isinstance(item, Skipped) and item.count > 0
            _check_line(item.source)
            _check_line(item.kind)
    took = time.process_time() - begun
    assert took < SECONDS, f"{took:.0f} seconds"


def check_article(article: Article) -> None:
    """Check that an article can be stored, cut and shown."""
    _check_line(article.title)
    _check_line(article.source)
    named = (article.outlet, article.place, article.url, article.guid, article.language, article.section)
    for name in (*named, *article.authors, *article.keywords):
        if name is not None:
            _check_line(name)
    assert article.text and clean(article.text) == article.text, f"not canonical: {article.text!r}"
    for published in (article.published, article.updated):
        if published.first_day and published.last_day:
            assert published.first_day <= published.last_day
            assert published.first_day <= TODAY + timedelta(days=1), f"{published.iso} is to come"
    edges = [edge for span in article.furniture for edge in span]
    assert edges == sorted(edges) and all(0 <= edge <= len(article.text) for edge in edges), edges
    _check_passages(article)


def _check_passages(article: Article) -> None:
    outside = gaps(list(article.furniture), len(article.text))
    at = 0
    for passage in _BUILDER.build(article):
        assert at <= passage.start < passage.end, (at, passage)
        assert any(start <= passage.start and passage.end <= end for start, end in outside), passage
        assert passage.text.strip() and passage.text == article.text[passage.start : passage.end]
        at = passage.end


def _check_line(text: str) -> None:
    """Check that a text can be stored, and shown on one line as written."""
    assert text.strip() and not _UNSEEN.search(text), f"what cannot be seen in {text!r}"
