"""Writes dates in English words, the same on every machine."""

from datetime import UTC, date, datetime

from assistant.article import MONTHS, PublicationDate


def day(value: date) -> str:
    """Return a day as `2 February 2023`, in English on every machine."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def published(iso: str | None) -> str:
    """Return a publication date in words, as exactly as it is known.

    >>> published("2023-02"), published("2023-02-02T09:48:03+00:00"), published(None)
    ('February 2023', '2 February 2023, 09:48 UTC', 'undated')

    A stored answer may have a date that is none; it is shown as it is.

    >>> published("31 February")
    '31 February'
    """
    try:
        date_ = PublicationDate(iso)
        moment = datetime.fromisoformat(iso) if iso and "T" in iso else None
    except ValueError:
        return iso or ""
    first = date_.first_day
    if iso is None or first is None:
        return "undated"
    if date_.precision == "year":
        return str(first.year)
    if date_.precision == "month":
        return f"{MONTHS[first.month - 1]} {first.year}"
    return day(first) if moment is None else f"{day(first)}, {_time_of_day(moment)}"


def timestamp(value: datetime) -> str:
    """Return a date and time in UTC as `2 February 2023, 09:48 UTC`."""
    utc = value.astimezone(UTC)
    return f"{day(utc.date())}, {_time_of_day(utc)}"


def _time_of_day(value: datetime) -> str:
    if value.tzinfo is None:
        return f"{value:%H:%M}"
    zone = "UTC" if not value.utcoffset() else f"UTC{value:%z}"
    return f"{value:%H:%M} {zone}"
