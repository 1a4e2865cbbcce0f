"""Arithmetic of the calendar: months, years, weeks, seasons and holidays as first and last day, and parts of them."""

from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]
"""First and last day of a period, both included."""

DAY = timedelta(1)


def months_later(first: date, months: int) -> date:
    """Return the first of a later month; `first` is the first of one."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def months(first: date, count: int) -> Days:
    """Return so many months from the first of one."""
    return first, months_later(first, count) - DAY


def month(year: int, number: int) -> Days:
    """Return a month."""
    return months(date(year, number, 1), 1)


def year(number: int) -> Days:
    """Return a year."""
    return date(number, 1, 1), date(number, 12, 31)


def decade(first: int) -> Days:
    """Return the ten years from `first` on."""
    return date(first, 1, 1), date(first + 9, 12, 31)


def week(day: date) -> Days:
    """Return the week, Monday to Sunday, that a day lies in."""
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)


def back(day: date, count: int, unit: str) -> date:
    """Return the day that lies so many hours, days, weeks, months, years or decades before another.

    >>> back(date(2024, 3, 31), 1, "month")
    datetime.date(2024, 2, 29)
    """
    if unit in ("hour", "day", "week"):
        return day - timedelta({"hour": count // 24, "day": count, "week": 7 * count}[unit])
    first = months_later(day.replace(day=1), -count * {"month": 1, "year": 12, "decade": 120}[unit])
    return min(first + timedelta(day.day - 1), months_later(first, 1) - DAY)


def latest(of_year: Callable[[int], Days], as_of: date) -> Days:
    """Return of a period that comes every year the latest that has begun."""
    days = of_year(as_of.year)
    return days if days[0] <= as_of else of_year(as_of.year - 1)


def latest_over(of_year: Callable[[int], Days], as_of: date) -> Days:
    """Return of a period that comes every year the latest that is over."""
    days = latest(of_year, as_of)
    return days if days[1] < as_of else of_year(days[0].year - 1)


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


def season(name: str, year: int) -> Days:
    """Return a season of the north as meteorologists count; a winter belongs to the year that it begins in."""
    return months(date(year, _SEASONS[name], 1), 3)


def easter(year: int) -> date:
    """Return Easter Sunday by the Gregorian calendar (the anonymous algorithm of Nature, 20 April 1876).

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
"""What a holiday is called, and its day: those that a calendar can tell, as in the United States where lands differ."""


def third(days: Days, number: int) -> Days:
    """Return the early (0), middle (1) or late (2) part of a period; a week or a day has none."""
    first, last = days
    long = (last - first).days + 1
    if long < 28:
        return days
    if long <= 31:
        starts = [first, first + timedelta(10), first + timedelta(20)]
    elif long <= 366:
        starts = [months_later(first, count * round(long / 91.3)) for count in range(3)]
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
    """Return the beginning (0) or end (1): a year of a decade, a month of a year, a week of a month, else a day."""
    first, last = days
    long = (last - first).days + 1
    if long > 31:
        count = 12 if long > 366 else 1
        return months(first, count) if number == 0 else (months_later(last + DAY, -count), last)
    rest = timedelta(6 if long >= 28 else 0)
    return (first, first + rest) if number == 0 else (last - rest, last)
