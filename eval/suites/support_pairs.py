"""Makes pairs of a sentence and a passage from articles: true ones, and false ones that change one thing in a true one.

True sentences are an article's own, some worded otherwise: the speaker moved, a date or number written another way, a
first name or a clause left out. All choices come from a seed.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.article import MONTHS, Article, Passage, Source
from assistant.evidence.support.days import WEEKDAYS, named_days
from assistant.evidence.support.quantities import quantities
from assistant.evidence.support.speakers import sayings
from assistant.query import RetrievedPassage
from assistant.text.names import name_spans, names
from assistant.text.sentences import quotable_spans

FEWEST_WORDS, MOST_WORDS = 8, 45
"""Words of a sentence that pairs are made of."""

SEED = 14

TRUE = "true"


@dataclass(frozen=True)
class SupportPair:
    """A sentence, a passage, and what was changed."""

    kind: str
    """TRUE, or what is wrong."""
    sentence: str
    found: RetrievedPassage
    original: str
    """The sentence as the article has it."""


@dataclass(frozen=True)
class _Draw:
    """A sentence that a pair is made of."""

    sentence: str
    found: RetrievedPassage
    pool: "_Pool"
    random: random.Random


@dataclass(frozen=True)
class _Pool:
    """What other articles give to exchange with."""

    names: Sequence[str]
    passages: Sequence[RetrievedPassage]


Change = Callable[[_Draw], str | None]
"""Returns the changed sentence; None if there is nothing to change."""


def retrieved(article: Article, passage: Passage) -> RetrievedPassage:
    """Return a passage as if a search had found it."""
    source = Source(
        title=article.title,
        outlet=article.outlet,
        published=article.published.iso,
        place=article.place,
        url=article.url,
    )
    return RetrievedPassage(passage=passage, source=source, score=0.0, similarity=0.0)


def support_pairs(passages: Sequence[RetrievedPassage], *, each: int, seed: int = SEED) -> list[SupportPair]:
    """Return `each` pairs of every kind of change, and as many true ones for each kind."""
    draw = random.Random(seed)
    text = "\n".join(found.passage.text for found in passages)
    # A word that is also written in lower case, as in "Corn Street", would not read as a name alone.
    plain = set(re.findall(r"\b[a-z]+\b", text))
    every = {name for found in passages for name in _persons(found.passage.text)}
    pool = _Pool(
        sorted(name for name in every if not plain & set(name.lower().split()) and not name.isupper()),
        passages,
    )
    pairs: list[SupportPair] = []
    for kind, change in {**FALSE, **PARAPHRASES}.items():
        sentences = list(_sentences(passages))
        draw.shuffle(sentences)
        made: list[SupportPair] = []
        for sentence, found in sentences:
            changed = change(_Draw(sentence, found, pool, draw))
            if changed is None or changed == sentence:
                if kind != "as it is":
                    continue
                changed = sentence
            other = found
            if kind == "swapped citation":
                other = draw.choice(
                    [each for each in passages if each.passage.article != found.passage.article]
                )
            made.append(SupportPair(kind if kind in FALSE else f"{TRUE}, {kind}", changed, other, sentence))
            if len(made) == each:
                break
        pairs += made
    return pairs


def _sentences(passages: Sequence[RetrievedPassage]) -> Iterator[tuple[str, RetrievedPassage]]:
    for found in passages:
        text = found.passage.text
        for start, end in quotable_spans(text):
            sentence = " ".join(text[start:end].split())
            if (
                FEWEST_WORDS <= len(sentence.split()) <= MOST_WORDS
                and sentence[0].isupper()
                and sentence[-1] == "."
            ):
                yield sentence, found


def _persons(text: str) -> list[str]:
    """Return the names of two words or more of a text."""
    return [name for name in names(text) if 2 <= len(name.split()) <= 3 and not re.search(r"\d", name)]


def _replace(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


# What makes a sentence false.


def _other_name(draw: _Draw) -> str | None:
    spans = [span for span in name_spans(draw.sentence) if not _is_calendar(draw.sentence[slice(*span)])]
    if not spans:
        return None
    span = draw.random.choice(spans)
    known = draw.found.passage.text + draw.found.source.title + (draw.found.source.outlet or "")
    others = [
        name for name in draw.pool.names if not any(word.lower() in known.lower() for word in name.split())
    ]
    other = draw.random.choice(others)
    old = draw.sentence[slice(*span)]
    return _replace(draw.sentence, span, other if " " in old else other.split()[-1])


def _is_calendar(name: str) -> bool:
    return any(word in MONTHS or word.lower() in WEEKDAYS for word in name.split())


def _others_of_passage(draw: _Draw) -> list[str]:
    """Return the persons of the passage that the sentence does not name."""
    return [
        name
        for name in _persons(draw.found.passage.text)
        if name in draw.pool.names
        and not any(word in draw.sentence for word in name.split())
        and not _is_calendar(name)
    ]


def _name_of_passage(draw: _Draw) -> str | None:
    here = _persons(draw.sentence)
    others = _others_of_passage(draw)
    if not here or not others or _is_calendar(here[0]):
        return None
    return draw.sentence.replace(draw.random.choice(here), draw.random.choice(others), 1)


def _other_number(draw: _Draw) -> str | None:
    span, value = _number(draw)
    if span is None:
        return None
    step = max(2, round(value * draw.random.choice([0.2, 0.5, 1.0])))
    new = value + step
    if any(each.value == new for each in quantities(draw.found.passage.text)):
        return None
    return _replace(draw.sentence, span, _written(draw.sentence[slice(*span)], value, new))


def _number_of_passage(draw: _Draw) -> str | None:
    span, value = _number(draw)
    others = sorted(
        {
            each.value
            for each in quantities(
                draw.found.passage.text, tuple(d.span for d in named_days(draw.found.passage.text))
            )
            if each.value != value and each.value == int(each.value) and 2 <= each.value < 10_000
        }
        - {each.value for each in quantities(draw.sentence)}
    )
    if span is None or not others or value >= 10_000:
        return None
    return _replace(draw.sentence, span, f"{int(draw.random.choice(others))}")


def _number(draw: _Draw) -> tuple[tuple[int, int] | None, float]:
    found = [
        each
        for each in quantities(draw.sentence, tuple(day.span for day in named_days(draw.sentence)))
        if each.value >= 2
        and "clock" not in each.counted
        and not re.search(r"third|th\b|st\b|nd\b|rd\b", draw.sentence[slice(*each.span)])
    ]
    if not found:
        return None, 0.0
    each = draw.random.choice(found)
    return each.span, each.value


_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty""".split()


def _written(old: str, value: float, new: float) -> str:
    """Write a new number as an old one was written."""
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", old)
    if digits is None:
        return _SMALL[int(new)] if new < len(_SMALL) else f"{int(new):,}"
    scale = value / float(digits[0].replace(",", ""))
    number = new / scale
    return _replace(old, digits.span(), f"{number:,.1f}" if "." in digits[0] else f"{round(number):,}")


def _other_date(draw: _Draw) -> str | None:
    days = [day for day in named_days(draw.sentence) if day.weekday is not None or day.month or day.year]
    if not days:
        return None
    day = draw.random.choice(days)
    old = draw.sentence[slice(*day.span)]
    if day.weekday is not None:
        new = WEEKDAYS[(day.weekday + draw.random.randint(2, 5)) % 7].title()
    elif day.day:
        new = re.sub(r"\b\d{1,2}\b", str((day.day + draw.random.randint(2, 20)) % 28 + 1), old, count=1)
    elif day.month:
        month = re.search(r"[A-Z][a-z]+\.?", old)
        new = _replace(old, month.span(), MONTHS[(day.month + 4) % 12]) if month else old
    else:
        new = str((day.year or 2000) - draw.random.randint(3, 20))
    return None if new in draw.found.passage.text else _replace(draw.sentence, day.span, new)


def _other_speaker(draw: _Draw) -> str | None:
    said = [each for each in sayings(draw.sentence) if not each.is_pronoun and each.who in draw.sentence]
    # A cut subject, as after "a source in the city police", would leave no sentence.
    if not said or not re.match(r"(?:The |the |[A-Z])", said[0].who) or "," in said[0].who:
        return None
    who = said[0].who
    others = _others_of_passage(draw) or list(draw.pool.names)
    return draw.sentence.replace(who, draw.random.choice(others), 1)


_VERBS = "was|were|is|are|has|had|have|will|would|can|could|must|should"
_AUXILIARY = re.compile(rf"\b(?:{_VERBS}|did|does)\b(?! not\b)(?=\s+[a-z]+)")
_NOT = re.compile(rf"\b(?:({_VERBS}) not\b|(was|were|is|are|has|had|have|would|could|should)n['’]t\b)")


def _negated(draw: _Draw) -> str | None:
    match = _NOT.search(draw.sentence)
    if match:
        return _replace(draw.sentence, match.span(), match[1] or match[2])
    match = _AUXILIARY.search(re.sub(r"“[^”]*”|\"[^\"]*\"", lambda some: "_" * len(some[0]), draw.sentence))
    return match and _replace(draw.sentence, (match.end(), match.end()), " not")


_POSSIBLE = re.compile(
    r"\b(?:may|might|could|(?:is|are) expected to|plans? to|hopes to|wants to|is likely to)\b(?! have| not)"
)


def _certain(draw: _Draw) -> str | None:
    match = _POSSIBLE.search(draw.sentence)
    return match and _replace(draw.sentence, match.span(), "will")


FALSE: Mapping[str, Change] = {
    "name": _other_name,
    "name of the same passage": _name_of_passage,
    "number": _other_number,
    "number of the same passage": _number_of_passage,
    "date": _other_date,
    "speaker": _other_speaker,
    "negation": _negated,
    "possibility": _certain,
    "swapped citation": lambda draw: draw.sentence + " ",
}
"""What makes a sentence false, by the name of the kind."""


# Other wordings that stay true.


def _speaker_first(draw: _Draw) -> str | None:
    match = re.fullmatch(r"(?:The |An? )?[A-Z][\w'’ ]{2,40}? said (?:that )?([a-z][^“”\"]+)\.", draw.sentence)
    if match is None or len(said := sayings(draw.sentence)) != 1 or said[0].is_pronoun:
        return None
    who = said[0].who
    return f"According to {who if who.split()[0] not in ('The', 'A', 'An') else who[0].lower() + who[1:]}, {match[1]}."


def _verb_of_saying(draw: _Draw) -> str | None:
    match = re.search(r"\bsaid\b", draw.sentence)
    return match and _replace(
        draw.sentence, match.span(), draw.random.choice(["stated", "explained", "added"])
    )


def _date_rewritten(draw: _Draw) -> str | None:
    for day in named_days(draw.sentence):
        old = draw.sentence[slice(*day.span)]
        if day.day and day.month:
            year = f" {day.year}" if day.year else ""
            new = draw.random.choice(
                [
                    f"{day.day} {MONTHS[day.month - 1]}{year}",
                    f"{MONTHS[day.month - 1][:3]}. {day.day}{year and ',' + year}",
                ]
            )
            if new != old:
                return _replace(draw.sentence, day.span, new)
    return None


def _number_rewritten(draw: _Draw) -> str | None:
    span, value = _number(draw)
    if span is None or value != int(value):
        return None
    old = draw.sentence[slice(*span)]
    if old.isdigit():
        return _replace(draw.sentence, span, _SMALL[int(value)] if value < len(_SMALL) else f"{int(value):,}")
    if re.fullmatch(r"[a-zA-Z-]+", old) and value < 100:
        return _replace(draw.sentence, span, str(int(value)))
    match = re.fullmatch(r"(\d[\d.,]*) million", old)
    return _replace(draw.sentence, span, f"{int(value):,}") if match else None


def _last_name(draw: _Draw) -> str | None:
    persons = [name for name in _persons(draw.sentence) if len(name.split()) == 2 and not _is_calendar(name)]
    return draw.sentence.replace(persons[0], persons[0].split()[-1], 1) if persons else None


def _clause_left_out(draw: _Draw) -> str | None:
    head, comma, _ = draw.sentence.rpartition(", ")
    fits = (
        comma
        and len(head.split()) >= FEWEST_WORDS
        and head.count("“") == head.count("”")
        and head.count('"') % 2 == 0
    )
    return (
        f"{head}."
        if fits and not re.search(r"\b(?:not|no|may|might|could|if|said|says)\b", draw.sentence)
        else None
    )


PARAPHRASES: Mapping[str, Change] = {
    "as it is": lambda draw: draw.sentence,
    "speaker first": _speaker_first,
    "another verb of saying": _verb_of_saying,
    "date rewritten": _date_rewritten,
    "number rewritten": _number_rewritten,
    "last name only": _last_name,
    "clause left out": _clause_left_out,
}
"""Other wordings that stay true, by their name."""
