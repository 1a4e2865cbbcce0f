"""From what a reader found in a record to an article: cleaned, in paragraphs, with its furniture marked."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from assistant.article import UNDATED, Article, PublicationDate, gaps
from ingest.articles import dates, furniture
from ingest.articles.canonical import clean, join, on_one_line, paragraphs
from ingest.articles.keywords import keywords
from ingest.articles.markup import without_markup
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

LONGEST_TITLE = 300
"""Characters of a title; the longest headlines in print have half of it. What is longer is text."""

MADE_TITLE = 100
"""Characters of a title made from the first words of an article that has none."""

LONGEST_NAME = 200
"""Characters of an outlet, place or section; what is longer is no name, and is left out."""

LONGEST_ADDRESS = 2_048
"""Characters of an address or global identifier; browsers and servers take no longer ones."""

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][\w-]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s")


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """What a reader found, as it stands there; None and UNDATED where it found nothing."""

    text: str
    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published: PublicationDate = UNDATED
    """What the record states; its address and its text are looked at beside it."""
    mentioned: PublicationDate = UNDATED
    """A date that stands somewhere on the page, which counts where nothing better tells one."""
    updated: PublicationDate = UNDATED
    place: str | None = None
    url: str | None = None
    guid: str | None = None
    language: str | None = None
    section: str | None = None
    keywords: object = None
    """A list of them, or a line of text that parts them."""


def build_article(found: Extracted, source: str, options: ReadOptions) -> Article | Rejected:
    """Make the article; Rejected where no text is left.

    What the record says wins. Then its URL gives outlet (the host) and date, then the options the outlet,
    then dateline and stamp place, date and outlet. An article without a title is called by its first words.
    """
    parts = paragraphs(clean(found.text))
    if not parts:
        return Rejected(source, "no text")
    title = _cut(_line(found.title), LONGEST_TITLE) or _first_words(parts[0])
    credits = furniture.find_furniture(title, parts)
    text = join(parts)
    spans = credits.spans
    if not any(text[start:end].strip() for start, end in gaps(list(spans), len(text))):
        # A news flash is its own headline: it stays searchable.
        spans = ()
    url = _web_address(found.url)
    guid = on_one_line(found.guid or "")
    outlet = _name(found.outlet) or host(url) or _name(options.outlet) or _name(credits.agency)
    return Article(
        title=title,
        text=text,
        source=source,
        outlet=outlet,
        authors=tuple(filter(None, map(on_one_line, found.authors))) or credits.authors,
        published=dates.unless_future(_published(found, url, credits.published), options.today),
        updated=dates.unless_future(found.updated, options.today),
        place=_name(found.place) or _name(credits.place),
        url=url,
        guid=guid if guid and len(guid) <= LONGEST_ADDRESS else None,
        language=_language(found.language),
        section=_name(found.section),
        keywords=keywords(found.keywords),
        furniture=spans,
    )


def host(url: str | None) -> str | None:
    """The host of a web address without `www.`.

    >>> host("https://www.cnn.com/2022/05/21/x")
    'cnn.com'
    """
    parts = split_address(url)
    name = parts.hostname if parts is not None else None
    return name.removeprefix("www.") if name and "." in name else None


def split_address(url: str | None) -> SplitResult | None:
    """The parts of a web address; None where it cannot be read as one."""
    try:
        return urlsplit(url) if url else None
    except ValueError:
        return None


def _line(text: str | None) -> str:
    """A title or name: cleaned, without markup and line ends."""
    return on_one_line(without_markup(text or ""))


def _name(text: str | None) -> str | None:
    name = _line(text)
    return name if name and len(name) <= LONGEST_NAME else None


def _web_address(url: str | None) -> str | None:
    """The address as given, if it is one that a reader can open."""
    url = clean(url or "")
    is_one = re.match(r"https?://[^\s/]\S*$", url, re.IGNORECASE) and split_address(url) is not None
    return url if is_one and len(url) <= LONGEST_ADDRESS else None


def _published(found: Extracted, url: str | None, told: PublicationDate) -> PublicationDate:
    """The most trusted date: stated, in the address, told by dateline or stamp, mentioned.

    An address that tells only the month gives way to a day told, and to one mentioned within that month.
    """
    addressed = dates.from_url(url or "")
    mentioned = found.mentioned
    by_trust = (
        found.published,
        addressed if addressed.precision == "day" else UNDATED,
        told,
        mentioned if mentioned.iso and mentioned.iso.startswith(addressed.iso or "") else UNDATED,
        addressed,
    )
    return next((date for date in by_trust if date.iso), UNDATED)


def _language(name: str | None) -> str | None:
    match = _LANGUAGE.fullmatch((name or "").strip())
    return match[1].lower() if match else None


def _first_words(paragraph: str) -> str:
    return _cut(_SENTENCE_END.split(" ".join(paragraph.split()), maxsplit=1)[0], MADE_TITLE)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:-–—") + "…"
