"""An article, its date, its passages, and spans of its text.

All offsets count Unicode code points in the canonical text of an article version. That text is stored once and never
changes, so `article.text[passage.start:passage.end] == passage.text` always holds.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Span = tuple[int, int]
"""Start and end of a piece of text in code points; the end is excluded."""

DatePrecision = Literal["day", "month", "year", "unknown"]
DateOrigin = Literal["feed", "metadata", "url", "dateline", "stamp", "text", "unknown"]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Names of the months in English, because embedded text must not depend on the machine's language."""

ID_LENGTH = 16
"""Hexadecimal digits of an article id. With 64 bits, two of a million articles collide with probability 3e-8."""

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T\S+)?)?)?")


@dataclass(frozen=True)
class PublicationDate:
    """A date, as precise as it is known, and where it was found.

    >>> PublicationDate("2023-02", "url").precision
    'month'
    """

    iso: str | None = None
    """`2023`, `2023-02`, `2023-02-02` or `2023-02-02T09:48:03+00:00`; None if unknown."""
    origin: DateOrigin = "unknown"

    def __post_init__(self) -> None:
        """Raise ValueError if the date is not in one of the forms of `iso`."""
        if self.iso is not None:
            match = _ISO.fullmatch(self.iso)
            if match is None:
                raise ValueError(f"not an ISO date: {self.iso!r}")
            date(int(match[1]), int(match[2] or 1), int(match[3] or 1))

    @property
    def precision(self) -> DatePrecision:
        """How much of the date is known. A date with a time of day has the precision `day`."""
        if self.iso is None:
            return "unknown"
        return {4: "year", 7: "month"}.get(len(self.iso), "day")  # type: ignore[return-value]

    @property
    def first_day(self) -> date | None:
        """The first day that the date can mean."""
        if self.iso is None:
            return None
        return date.fromisoformat((self.iso + "-01-01")[:10] if len(self.iso) < 10 else self.iso[:10])

    @property
    def last_day(self) -> date | None:
        """The last day that the date can mean."""
        first = self.first_day
        if first is None or self.precision == "day":
            return first
        if self.precision == "year":
            return date(first.year, 12, 31)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return date.fromordinal(following.toordinal() - 1)


UNDATED = PublicationDate()

READ_BY_OCR = "read by OCR"
"""Beginning of the keyword that says how surely an article was recognised, such as `read by OCR, 87 %`."""


def heading(title: str, published: PublicationDate) -> str:
    """Return the title and the date in words, which a model reads before a passage.

    >>> heading("Gales near", PublicationDate("2023-02", "url")), heading("Gales near", UNDATED)
    ('Gales near. February 2023.', 'Gales near.')
    """
    words = [f"{' '.join(title.split())}."]
    day = published.first_day
    if day is not None:
        month = MONTHS[day.month - 1]
        words.append(
            {"day": f"{day.day} {month} ", "month": f"{month} "}.get(published.precision, "") + f"{day.year}."
        )
    return " ".join(words)


@dataclass(frozen=True, kw_only=True)
class Article:
    """One version of a news article."""

    title: str
    text: str
    """Canonical text: paragraphs separated by blank lines, `\\n` line ends, no NUL, no lone surrogates."""
    source: str
    """Where it was in the ingested files: `folder/file.txt`, `export.jsonl.gz#17`, `week.zip/monday/page.html`."""
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published: PublicationDate = UNDATED
    updated: PublicationDate = UNDATED
    place: str | None = None
    url: str | None = None
    guid: str | None = None
    language: str | None = None
    section: str | None = None
    """Section of the newspaper or site."""
    keywords: tuple[str, ...] = ()
    furniture: tuple[Span, ...] = ()
    """Parts of the text that belong to no passage, such as a repeated title or a closing stamp. Sorted, disjoint."""
    version: int = 1
    detected: str | None = None
    """Language of the text as it was detected, `und` if that failed; None if it was not tried."""
    free: bool | None = None
    """Whether the page says that everybody may read all of it; None if it does not say."""
    page: int | None = None
    """Which page this is of an article over several pages; None if it does not say."""

    @property
    def id(self) -> str:
        """Stable identity: a digest of its guid, else of its URL, else of its outlet and source."""
        if self.guid:
            key = ["guid", self.guid]
        elif self.url:
            key = ["url", self.url]
        else:
            key = ["source", self.outlet or "", self.source]
        return _digest(key)[:ID_LENGTH]

    @property
    def digest(self) -> str:
        """Digest of everything that people see of the article. Equal digests mean the same version.

        Section and keywords are left out: a story that moves to another section stays the same version. So is what
        was detected in the text.
        """
        return _digest(
            [
                self.title,
                self.text,
                self.outlet,
                self.authors,
                self.published.iso,
                self.published.origin,
                self.updated.iso,
                self.place,
                self.url,
                self.language,
                self.furniture,
            ]
        )

    @property
    def wording(self) -> str:
        """Digest of the body, ignoring case and white space. Copies of one story have equal digests."""
        return _digest(" ".join(self.body.casefold().split()))

    @property
    def written_in(self) -> str | None:
        """The language of the text: as detected, else as the record states."""
        return self.language if self.detected in (None, "und") else self.detected

    @property
    def body(self) -> str:
        """The text without its furniture."""
        return "".join(self.text[start:end] for start, end in gaps(list(self.furniture), len(self.text)))


@dataclass(frozen=True)
class Passage:
    """A part of an article's text that is searched as a unit."""

    article: str
    version: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Copy:
    """Another article of the same family: the same story, carried by another outlet."""

    article: str
    outlet: str | None
    url: str | None


@dataclass(frozen=True)
class Correction:
    """An article that corrects another one."""

    article: str
    title: str
    outlet: str | None
    published: str | None
    text: str
    """Its first words."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a passage comes from: what a person needs to judge it and to find it again."""

    title: str
    outlet: str | None
    published: str | None
    """ISO date as exactly as it is known: `2023`, `2023-02`, `2023-02-02` or with a time."""
    place: str | None = None
    url: str | None
    corrected: bool = False
    """Whether the archive keeps an older version of the article too."""
    also: tuple[Copy, ...] = ()
    """Other articles that carry the same story."""
    corrections: tuple[Correction, ...] = ()
    """Articles that correct this one."""
    recognised: str | None = None
    """How surely OCR recognised its words, as in `read by OCR, 87 %`; None if its text is not OCR's."""


def gaps(spans: list[Span], length: int) -> list[Span]:
    """Return the parts of `0..length` that none of the sorted, disjoint `spans` covers."""
    edges = [0, *(edge for span in spans for edge in span), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()
