"""Finds the masthead of a printed page: the newspaper's name with day, number and price."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.article import UNDATED, PublicationDate
from ingest.articles import dates
from ingest.formats.layout import OTHER_SIZE, Paragraph, usual_size

LONGEST_LINE = 100
"""Maximum characters of a line of a masthead."""

MOST_LINES = 5
"""Maximum paragraphs of a masthead: name, motto, edition, day, price."""

MOST_WORDS = 6
"""Maximum words of a newspaper's name."""

_PAPER = re.compile(
    r"\b(?:\w*(?:post|news|zeitung|blatt|bladet)|advertiser|argus|chronicle|courier|echo|examiner|express|gazette"
    r"|guardian|herald|independent|inquirer|journal|ledger|mail|mercury|mirror|monitor|observer|press|record|register"
    r"|sentinel|standard|star|sun|telegraph|times|tribune|weekly)$",
    re.IGNORECASE,
)
"""Words with which the names of newspapers end."""

_ARTICLE = re.compile(r"(?:the|le|la|el|il|der|die|das|de)\b", re.IGNORECASE)
_ISSUE = re.compile(
    r"\b(?:no|nr|vol|price|edition|est|founded)\b\.?|[£$€]\s?\d|\d\s?(?:p|d|cents?)\b", re.IGNORECASE
)
_SMALL_WORDS = frozenset("and of the for de la le du des del y und et & a".split())


@dataclass(frozen=True)
class Masthead:
    """What a masthead states, and the number of paragraphs that it has."""

    name: str
    published: PublicationDate
    length: int


def masthead(found: Sequence[Paragraph]) -> Masthead | None:
    """Return the masthead with which a document begins; None if it begins with a title or text.

    Its name is in larger letters than the headlines below it. It ends like the name of a newspaper and begins with an
    article or has a day beside it, or there are both a day and a number or price.
    """
    top: list[Paragraph] = []
    for paragraph in found[:MOST_LINES]:
        if paragraph.page != found[0].page or len(paragraph.text) > LONGEST_LINE:
            break
        top.append(paragraph)
    headline = usual_size(found) * (1 + OTHER_SIZE)
    large = [index for index, paragraph in enumerate(top) if paragraph.size > headline]
    if not large:
        return None
    at = max(large, key=lambda index: top[index].size)
    name = top[at].text
    days = ((index, _day(paragraph.text)) for index, paragraph in enumerate(top) if abs(index - at) <= 2)
    beside, published = next(((index, day) for index, day in days if day.iso), (at, UNDATED))
    is_issue = published.iso is not None and any(_ISSUE.search(paragraph.text) for paragraph in top)
    is_paper = _PAPER.search(name) is not None and (published.iso or _ARTICLE.match(name))
    if not _is_name(name) or not (is_paper or is_issue):
        return None
    length = max(at, beside) + 1
    below = [paragraph for paragraph in found[length:] if paragraph.page == found[0].page]
    if not any(paragraph.size > headline and paragraph.size < top[at].size for paragraph in below):
        return None
    return Masthead(name, published, length)


def _is_name(text: str) -> bool:
    words = [word for word in text.split() if word.casefold() not in _SMALL_WORDS]
    return len(words) <= MOST_WORDS and text[-1:] not in ".!?" and all(word[:1].isupper() for word in words)


def _day(line: str) -> PublicationDate:
    words = line.split()
    parsed = (dates.parse(" ".join(words[index:]), "text") for index in range(len(words)))
    return next((day for day in parsed if day.precision == "day"), UNDATED)
