"""How well the words of an answer match the accepted answers."""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

Normalise = Callable[[str], str]


def normalised(answer: str) -> str:
    """Return an answer normalised as RealTimeQA compares it: lower case, no ASCII punctuation or curly quotes."""
    dropped = dict.fromkeys(map(ord, string.punctuation + "“”‘’"))
    return " ".join(answer.lower().translate(dropped).split())


def squad_normalised(answer: str) -> str:
    """Return an answer normalised as SQuAD compares it: lower case, no punctuation or articles (Rajpurkar et al.,
    2016).

    Curly quotes count as punctuation.

    >>> squad_normalised("The “Agnes and Mary”, a lifeboat."), squad_normalised("2.4 million")
    ('agnes and mary lifeboat', '24 million')
    """
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", normalised(answer)).split())


def exact_match(answer: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return 1 if two answers are equal once normalised, else 0.

    >>> exact_match("“Squid Game”", "squid game")
    1.0
    """
    return float(normalise(answer) == normalise(gold))


def token_f1(answer: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return the harmonic mean of precision and recall of the answer's words (Rajpurkar et al., EMNLP 2016).

    >>> token_f1("in the Buffalo Bills", "Buffalo Bills")
    0.6666666666666666
    """
    given, wanted = normalise(answer).split(), normalise(gold).split()
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not shared:
        return float(given == wanted)
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def squad_exact_match(answer: str, gold: str) -> float:
    """Return `exact_match` with SQuAD's normalisation (Rajpurkar et al., EMNLP 2016)."""
    return exact_match(answer, gold, squad_normalised)


def squad_f1(answer: str, gold: str) -> float:
    """Return `token_f1` with SQuAD's normalisation (Rajpurkar et al., EMNLP 2016)."""
    return token_f1(answer, gold, squad_normalised)


def contains(text: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return 1 if the text contains the gold answer's words in order, else 0.

    >>> contains("He plays for the Buffalo Bills.", "“Buffalo Bills”"), contains("billsbury", "bills")
    (1.0, 0.0)
    """
    return float(f" {normalise(gold)} " in f" {normalise(text)} ")


def best(metric: Callable[[str, str], float], answer: str, golds: Sequence[str]) -> float:
    """Return an answer's best score against any accepted answer (Rajpurkar et al., EMNLP 2016).

    >>> best(exact_match, "45", ["Forty-five", "45"])
    1.0

    Raises:
        ValueError: no answer is accepted.
    """
    if not golds:
        raise ValueError("no answer is accepted: there is nothing to compare with")
    return max(metric(answer, gold) for gold in golds)


_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = rf"(?P<month>{'|'.join(month[:3] + '(?:t|' + month[3:] + ')?' for month in _MONTHS)})\.?"
_DATES = [
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<number>\d\d)(?:-(?P<day>\d\d))?\b",
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)? (?:of )?{_MONTH}\b(?:,? (?P<year>\d{{4}})\b)?",
        rf"\b{_MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!\d)(?:,? (?P<year>\d{{4}})\b)?",
        rf"\b{_MONTH}(?: (?P<year>\d{{4}}))?\b",
        r"\b(?P<year>(?:1[5-9]|20)\d\d)\b",
    )
]

Date = tuple[int | None, int | None, int | None]
"""Year, month, day; None for a part that is not given."""


def same_date(answer: str, gold: str) -> float | None:
    """Return 1 if a date in the answer covers a date in the gold answer, else 0; None if gold has no date.

    A year that only one of them gives is ignored. A day or month that gold gives is required.

    >>> same_date("on June 14th, 2024", "Friday, 14 June"), same_date("in June", "14 June"), same_date("2004", "noon")
    (1.0, 0.0, None)
    """
    wanted = list(_dates(gold))
    if not wanted:
        return None
    return float(any(_covers(given, date) for given in _dates(answer) for date in wanted))


def _covers(given: Date, wanted: Date) -> bool:
    same_year = given[0] == wanted[0]
    if None in (given[0], wanted[0]):
        # A text without a year does not give a year alone.
        same_year = wanted[1] is not None
    return same_year and all(part in (None, found) for part, found in zip(wanted[1:], given[1:], strict=True))


def _dates(text: str) -> Iterator[Date]:
    """Yield the dates in a text; each stretch of text is read by one pattern only."""
    left = text.lower()
    for form in _DATES:
        for match in form.finditer(left):
            groups = match.groupdict()
            month = groups.get("month")
            number = _MONTHS.index(next(m for m in _MONTHS if m.startswith(month[:3]))) + 1 if month else None
            year, numbered, day = (
                int(groups[part]) if groups.get(part) else None for part in ("year", "number", "day")
            )
            yield year, numbered or number, day
        left = form.sub(" · ", left)
