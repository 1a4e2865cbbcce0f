"""Finds the numbers in a text, in digits or words, with what they count, and compares them.

Times of day are numbers too, in minutes. Dates are not: `days` finds them, and the caller leaves them out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.article import Span
from assistant.text.words import STOPWORDS, stems

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {"m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "k": 1_000}
_VALUES = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    **_ORDINALS,
    "dozen": 12,
}
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee"}
_UNITS = {
    "%": "percent", "km": "kilometre", "kilometer": "kilometre", "kilometers": "kilometre", "kg": "kilogram",
    "meter": "metre", "meters": "metre", "mph": "mile", "ft": "foot", "feet": "foot", "lbs": "pound",
    "minutes": "minute", "mins": "minute", "hrs": "hour", "yrs": "year", "pc": "percent",
}  # fmt: skip
"""Other spellings of units, by their common one."""

_WORDS = "|".join(sorted([*_VALUES, *_SCALES], key=len, reverse=True))
_NUMBER = re.compile(
    rf"""
    (?P<clock>(?<![\d.:])(?P<hour>[01]?\d|2[0-4])(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?m\b\.?
      |(?<![\d.:])(?P<hour24>[01]?\d|2[0-4]):(?P<minute24>[0-5]\d)(?![\d:]))
    |(?:(?P<currency>[$€£¥₹])\s?)?(?P<digits>(?<![\w.])\d+(?:,\d{{3}})*(?:\.\d+)?|(?<![\w\d])\.\d+)(?:st|nd|rd|th)?
      (?:[\s-]*(?:(?P<short>{"|".join(_SHORT_SCALES)})\b|(?P<scale>{"|".join(_SCALES)})s?\b))?
    |\b(?P<words>(?:{_WORDS})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORDS}))*)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FOLLOWING = re.compile(
    r"[\s-]*((?:per\s?cent|percentage points?|%|[^\W\d]+(?:['’-][^\W\d]+)*))", re.IGNORECASE
)
_ROUGHLY = re.compile(
    r"\b(?:about|around|almost|approximately|close to|fewer than|at least|less than|more than|nearly|over|roughly|some|"
    r"under|up to)"
    r"\s+(?:the\s+|an?\s+)?[$€£]?$",
    re.IGNORECASE,
)
_COUNTED_BY_MILLIONS = re.compile(r"\s+(?!high|long|wide|tall|deep|away|of|in|from)[a-z]")
COUNTED_WORDS = 4
"""Words after a number that are searched for what it counts."""

ROUGHLY = 0.06
"""How far a number after "about" or "more than" may be from the source's, as a share."""

CLOCK = "clock"


@dataclass(frozen=True)
class Quantity:
    """A number in a text."""

    value: float
    counted: frozenset[str]
    """Stems of what it counts: "crown" and "budget" of "61 million crowns of budget"."""
    span: Span
    rough: bool = False
    """Whether "about" or the like comes before it."""

    def equals(self, other: "Quantity") -> bool:
        """Whether the values are the same, roughly if this one says so; of times without a.m., modulo 12 hours."""
        if (CLOCK in self.counted) != (CLOCK in other.counted):
            hours = [each.value / 60 if CLOCK in each.counted else each.value for each in (self, other)]
            return hours[0] % 12 == hours[1] % 12
        if CLOCK in self.counted:
            return self.value % 720 == other.value % 720
        allowed = ROUGHLY * abs(other.value) if self.rough else 1e-9 * abs(other.value)
        return abs(self.value - other.value) <= allowed


@lru_cache(maxsize=2_000)
def quantities(text: str, without: tuple[Span, ...] = ()) -> tuple[Quantity, ...]:
    """Return the numbers of a text that do not overlap the spans `without`.

    >>> [(each.value, sorted(each.counted)) for each in quantities("Twenty-one of 1,200 ships; 1.5 million crowns.")]
    [(21.0, []), (1200.0, ['ship']), (1500000.0, ['crown'])]
    """
    found = []
    for match in _NUMBER.finditer(text):
        if any(match.start() < end and start < match.end() for start, end in without):
            continue
        value, counted = _value(match), _counted(text, match)
        if match["clock"]:
            counted = frozenset({CLOCK})
        rough = bool(_ROUGHLY.search(text[: match.start()]))
        found.append(Quantity(value, counted, match.span(), rough))
    return tuple(found)


def _value(match: re.Match[str]) -> float:
    if match["clock"]:
        hour, minute = int(match["hour"] or match["hour24"]), int(match["minute"] or match["minute24"] or 0)
        if match["half"]:
            hour = hour % 12 + 12 * (match["half"].lower() == "p")
        return float(60 * hour + minute)
    if match["digits"]:
        scale = _SCALES.get((match["scale"] or "").lower(), 1)
        if match["short"] and (match["currency"] or not _is_metre(match)):
            scale = _SHORT_SCALES[match["short"].lower()]
        # Rounded, because 1.6 times a million is not a whole number in binary.
        return round(float(match["digits"].replace(",", "")) * scale, 6)
    return float(_in_words(match["words"]))


def _is_metre(match: re.Match[str]) -> bool:
    """Whether "5m" is a length, as before "high" or at the end of a phrase, and not five million of what follows."""
    following = match.string[match.end() :]
    return match["short"] == "m" and not _COUNTED_BY_MILLIONS.match(following)


def _in_words(words: str) -> int:
    """Return the value of a number in words.

    >>> _in_words("two hundred and five thousand"), _in_words("forty-two")
    (205000, 42)
    """
    total = part = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "and":
            continue
        scale = _SCALES.get(word)
        if scale is None:
            part += _VALUES[word] if word != "dozen" or not part else 11 * part
        elif scale == 100:
            part = max(part, 1) * 100
        else:
            total += max(part, 1) * scale
            part = 0
    return total + part


def _counted(text: str, match: re.Match[str]) -> frozenset[str]:
    """Return the stems of the words that a number counts."""
    counted = {_CURRENCIES[match["currency"]]} if match["currency"] else set()
    if match["short"] and _is_metre(match) and not match["currency"]:
        counted.add("metr")
    place = match.end()
    for _ in range(COUNTED_WORDS):
        following = _FOLLOWING.match(text, place)
        if following is None:
            break
        word = re.sub(r"['’]s?$", "", following[1].lower())
        word = "percent" if word.startswith("per") and "cent" in word else _UNITS.get(word, word)
        if word not in STOPWORDS:
            counted.update(stems(word))
        elif counted or word in {"and", "to", "of", "in", "or", "but", "by", "with", "were", "was"}:
            break
        place = following.end()
    return frozenset(counted)
