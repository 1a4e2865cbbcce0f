"""Extracts the names of authors from bylines and author fields."""

import re

_BY = re.compile(r"\s*(?:(?:written|reported|reporting|story|text|words)\s+)?by[:\s]\s*", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[;|•·\n/]|,(?!\s*(?:Jr|Sr|II|III|IV)\b)|\b(?:and|AND)\b|&)\s*")
_LISTED = re.compile(r"""(["'])(.*?)\1(?=\s*[,\]])""")
_ROLE = re.compile(
    r"(?:\b(?:writers?|reporters?|correspondents?|editors?|columnists?|contributors?|photographers?|producers?|analysts?"
    r"|journalists?|desk|team|staff|newsroom|bureau chief|updated|published)\b|https?:|www\.|@|\d{4})",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:\([^()]*\)|(?:in|at|from|for)\s+[A-Z].*|(?:-|–|—)\s.*|(?:staff|senior|special)\s+writer.*)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"january|february|march|april|may|june|july|august|september|october|november|december)\.?|\S+\.(?:com|org|net|co\.uk)",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(
    r"(?:[A-ZÀ-ÖØ-Þ][\w.'’-]*|al-[\w-]+|(?:de|da|del|della|di|du|la|le|van|von|der|den|bin|ibn|ben|el|al|y)$)"
)
_NAME_WORDS = range(2, 6)
_LONGEST_BYLINE = 160
_LONGEST_NAME = 100
_LONGEST_LIST = 5_000


def authors(value: object) -> tuple[str, ...]:
    """Return the names in an author field: a byline, a list of names, or a list of objects with a `name`.

    >>> authors("By Jane Doe and John Smith, Staff Writer")
    ('Jane Doe', 'John Smith')
    """
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "display_name", "full_name") if value.get(key)), None)
    if isinstance(value, list):
        names = [name for item in value for name in authors(item)]
    elif isinstance(value, str) and len(value) <= _LONGEST_LIST:
        names = _names(value)
    else:
        names = []
    return tuple(dict.fromkeys(names))


def byline(paragraph: str) -> tuple[str, ...]:
    """Return the names in a paragraph that is only a byline; an empty tuple for any other paragraph.

    >>> byline("By Friday, the harbour had reopened.")
    ()
    """
    match = _BY.match(paragraph)
    if match is None or len(paragraph) > _LONGEST_BYLINE or paragraph.endswith(("!", "?", ":")):
        return ()
    if paragraph.endswith(".") and not paragraph.endswith(("Jr.", "Sr.")):
        return ()
    names = _names(paragraph)
    return tuple(names) if names and all(_is_name(name) for name in names) else ()


def _names(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        # Spreadsheets write lists like this: ['Jane Doe', "Brian O'Hara"]
        return [name for _, item in _LISTED.findall(text) for name in _names(item)]
    text = _BY.sub("", text, count=1) if _BY.match(text) else text
    if re.fullmatch(r"\w+, \w+", text):
        # "Doe, Jane" may be one person or two people with one name each, so it is kept as written.
        return [text]
    parts = [
        _TAIL.sub("", part).strip(" ,.-–—") if not part.endswith(("Jr.", "Sr.")) else part
        for part in _SEPARATOR.split(text)
    ]
    return [
        _cased(part)
        for part in parts
        if part and len(part) <= _LONGEST_NAME and not _ROLE.search(part) and not _NO_NAME.fullmatch(part)
    ]


def _is_name(name: str) -> bool:
    words = name.split()
    return len(words) in _NAME_WORDS and all(_NAME_WORD.match(word) for word in words)


def _cased(name: str) -> str:
    """Return a name in capitals in title case; initials and short acronyms stay as they are."""
    if name.isupper() and " " in name:
        return " ".join(word if "." in word else word.title() for word in name.split())
    return name
