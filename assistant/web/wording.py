"""The page's wording of dates, filters and references, and the escaping of text that it did not write.

Article text reaches the page in two ways: as HTML through `html.escape`, or as text nodes that a component
makes. Where Streamlit accepts only Markdown (labels, messages), `escape_markdown` makes it safe.
"""

import re
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from assistant.answer import AskedOutlets, AskedTime
from assistant.article import MONTHS, PublicationDate, Source
from assistant.query import Filters

_PUNCTUATION = re.compile(r"([!-/;-@\[-`{-~])")
_WORD_JOINER = "\u2060"

UNKNOWN_OUTLET = "Unknown outlet"


def day(value: date) -> str:
    """Return a day as `2 February 2023`, in English on every machine."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def published(iso: str | None) -> str:
    """Return a publication date in words, as exactly as it is known.

    >>> published("2023-02"), published("2023-02-02T09:48:03+00:00"), published(None)
    ('February 2023', '2 February 2023, 09:48 UTC', 'undated')
    """
    date_ = PublicationDate(iso)
    first = date_.first_day
    if iso is None or first is None:
        return "undated"
    if date_.precision == "year":
        return str(first.year)
    if date_.precision == "month":
        return f"{MONTHS[first.month - 1]} {first.year}"
    if "T" not in iso:
        return day(first)
    return f"{day(first)}, {_time_of_day(datetime.fromisoformat(iso))}"


def _time_of_day(value: datetime) -> str:
    if value.tzinfo is None:
        return f"{value:%H:%M}"
    zone = "UTC" if not value.utcoffset() else f"UTC{value:%z}"
    return f"{value:%H:%M} {zone}"


def timestamp(value: datetime) -> str:
    """Return a date and time in UTC as `2 February 2023, 09:48 UTC`."""
    utc = value.astimezone(UTC)
    return f"{day(utc.date())}, {_time_of_day(utc)}"


def source_line(source: Source) -> str:
    """Return outlet and date as `Tern Bay Courier · 2 February 2023, 09:48 UTC`."""
    return f"{source.outlet or UNKNOWN_OUTLET} · {published(source.published)}"


def quote_introduction(source: Source) -> str:
    """Return the introduction of a quote, without the time of day: `Tern Bay Courier, 2 February 2023:`."""
    return f"{source.outlet or UNKNOWN_OUTLET}, {published(source.published and source.published[:10])}:"


def reference(quote: str, source: Source, *, article: str, version: int) -> str:
    """Return a quote with all that is needed to find it again, ready to paste into a story or a note."""
    parts = [
        source.outlet,
        f"“{source.title}”" if source.title else None,
        published(source.published),
        source.url,
    ]
    origin = ", ".join(part for part in parts if part)
    edition = f", version {version}" if version > 1 else ""
    return f"“{quote}” — {origin} (archive article {article}{edition})"


def web_address(url: str | None) -> str | None:
    """Return `url` if a link to it is safe: a complete http or https address."""
    if url is None or re.search(r"[\x00-\x20\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def filters(chosen: Filters) -> list[str]:
    """Return each filter in words, in the order in which the page shows them."""
    words = []
    if chosen.since:
        words.append(f"from {day(chosen.since)}")
    if chosen.until:
        words.append(f"until {day(chosen.until)}")
    return [*words, *chosen.outlets]


def asked_time(asked: AskedTime) -> str:
    """Return the days of the time that a question names, in as few words as possible.

    >>> asked_time(AskedTime(date(2024, 2, 1), date(2024, 2, 29), "February 2024", hard=True, applied=True))
    'February 2024'
    >>> asked_time(AskedTime(date(2023, 1, 1), None, "since 2023", hard=True, applied=True))
    'since 1 January 2023'
    """
    first, last = asked.first, asked.last
    if first is None or last is None:
        return f"since {day(first)}" if first else f"until {day(last)}" if last else ""
    if first == last:
        return day(first)
    for iso in (first.isoformat()[:4], first.isoformat()[:7]):
        whole = PublicationDate(iso)
        if (whole.first_day, whole.last_day) == (first, last):
            return published(iso)
    return f"{day(first)} to {day(last)}"


def asked_outlets(asked: AskedOutlets) -> str:
    """Return the outlets that a question names, as the question names them."""
    return ", ".join(asked.words)


def escape_markdown(text: str) -> str:
    r"""Return Markdown that shows exactly `text`, on one line.

    A backslash escapes all punctuation but the colon. Streamlit looks for `:material/…:` and `:smile:`
    after it has removed the backslashes, so an invisible word joiner follows each colon instead.

    >>> escape_markdown("a *b* [c](d)")
    'a \\*b\\* \\[c\\]\\(d\\)'
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split())).replace(":", ":" + _WORD_JOINER)


def error_markdown(text: str) -> str:
    """Return an error's text as Markdown: text between backticks is code, the rest is plain text."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape_markdown(text)
    return "".join(
        f"`{part}`" if index % 2 else _keep_outer_space(part) for index, part in enumerate(parts) if part
    )


def _keep_outer_space(part: str) -> str:
    return f"{' ' * part[:1].isspace()}{escape_markdown(part)}{' ' * part[-1:].isspace()}"
