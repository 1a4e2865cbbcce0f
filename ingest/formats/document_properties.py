"""What a document's properties state about it, weighed against what its pages say."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.article import Article
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, on_one_line
from ingest.sources.rejections import Rejected

LONGEST_TITLE_LINE = 200
"""Characters of a first paragraph that is a title, as in plain text."""

LOOKED_AT = 10
"""Paragraphs in which a stated title is looked for."""

_NO_PERSON = re.compile(
    r"\b(?:users?|admin\w*|owner|microsoft|windows|office|word|libreoffice|adobe|acrobat|google|python|default|unknown"
    r"|desktop|laptop|scan\w*|editor|desk|news\w*)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\W_]+")


def choose_title(stated: str | None, parts: Sequence[str]) -> str | None:
    """The title of a document: what its properties state if its beginning says the same, else its first paragraph.

    A stated title is often that of a template, of the first draft or of a file. It counts unproven only where
    the first paragraph is too long for a title.
    """
    stated = on_one_line(stated or "")
    wanted = _plain(stated)
    if wanted and any(wanted in _plain(part) for part in parts[:LOOKED_AT]):
        return stated
    if parts and len(parts[0]) <= LONGEST_TITLE_LINE:
        return parts[0]
    return stated or None


def add_author(found: Article | Rejected, stated: str | None) -> Article | Rejected:
    """The article, by the person its properties name where its text names nobody.

    Programs fill that property with the name of an account, so it counts only where it looks like a person's.
    """
    if isinstance(found, Rejected) or found.authors or not stated or _NO_PERSON.search(stated):
        return found
    return replace(found, authors=tuple(name for name in authors(clean(stated)) if " " in name))


def _plain(text: str) -> str:
    return _PLAIN.sub("", text).casefold()
