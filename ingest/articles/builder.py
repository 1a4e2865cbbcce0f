"""Builds an article from what a format parser extracted: clean text in paragraphs, with its furniture marked."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from assistant.article import UNDATED, Article, PublicationDate, gaps
from ingest.articles import dates, furniture
from ingest.articles.canonical import clean, is_value, join, on_one_line, paragraphs
from ingest.articles.keywords import keywords
from ingest.articles.markup import without_markup
from ingest.articles.pages import page_number
from ingest.articles.web_archives import original
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

LONGEST_TITLE = 300
"""Maximum characters of a title. The longest printed headlines have half as many; anything longer is body text."""

MADE_TITLE = 100
"""Maximum characters of a title made from the first words of an article without one."""

LONGEST_NAME = 200
"""Maximum characters of an outlet, place or section. Longer values are not names and are dropped."""

LONGEST_ADDRESS = 2_048
"""Maximum characters of a URL or global identifier. Browsers and servers accept no longer ones."""

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][\w-]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s")


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """What a parser extracted from one record, unchanged; None and UNDATED for what it did not find."""

    text: str
    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published: PublicationDate = UNDATED
    """The date that the record states. `build_article` also looks at the URL and the text."""
    mentioned: PublicationDate = UNDATED
    """A date shown somewhere on the page, used only if nothing better gives one."""
    updated: PublicationDate = UNDATED
    place: str | None = None
    url: str | None = None
    guid: str | None = None
    language: str | None = None
    section: str | None = None
    keywords: object = None
    """A list of keywords, or one line of text that separates them."""
    free: bool | None = None
    """Whether the record says that everybody may read all of it."""
    fetched: str | None = None
    """The address that it was fetched from, if that may differ from `url`."""


def build_article(extracted: Extracted, source: str, options: ReadOptions) -> Article | Rejected:
    """Build the article; returns Rejected if no text is left.

    The record's own fields take precedence. If it names no outlet, the URL's host is used, then the options, then
    the dateline or stamp. If it states no date, see `_published`. A place can come from the dateline or stamp. An
    article without a title is named by its first words.
    """
    text = clean(extracted.text)
    parts = paragraphs(text) if is_value(text) else []
    if not parts:
        return Rejected(source, "no text")
    title = _cut(_line(extracted.title), LONGEST_TITLE) or _first_words(parts[0])
    credits = furniture.find_furniture(title, parts)
    text = join(parts)
    spans = credits.spans
    if not any(text[start:end].strip() for start, end in gaps(list(spans), len(text))):
        # A news flash consists of its headline; without this it could not be extracted.
        spans = ()
    url = _web_address(extracted.url)
    guid = on_one_line(extracted.guid or "")
    outlet = _name(extracted.outlet) or host(url) or _name(options.outlet) or _name(credits.agency)
    return Article(
        title=title,
        text=text,
        source=source,
        outlet=outlet,
        authors=tuple(filter(is_value, map(on_one_line, extracted.authors))) or credits.authors,
        published=dates.unless_future(_published(extracted, url, source, credits.published), options.today),
        updated=dates.unless_future(extracted.updated, options.today),
        place=_name(extracted.place) or _name(credits.place),
        url=url,
        guid=guid if is_value(guid) and len(guid) <= LONGEST_ADDRESS else None,
        language=_language(extracted.language),
        section=_name(extracted.section),
        keywords=keywords(extracted.keywords),
        furniture=spans,
        free=extracted.free,
        page=page_number(title, extracted.fetched, url, source.rpartition("/")[2]),
    )


def host(url: str | None) -> str | None:
    """Return the host of a web address without `www.`; None if there is none.

    >>> host("https://www.cnn.com/2022/05/21/x")
    'cnn.com'
    """
    parts = split_address(url)
    name = parts.hostname if parts is not None else None
    return name.removeprefix("www.") if name and "." in name else None


def split_address(url: str | None) -> SplitResult | None:
    """Return the parts of a web address; None if it cannot be parsed."""
    try:
        return urlsplit(url) if url else None
    except ValueError:
        return None


def _line(text: str | None) -> str:
    """Return a title or name cleaned, without markup and line ends; empty if it stands for a missing value."""
    line = on_one_line(without_markup(text or ""))
    return line if is_value(line) else ""


def _name(text: str | None) -> str | None:
    name = _line(text)
    return name if name and len(name) <= LONGEST_NAME else None


def _web_address(url: str | None) -> str | None:
    """Return the URL of the page itself if a browser can open it, else None."""
    url = original(clean(url or ""))
    is_one = re.match(r"https?://[^\s/]\S*$", url, re.IGNORECASE) and split_address(url) is not None
    return url if is_one and len(url) <= LONGEST_ADDRESS else None


def _published(
    extracted: Extracted, url: str | None, source: str, from_text: PublicationDate
) -> PublicationDate:
    """Return the most trusted date: stated, then from the URL or a newspaper page's folder, then from dateline or
    stamp, then mentioned.

    A URL that gives only the month is used last; a date mentioned on the page must then be in that month.
    """
    addressed = dates.from_url(url or "")
    mentioned = extracted.mentioned
    by_trust = (
        extracted.published,
        addressed if addressed.precision == "day" else UNDATED,
        dates.from_page_folder(source),
        from_text,
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
