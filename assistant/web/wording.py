"""The page's wording of dates, filters and references, and the escaping of text that it did not write.

Article text reaches the page in two ways: as HTML through `html.escape`, or as text nodes that a component
makes. Where Streamlit accepts only Markdown (labels, messages), `escape_markdown` makes it safe.
"""

import re
from collections.abc import Iterable
from unicodedata import category

from assistant.answer import Answer, AskedOutlets, AskedTime
from assistant.article import PublicationDate, Source
from assistant.question.outlets import Names, OutletNames
from assistant.text.dates_in_words import day as day
from assistant.text.dates_in_words import published as published
from assistant.text.dates_in_words import timestamp as timestamp
from assistant.text.web_address import web_address as web_address

_PUNCTUATION = re.compile(r"([!-/;-@\[-`{-~])")
_WORD_JOINER = "\u2060"

UNKNOWN_OUTLET = "Unknown outlet"


def day_published(iso: str | None) -> str:
    """Return a publication date in words, without the time of day."""
    return published(iso.partition("T")[0] if iso else None)


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


def outlet_name(names: Names) -> str:
    """Return the name that the page shows for an outlet with several spellings: a full name rather than an address.

    >>> outlet_name(("Ledger", "The Ledger", "ledger.example")), outlet_name(("BEACON", "Beacon News"))
    ('The Ledger', 'Beacon News')
    """
    return max(names, key=lambda name: ("." not in name, not name.isupper(), len(name), name))


def outlet_names(names: Iterable[str]) -> list[str]:
    """Return the names of these outlets as the page shows them, each outlet once."""
    return [outlet_name(group) for group in OutletNames(names).groups()]


def outlet_spellings(shown: str, names: Iterable[str]) -> Names:
    """Return all of `names` that mean the outlet which the page shows as `shown`."""
    return next((group for group in OutletNames(names).groups() if outlet_name(group) == shown), ())


def question(typed: str) -> str:
    """Return a question as it was typed or pasted, without line breaks and control characters."""
    return " ".join("".join(" " if category(each) == "Cc" else each for each in typed).split())


def answer_with_sources(answer: Answer) -> str:
    """Return an answer and its sources as text, ready to paste into a note."""
    sources = [
        f"[{each.n}] {reference(each.quote, each.source, article=each.article, version=each.version)}"
        for each in answer.citations
    ]
    return "\n\n".join([answer.question, answer.text, *sources])


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
