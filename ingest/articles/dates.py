"""Parses dates as archives write them, to the precision they state and no further."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

from assistant.article import UNDATED, DateOrigin, PublicationDate
from assistant.text import languages

FIRST_YEAR = 1600
"""Earlier dates are errors: the first printed newspaper appeared in 1605."""

LONGEST = 100
"""Maximum characters of a written date, including weekday, label and time zone."""

_MONTHS = "january february march april may june july august september october november december".split()
MONTHS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
    **languages.MONTHS,
}
_SPELLINGS = {*MONTHS, *(name.upper() for name in MONTHS)}  # The patterns ignore case for ASCII letters only.
MONTH = r"(?:" + "|".join(sorted(_SPELLINGS, key=len, reverse=True)) + r")\b\.?"

_FLAGS = re.IGNORECASE | re.ASCII

# Only abbreviations that mean the same offset in every country.
_ZONES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "edt": -4,
    "cdt": -5,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "cet": 1,
}
_ZONES |= {"cest": 2}

_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*(?P<zone>[+-]\d{2}:?\d{2}\b|[A-Z]{1,4}\b(?![+-]))?",
    _FLAGS,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?!\d)", _FLAGS)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", _FLAGS)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?[\s-]+(?:of\s+|de\s+)?({MONTH}),?[\s-]+(?:del?\s+)?(\d{{4}})(?!\d)",
    _FLAGS,
)
_MONTH_DAY = re.compile(rf"({MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)", _FLAGS)
# Tue Feb 02 09:48:03 +0000 2023
_C_STYLE = re.compile(
    rf"({MONTH})\s+(\d{{1,2}})\s+(\d{{1,2}}:\d{{2}}:\d{{2}}(?:\s+\S+)?)\s+(\d{{4}})$", _FLAGS
)
_MONTH_YEAR = re.compile(rf"({MONTH}),?\s+(\d{{4}})$", _FLAGS)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})?)?$", _FLAGS)
_EPOCH = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.\d+)?$", _FLAGS)
_WEEKDAY = re.compile(
    r"(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?|"
    rf"{'|'.join(languages.WEEKDAYS)}),?\s+(?:(?:den|le|dia|día)\s+)?",
    _FLAGS,
)
_LABEL = re.compile(
    r"(?:(?:(?:first|last|originally)\s+)?(?:published|posted|updated|modified)(?:\s+(?:on|at))?|"
    r"(?:veröffentlicht|publié|publicado|pubblicato|gepubliceerd)(?:\s+(?:am|le|el|em|il|op))?):?\s+",
    _FLAGS,
)
_IN_URL = re.compile(
    r"(?<=/)(1[6-9]\d\d|2\d\d\d)([-/])(\d{1,2}|[a-z]{3,9})(?:\2(\d{1,2}))?(?=[/._?#-]|$)", _FLAGS
)
_COMPACT_IN_URL = re.compile(r"(?<=/)((?:19|20)\d\d)(\d{2})(\d{2})(?=[/._?#-]|$)", _FLAGS)


def parse(value: object, origin: DateOrigin, *, day_first: bool = False) -> PublicationDate:
    """Parse a date from a record's field or a line of text; UNDATED if it is not a date.

    A numeric date such as 02/03/2023 can mean two days. Only its year is kept, unless one part is above 12 or
    `day_first` gives the order. Numbers are seconds (or milliseconds) since 1970. A time keeps its zone if it has
    one, and stays without a zone otherwise.

    >>> parse("Feb. 2, 2023", "metadata").iso
    '2023-02-02'
    >>> parse("02/03/2023", "metadata").iso
    '2023'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
        return UNDATED
    text = " ".join(str(value).split())
    text = _WEEKDAY.sub("", _LABEL.sub("", text, count=1), count=1)
    if (iso := _iso(text, day_first)) is None or int(iso[:4]) < FIRST_YEAR:
        return UNDATED
    return PublicationDate(iso, origin)


def from_url(url: str) -> PublicationDate:
    """Return the date in a URL such as /2023/02/02/, /2023/feb/02/, /2023-02-02/ or, for a month, /2023/11/.

    >>> from_url("https://gazette.example/2023/11/storm-maren").iso
    '2023-11'
    """
    if match := _IN_URL.search(url):
        year, _, month, day = match.groups()
        number = int(month) if month.isdigit() else MONTHS.get(month.lower())
        if number and (iso := _day(int(year), number, int(day)) if day else _month(int(year), number)):
            return PublicationDate(iso, "url")
    match = _COMPACT_IN_URL.search(url)
    if match and (iso := _day(int(match[1]), int(match[2]), int(match[3]))):
        return PublicationDate(iso, "url")
    return UNDATED


def month_day(text: str, year: int, origin: DateOrigin) -> PublicationDate:
    """Return the date of `March 4` or `4 March` in a year known from elsewhere."""
    match = re.search(rf"({MONTH})\s+(\d{{1,2}})\b|(\d{{1,2}})\.?\s+(?:de\s+)?({MONTH})", text, _FLAGS)
    if match is None:
        return UNDATED
    iso = _day(year, _number(match[1] or match[4]), int(match[2] or match[3]))
    return PublicationDate(iso, origin) if iso else UNDATED


def unless_future(found: PublicationDate, today: date) -> PublicationDate:
    """Return the date, or UNDATED if it is after tomorrow. In some time zones, tomorrow has begun."""
    first_day = found.first_day
    return UNDATED if first_day is not None and first_day > today + timedelta(days=1) else found


def _iso(text: str, day_first: bool) -> str | None:
    if match := _COMPACT.match(text):
        # Ten or more digits without a plausible month are seconds since 1970.
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day is not None and int(match[1]) >= FIRST_YEAR:
            clock = f"{match[4]}:{match[5]}:{match[6] or '00'}{match[7] or ''}" if match[4] else ""
            return _with_time(day, clock)
    if match := _EPOCH.match(text):
        return datetime.fromtimestamp(int(match[1]), UTC).isoformat()
    if match := _YEAR_FIRST.match(text):
        year, month = int(match[1]), int(match[3])
        if match[4] is None:
            return _month(year, month) if match.end() == len(text) else None
        return _with_time(_day(year, month, int(match[4])), text[match.end() :])
    if match := _YEAR_LAST.match(text):
        return _numeric(int(match[1]), int(match[3]), int(match[4]), text[match.end() :], day_first)
    if match := _DAY_MONTH.match(text):
        return _with_time(_day(int(match[3]), _number(match[2]), int(match[1])), text[match.end() :])
    if match := _MONTH_DAY.match(text):
        return _with_time(_day(int(match[3]), _number(match[1]), int(match[2])), text[match.end() :])
    if match := _C_STYLE.match(text):
        return _with_time(_day(int(match[4]), _number(match[1]), int(match[2])), match[3])
    if match := _MONTH_YEAR.match(text):
        return _month(int(match[2]), _number(match[1]))
    # A time before the date, as in "09:48, 2 February 2023".
    if (match := _TIME.match(text)) and (rest := text[match.end() :].lstrip(" ,-|on")):
        day = _iso(rest, day_first) if not _TIME.match(rest) else None
        return _with_time(day, match[0]) if day and len(day) == 10 else day
    return text if re.fullmatch(r"\d{4}", text, _FLAGS) else None


def _numeric(first: int, second: int, year: int, rest: str, day_first: bool) -> str | None:
    if day_first or first > 12:
        return _with_time(_day(year, second, first), rest)
    if second > 12 or first == second:
        return _with_time(_day(year, first, second), rest)
    return f"{year:04d}" if _day(year, first, second) else None


def _with_time(day: str | None, rest: str) -> str | None:
    if day is None or not (match := _TIME.search(rest)):
        return day
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return day
        hour = hour % 12 + (12 if match["half"][0].lower() == "p" else 0)
    try:
        moment = datetime.fromisoformat(day).replace(hour=hour, minute=minute, second=second)
        if (offset := _offset(match["zone"])) is not None:
            moment = moment.replace(tzinfo=timezone(offset))
    except ValueError:
        return day
    return moment.isoformat()


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return -offset if zone[0] == "-" else offset
    hours = _ZONES.get(zone.lower())
    return None if hours is None else timedelta(hours=hours)


def _number(month: str) -> int:
    return MONTHS[month.rstrip(".").lower()]


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _month(year: int, month: int) -> str | None:
    return f"{year:04d}-{month:02d}" if 1 <= month <= 12 else None
