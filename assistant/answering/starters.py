"""Suggests questions about an archive, made by rules from its newest articles.

They ask for numbers and names, because these can be checked: the page shows only questions whose short answer may stand
alone.
"""

import re
from collections.abc import Iterator

from assistant.archive.catalog import Catalog
from assistant.article import Article
from assistant.text.names import names
from assistant.text.sentences import sentence_spans
from assistant.text.words import NUMBER

ARTICLES = 300
"""Newest articles that are read. Few hold a sentence that becomes a clear question, so many are needed."""
COUNT = 12
"""Questions suggested. Not all have a short answer that may stand alone."""
LONGEST = 110
"""Code points of a question that is read at a glance."""

_NUMBERED = re.compile(
    rf"(?:.{{0,80}}[,;] |[A-Z][a-z]+ )?(?:(?:at least|about|around|some|more than|nearly|almost) )?"
    rf"(?:{NUMBER.pattern})[\w,.-]*(?: hundred| thousand| million)? (?P<what>[a-z]+(?: [a-z]+)?) "
    r"(?P<verb>were|have|had|are|took|lost|died|signed|voted|marched|attended|live|work) (?P<rest>[^,;:“”()\n]+)\.",
    re.IGNORECASE,
)
"""A sentence that begins with a number of something: "Forty sailings were cancelled in Port Ellery."."""

_FULL_NAME = r"[A-Z][\w’'-]+(?: (?:al-|de |van |von |bin |ben )?[A-Z][\w’'-]+){1,2}"
"""A name of two or three words; a single capitalised word may be anything."""
_OFFICE = re.compile(
    rf"{_FULL_NAME}, (?P<office>the (?:[a-z-]+ ){{1,3}}(?:of|at|for) (?:the )?[A-Z][^.,;:“”()\n]{{2,40}})[,.]"
)
"""A person and an office with a name in it: "Ida Brandt, the mayor of Port Ellery,"."""

_REFERS = re.compile(r"\b(?:he|her|his|it|its|she|their|them|they|there|this|that|these|those|which)\b", re.I)
"""Words that a question without its article leaves unclear."""


def starter_questions(catalog: Catalog) -> list[str]:
    """Return questions about numbers and people in the newest articles, the newest first."""
    found = (question for article in catalog.newest(ARTICLES) for question in _questions(article))
    return list(dict.fromkeys(each for each in found if len(each) <= LONGEST))[:COUNT]


def _questions(article: Article) -> Iterator[str]:
    for start, end in sentence_spans(article.text):
        numbered = _NUMBERED.fullmatch(article.text[start:end])
        if numbered and names(numbered["rest"]) and not _REFERS.search(numbered["rest"]):
            yield f"How many {numbered['what']} {numbered['verb']} {numbered['rest']}?"
            return
    office = _OFFICE.search(article.text)
    if office:
        yield f"Who is {office['office']}?"
