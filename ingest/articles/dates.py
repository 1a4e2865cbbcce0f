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
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
# What surrounds a date in exports of programs: ['2023-02-02'], /Date(1675331283000)/, Timestamp('2023-02-02').
_PROGRAM = re.compile(
    r"""(?:\[\s*)?["'](?P<listed>[^"']+)["']\s*\]|/Date\((?P<net>-?\d+)(?:[+-]\d{4})?\)/|Timestamp\(["'](?P<pandas>[^"']+)["'].*\)"""
)
_CALL = re.compile(r"(?:datetime\.)?date(?:time)?\((\d{4}), ?(\d{1,2}), ?(\d{1,2})(?:, .*)?\)$")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])(?!\d)", _FLAGS)
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})(?![\d-])", _FLAGS)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?!\d)", _FLAGS)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", _FLAGS)
# With a year of two digits, hyphens also separate year, month and day.
_SHORT_YEAR_LAST = re.compile(r"(\d{1,2})([/.])(\d{1,2})\2(\d{2})(?![\d/.])", _FLAGS)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?[\s-]+(?:of\s+|de\s+)?({MONTH}),?[\s-]+(?:del?\s+)?"
    r"(\d{4}(?!\d)|\d{2}(?=,|\s+\d{1,2}:|$))",
    _FLAGS,
)
_MONTH_DAY = re.compile(rf"({MONTH})\s*(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(\d{{4}})(?!\d)", _FLAGS)
# Tue Feb 02 09:48:03 +0000 2023
_C_STYLE = re.compile(
    rf"({MONTH})\s+(\d{{1,2}})\s+(\d{{1,2}}:\d{{2}}:\d{{2}}(?:\s+\S+)?)\s+(\d{{4}})$", _FLAGS
)
_MONTH_YEAR = re.compile(rf"({MONTH}),?\s+(\d{{4}})$", _FLAGS)
# Winter 2023, Jan.-Feb. 2023, March/April 2023, c. 1912
_YEAR_ONLY = re.compile(rf"(?:{_SEASON}|{MONTH}\s*[-–—/&]\s*{MONTH}|c\.?|ca\.?|circa),?\s*(\d{{4}})$", _FLAGS)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})?)?$", _FLAGS)
_EPOCH = re.compile(r"-?(\d{9,10}|(?<=-)\d{11}|\d{12,13}|\d{15,16}|\d{18,19})(?:\.\d+)?$", _FLAGS)
_SINCE_1970 = datetime(1970, 1, 1, tzinfo=UTC)
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
# The page folders of digitised newspapers: sn83000001/1912-04-16/ed-1/seq-1, sn83000001/print/1912041601
_PAGE_FOLDER = re.compile(
    r"(?<=/)(\d{4})-(\d{2})-(\d{2})/ed-\d+/seq-\d+/|/[a-z]{2,3}\d{8,10}/(?:\w+/)?(\d{4})(\d{2})(\d{2})\d{2}(?=/|$)",
    _FLAGS,
)
_COMPACT_IN_URL = re.compile(r"(?<=/)((?:19|20)\d\d)(\d{2})(\d{2})(?=[/._?#-]|$)", _FLAGS)


def parse(value: object, origin: DateOrigin, *, day_first: bool = False) -> PublicationDate:
    """Parse a date from a record's field or a line of text; UNDATED if it is not a date.

    A numeric date such as 02/03/2023 can mean two days. Only its year is kept, unless one part is above 12 or
    `day_first` gives the order. Numbers are seconds since 1970 or before it, or thousandths, millionths or
    billionths of them, by their length. Of a season only the year is kept. Years of two digits are 1969 to 2068, as
    in POSIX. A time keeps its zone if it has one, and stays without a zone otherwise.

    >>> parse("Feb. 2, 2023", "metadata").iso
    '2023-02-02'
    >>> parse("02/03/2023", "metadata").iso
    '2023'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
        return UNDATED
    text = " ".join(str(value).split())
    if match := _PROGRAM.match(text):
        text = next(filter(None, match.groups()))
    if not isinstance(value, str) and _EPOCH.match(text) and _compact_day(text):
        # Digits such as 197501011200 are a date when written, but as a number also thousandths of seconds.
        return UNDATED
    text = _WEEKDAY.sub("", _LABEL.sub("", text, count=1), count=1)
    if (iso := _iso(text, day_first)) is None or int(iso[:4]) < FIRST_YEAR:
        return UNDATED
    return PublicationDate(iso, origin)


def from_field(value: object, origin: DateOrigin) -> PublicationDate:
    """Parse the value of a record's field: as `parse`, the first date of a list, or a date of MongoDB.

    >>> from_field({"$date": {"$numberLong": "-1577923200000"}}, "metadata").iso
    '1920-01-01T00:00:00+00:00'
    """
    if isinstance(value, list):
        return next((found for item in value if (found := from_field(item, origin)).iso), UNDATED)
    if not isinstance(value, dict):
        return parse(value, origin)
    held = value.get("$date", value.get("@value"))
    if isinstance(held, dict):
        held = held.get("$numberLong")
    is_number = isinstance(held, str | int) and re.fullmatch(r"-?\d{1,15}", str(held), re.ASCII) is not None
    iso = (
        _after_1970(int(held), 1_000)
        if is_number and isinstance(held, str | int) and "$date" in value
        else None
    )
    return PublicationDate(iso, origin) if iso else parse(held, origin)


def from_page_folder(source: str) -> PublicationDate:
    """Return the date of a newspaper's page from its place in the folders of a digitised archive.

    >>> from_page_folder("desk/sn83000001/1912-04-16/ed-1/seq-1/ocr.txt").iso
    '1912-04-16'
    """
    if (match := _PAGE_FOLDER.search(source)) is None:
        return UNDATED
    year, month, day = (int(part) for part in match.groups() if part)
    iso = _day(year, month, day)
    return PublicationDate(iso, "url") if iso and year >= FIRST_YEAR else UNDATED


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
    if day := _compact_day(text):
        match = _COMPACT.match(text)
        assert match is not None  # the day was found with this pattern
        clock = f"{match[4]}:{match[5]}:{match[6] or '00'}{match[7] or ''}" if match[4] else ""
        return _with_time(day, clock)
    if match := _EPOCH.match(text):
        number = -int(match[1]) if text.startswith("-") else int(match[1])
        return _after_1970(number, 10 ** (3 * ((len(match[1]) - 9) // 3)))
    if match := _CALL.match(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if (match := _WEEK.match(text)) or (match := _DAY_OF_YEAR.match(text)):
        return _of_calendar(*map(int, match.groups()))
    if match := _YEAR_FIRST.match(text):
        year, month = int(match[1]), int(match[3])
        if match[4] is None:
            return _month(year, month) if match.end() == len(text) else None
        if int(match[4]) == 0 and match.end() == len(text):
            # Libraries write unknown parts as zeros.
            return _month(year, month) if month else f"{year:04d}"
        return _with_time(_day(year, month, int(match[4])), text[match.end() :])
    if match := _YEAR_LAST.match(text):
        return _numeric(int(match[1]), int(match[3]), int(match[4]), text[match.end() :], day_first)
    if match := _SHORT_YEAR_LAST.match(text):
        day = _numeric(int(match[1]), int(match[3]), _year(match[4]), text[match.end() :], day_first)
        return day if day and len(day) > 4 else None
    if match := _DAY_MONTH.match(text):
        return _with_time(_day(_year(match[3]), _number(match[2]), int(match[1])), text[match.end() :])
    if match := _MONTH_DAY.match(text):
        return _with_time(_day(int(match[3]), _number(match[1]), int(match[2])), text[match.end() :])
    if match := _C_STYLE.match(text):
        return _with_time(_day(int(match[4]), _number(match[1]), int(match[2])), match[3])
    if match := _MONTH_YEAR.match(text):
        return _month(int(match[2]), _number(match[1]))
    if match := _YEAR_ONLY.match(text):
        return match[1]
    # A time before the date, as in "09:48, 2 February 2023".
    if (match := _TIME.match(text)) and (rest := text[match.end() :].lstrip(" ,-|on")):
        day = _iso(rest, day_first) if not _TIME.match(rest) else None
        return _with_time(day, match[0]) if day and len(day) == 10 else day
    return text if re.fullmatch(r"\d{4}", text, _FLAGS) else None


def _compact_day(text: str) -> str | None:
    """Return the day of `20230202` or `20230202T094803Z`; other digits count seconds since 1970."""
    match = _COMPACT.match(text)
    if match is None or int(match[1]) < FIRST_YEAR:
        return None
    return _day(int(match[1]), int(match[2]), int(match[3]))


def _after_1970(number: int, per_second: int) -> str | None:
    try:
        return (_SINCE_1970 + timedelta(seconds=number // per_second)).isoformat()
    except OverflowError:
        return None


def _of_calendar(year: int, part: int, day: int | None = None) -> str | None:
    """Return the day of a week, or the day of a year."""
    try:
        if day is not None:
            return date.fromisocalendar(year, part, day).isoformat()
        found = date(year, 1, 1) + timedelta(days=part - 1)
    except (ValueError, OverflowError):
        return None
    return found.isoformat() if part and found.year == year else None


def _year(written: str) -> int:
    """Return a year; of two digits, 69 to 99 are in the twentieth century."""
    year = int(written)
    return year if len(written) == 4 else year + (1900 if year >= 69 else 2000)


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
