"""Extracts keywords, the subjects that the publisher gave an article, from lists and lines of text."""

import re

from ingest.articles.canonical import is_value, on_one_line
from ingest.articles.markup import without_markup

LONGEST_KEYWORD = 100
"""Maximum characters of a keyword; anything longer is a sentence."""

MOST_KEYWORDS = 100
"""Maximum keywords of one article; pages written for search engines have hundreds."""

_LONGEST_LINE = 5_000
_LISTED = re.compile(r"""(["'])(.*?)\1(?=\s*[,\]])""")
_NAMES = ("value", "name", "term", "label")


def keywords(value: object) -> tuple[str, ...]:
    """Return the keywords in a list, in a list of objects with a `name`, or in a line separated by `;`, `|` or
    commas.

    Of several spellings the first is kept. Numbers are foreign keys of another table and are dropped.

    >>> keywords("Ports; Storms, winter; ports")
    ('Ports', 'Storms, winter')
    """
    found: dict[str, str] = {}
    for word in _words(value):
        word = on_one_line(word).strip("\"'“” ")
        if (
            is_value(word)
            and len(word) <= LONGEST_KEYWORD
            and not word.isdecimal()
            and len(found) < MOST_KEYWORDS
        ):
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _words(value: object) -> list[str]:
    if isinstance(value, dict):
        value = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), None)
        return [value] if isinstance(value, str) else []
    if isinstance(value, list | tuple):
        return [
            word
            for item in value
            for word in ([without_markup(item)] if isinstance(item, str) else _words(item))
        ]
    if not isinstance(value, str) or len(value) > _LONGEST_LINE:
        return []
    if value.strip().startswith("[") and (listed := _LISTED.findall(value)):
        # Spreadsheets write lists like this: ['ports', "sailors' wages"]
        return [word for _, word in listed]
    value = without_markup(value)
    separator = next((mark for mark in ";|" if mark in value), ",")
    return value.replace("\n", separator).split(separator)
