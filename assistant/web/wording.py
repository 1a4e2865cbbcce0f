"""The page's wording of dates, filters and references, and the escaping of text that it did not write.

Article text reaches the page in two ways: as HTML through `html.escape`, or as text nodes that a component
makes. Where Streamlit accepts only Markdown (labels, messages), `escape_markdown` makes it safe.
"""

import re

from assistant.answer import AskedOutlets, AskedTime
from assistant.article import PublicationDate, Source
from assistant.query import Filters
from assistant.text.dates_in_words import day as day
from assistant.text.dates_in_words import published as published
from assistant.text.dates_in_words import timestamp as timestamp
from assistant.text.web_address import web_address as web_address

_PUNCTUATION = re.compile(r"([!-/;-@\[-`{-~])")
_WORD_JOINER = "\u2060"

UNKNOWN_OUTLET = "Unknown outlet"


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

    >>> from datetime import date
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
