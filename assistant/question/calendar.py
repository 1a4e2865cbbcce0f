"""Calendar arithmetic: months, years, weeks, seasons and holidays, and parts of them, as first and last day."""

from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]
"""First and last day of a period, both included."""

DAY = timedelta(1)


def months_later(first: date, months: int) -> date:
    """Return the first day of the month that is `months` after the one that begins on `first`."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def months(first: date, count: int) -> Days:
    """Return `count` months, beginning on `first`, the first day of a month."""
    return first, months_later(first, count) - DAY


def month(year: int, number: int) -> Days:
    """Return the first and last day of a month."""
    return months(date(year, number, 1), 1)


def year(number: int) -> Days:
    """Return the first and last day of a year."""
    return date(number, 1, 1), date(number, 12, 31)


def decade(first: int) -> Days:
    """Return the ten years that begin with the year `first`."""
    return date(first, 1, 1), date(first + 9, 12, 31)


def week(day: date) -> Days:
    """Return the week of a day, Monday to Sunday."""
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)


def back(day: date, count: int, unit: str) -> date:
    """Return the day that is `count` units before `day`: hours, days, weeks, months, years or decades.

    >>> back(date(2024, 3, 31), 1, "month")
    datetime.date(2024, 2, 29)
    """
    if unit in ("hour", "day", "week"):
        return day - timedelta({"hour": count // 24, "day": count, "week": 7 * count}[unit])
    first = months_later(day.replace(day=1), -count * {"month": 1, "year": 12, "decade": 120}[unit])
    return min(first + timedelta(day.day - 1), months_later(first, 1) - DAY)


def latest(of_year: Callable[[int], Days], as_of: date) -> Days:
    """Return the latest occurrence of a yearly period that has begun by `as_of`."""
    days = of_year(as_of.year)
    return days if days[0] <= as_of else of_year(as_of.year - 1)


def latest_completed(of_year: Callable[[int], Days], as_of: date) -> Days:
    """Return the latest occurrence of a yearly period that was over before `as_of`."""
    days = latest(of_year, as_of)
    return days if days[1] < as_of else of_year(days[0].year - 1)


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


def season(name: str, year: int) -> Days:
    """Return a meteorological season of the northern hemisphere. A winter belongs to the year in which it begins."""
    return months(date(year, _SEASONS[name], 1), 3)


def easter(year: int) -> date:
    """Return the date of Easter Sunday (the anonymous Gregorian algorithm, Nature, 20 April 1876).

    >>> easter(2024)
    datetime.date(2024, 3, 31)
    """
    golden, century = year % 19, year // 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (year % 100 // 4) - moon - year % 100 % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    number, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, number, day + 1)


def nth_weekday(year: int, number: int, weekday: int, count: int) -> date:
    """Return the first (1), second (2) … or last (-1) of a weekday (Monday is 0) in a month."""
    first, last = month(year, number)
    if count < 0:
        return last - timedelta((last.weekday() - weekday) % 7)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))


HOLIDAYS: dict[str, Callable[[int], date]] = {
    r"Christmas Eve": lambda year: date(year, 12, 24),
    r"Christmas(?: Day)?": lambda year: date(year, 12, 25),
    r"Boxing Day": lambda year: date(year, 12, 26),
    r"New Year['’]?s Eve": lambda year: date(year, 12, 31),
    r"New Year['’]?s Day": lambda year: date(year, 1, 1),
    r"Valentine['’]?s Day": lambda year: date(year, 2, 14),
    r"Good Friday": lambda year: easter(year) - 2 * DAY,
    r"Easter Monday": lambda year: easter(year) + DAY,
    r"Easter(?: Sunday)?": easter,
    r"Memorial Day": lambda year: nth_weekday(year, 5, 0, -1),
    r"(?:Independence Day|(?:Fourth|4th) of July)": lambda year: date(year, 7, 4),
    r"Labou?r Day": lambda year: nth_weekday(year, 9, 0, 1),
    r"Halloween": lambda year: date(year, 10, 31),
    r"Black Friday": lambda year: nth_weekday(year, 11, 3, 4) + DAY,
    r"Thanksgiving(?: Day)?": lambda year: nth_weekday(year, 11, 3, 4),
}
"""Patterns for the names of holidays, and their dates. Where countries differ, the dates are those of the US."""


def third(days: Days, number: int) -> Days:
    """Return the early (0), middle (1) or late (2) part of a period. A week or a day is returned whole."""
    first, last = days
    length = (last - first).days + 1
    if length < 28:
        return days
    if length <= 31:
        starts = [first, first + timedelta(10), first + timedelta(20)]
    elif length <= 366:
        starts = [months_later(first, count * round(length / 91.3)) for count in range(3)]
    else:
        starts = [months_later(first, 12 * years) for years in (0, 4, 7)]
    return starts[number], [starts[1] - DAY, starts[2] - DAY, last][number]


def half(days: Days, number: int) -> Days:
    """Return the first (0) or second (1) half of a period."""
    first, last = days
    count = round(((last - first).days + 1) / 30.44)
    middle = first + timedelta(15) if count < 2 else months_later(first, count // 2)
    return (first, middle - DAY) if number == 0 else (middle, last)


def edge(days: Days, number: int) -> Days:
    """Return the beginning (0) or end (1) of a period.

    It is a year of a decade, a month of a year, a week of a month, else a day.
    """
    first, last = days
    length = (last - first).days + 1
    if length > 31:
        count = 12 if length > 366 else 1
        return months(first, count) if number == 0 else (months_later(last + DAY, -count), last)
    rest = timedelta(6 if length >= 28 else 0)
    return (first, first + rest) if number == 0 else (last - rest, last)
