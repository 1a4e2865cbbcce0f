"""How the page words dates, filters and references, and how it keeps foreign text from being markup.

Text of articles reaches the page in two ways only: as HTML through `html.escape`, or as text nodes a
component makes. Where Streamlit takes nothing but Markdown (labels, messages), it goes through `label`.
"""

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from assistant.article import MONTHS, PublicationDate

_PUNCTUATION = re.compile(r"([!-/;-@\[-`{-~])")
_WORD_JOINER = "\u2060"


def day(value: date) -> str:
    """`2 February 2023`, whatever the machine's language."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def published(iso: str | None) -> str:
    """A date as exactly as it is known.

    >>> published("2023-02"), published("2023-02-02T09:48:03+00:00"), published(None)
    ('February 2023', '2 February 2023, 09:48 UTC', 'undated')
    """
    known = PublicationDate(iso)
    first = known.first_day
    if iso is None or first is None:
        return "undated"
    if known.precision == "year":
        return str(first.year)
    if known.precision == "month":
        return f"{MONTHS[first.month - 1]} {first.year}"
    if "T" not in iso:
        return day(first)
    return f"{day(first)}, {_clock(datetime.fromisoformat(iso))}"


def _clock(moment: datetime) -> str:
    if moment.tzinfo is None:
        return f"{moment:%H:%M}"
    zone = "UTC" if not moment.utcoffset() else f"UTC{moment:%z}"
    return f"{moment:%H:%M} {zone}"


def moment(value: datetime) -> str:
    """A moment in UTC."""
    utc = value.astimezone(UTC)
    return f"{day(utc.date())}, {_clock(utc)}"


def byline(outlet: str | None, iso: str | None) -> str:
    """`Tern Bay Courier · 2 February 2023`."""
    return f"{outlet or 'Outlet not named'} · {published(iso)}"


def reference(
    *,
    quote: str,
    title: str,
    outlet: str | None,
    published_iso: str | None,
    url: str | None,
    article: str,
    version: int,
) -> str:
    """A quote with everything that finds it again, ready to be pasted into a story or a note."""
    parts = [outlet, f"“{title}”" if title else None, published(published_iso), url]
    named = ", ".join(part for part in parts if part)
    edition = f", version {version}" if version > 1 else ""
    return f"“{quote}” — {named} (archive article {article}{edition})"


def web_address(url: str | None) -> str | None:
    """`url` if it can be made clickable: a complete http or https address, nothing else."""
    if url is None or re.search(r"[\x00-\x20\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def filters(since: date | None, until: date | None, outlets: tuple[str, ...] | list[str]) -> list[str]:
    """Each filter in words, in the order the page shows them."""
    words = []
    if since:
        words.append(f"from {day(since)}")
    if until:
        words.append(f"until {day(until)}")
    return words + list(outlets)


def stored_filters(stored: dict[str, Any]) -> list[str]:
    """The filters of a stored answer in words."""
    since, until = (stored[end] and date.fromisoformat(stored[end]) for end in ("since", "until"))
    return filters(since, until, stored["outlets"])


def time_frame(first: date | None, last: date | None) -> str:
    """The days of a time frame as briefly as they can be said.

    >>> time_frame(date(2024, 2, 1), date(2024, 2, 29)), time_frame(date(2023, 1, 1), None)
    ('February 2024', 'since 1 January 2023')
    """
    if first is None or last is None:
        return f"since {day(first)}" if first else f"until {day(last)}" if last else ""
    if first == last:
        return day(first)
    for iso in (first.isoformat()[:4], first.isoformat()[:7]):
        known = PublicationDate(iso)
        if (known.first_day, known.last_day) == (first, last):
            return published(iso)
    return f"{day(first)} to {day(last)}"


def stored_time_frame(stored: dict[str, Any]) -> str:
    """The time frame of a stored answer in words."""
    return time_frame(*(stored[end] and date.fromisoformat(stored[end]) for end in ("first", "last")))


def stored_outlets(stored: dict[str, Any]) -> str:
    """The outlets that the question of a stored answer asks about, as it calls them."""
    return ", ".join(stored["words"])


def label(text: str) -> str:
    r"""`text` as Markdown that shows exactly `text`.

    A backslash disarms all punctuation but the colon: Streamlit looks for `:material/…:` and `:smile:`
    after it has read the backslashes, so an invisible word joiner parts the colon from what follows.

    >>> label("a *b* [c](d)")
    'a \\*b\\* \\[c\\]\\(d\\)'
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split())).replace(":", ":" + _WORD_JOINER)


def message(text: str) -> str:
    """An error's text as Markdown: what stands between backticks is a command, all else is plain."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return label(text)
    return "".join(f"`{part}`" if odd else _outer_space(part, label(part)) for part, odd in _alternate(parts))


def _alternate(parts: list[str]) -> list[tuple[str, bool]]:
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]


def _outer_space(part: str, labelled: str) -> str:
    return f"{' ' * part[:1].isspace()}{labelled}{' ' * part[-1:].isspace()}"
