"""Answers and articles as text for a terminal."""

import re
import textwrap
from collections.abc import Iterator

from assistant.answer import Answer, Citation
from assistant.article import Article

WIDTH = 100
"""Characters per line of printed answers."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def article_line(article: Article) -> str:
    """Return an article on one line, for a list."""
    published = article.published.iso or "undated"
    return f"{article.id}  {published[:10]:10}  {article.outlet or '–'}: {article.title}"


def article_lines(article: Article) -> Iterator[str]:
    """Yield an article's details and its text."""
    yield from detail_lines(article)
    yield ""
    yield article.text


def detail_lines(article: Article) -> Iterator[str]:
    """Yield an article's title and details."""
    yield article.title
    details = (
        article.outlet,
        ", ".join(article.authors),
        article.published.iso or "undated",
        article.place,
        article.url,
    )
    yield " · ".join(each for each in details if each)
    yield f"article {article.id}, version {article.version}, from {article.source}"


def format_answer(answer: Answer) -> str:
    """Return an answer with all that belongs to it."""
    parts = [textwrap.fill(answer.text, WIDTH), *sources(answer)]
    if answer.short_answer:
        parts.insert(0, answer.short_answer)
    return "\n\n".join(parts)


def sources(answer: Answer) -> list[str]:
    """Return what is printed below an answer's text: its sources or else the nearest articles, and its notes."""
    parts = ["\n".join(citation_lines(citation)) for citation in answer.citations]
    if answer.abstained and answer.passages:
        nearest = (
            f"  {found.source.title} – {found.source.outlet or 'unknown outlet'}"
            for found in answer.passages[:3]
        )
        parts.append("Nearest articles:\n" + "\n".join(nearest))
    return [*parts, *(f"Note: {note}" for note in answer.notes)]


def citation_lines(citation: Citation) -> Iterator[str]:
    """Yield a numbered citation with its source."""
    source = citation.source
    origin = ", ".join(each for each in (source.outlet, (source.published or "")[:10]) if each)
    corrected = " (corrected)" if source.corrected else ""
    recognised = f" ({source.recognised})" if source.recognised else ""
    yield f"[{citation.n}] {source.title} – {origin or 'outlet and date unknown'}{corrected}{recognised}"
    yield f"    article {citation.article}, characters {citation.start}–{citation.end}"
    if source.url:
        yield f"    {source.url}"
    if source.also:
        yield "    also carried by " + ", ".join(copy.outlet or copy.article for copy in source.also)


def without_controls(text: str) -> str:
    r"""Return a text without the control characters by which a terminal could be made to do something.

    >>> without_controls("one\x1b[2J\ntwo\tthree")
    'one[2J\ntwo\tthree'
    """
    return _CONTROL.sub("", text)
