"""Compares the quotations in a sentence with its source, and finds the source's own words for one that differs."""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from assistant.article import Span
from assistant.text.letters import fold

ALIKE = 85.0
"""Least similarity, 0 to 100, of a quotation to the words that replace it. Below it, the quotation is invented.

Of quotations from news with one word changed, all have more; of quotations beside passages of other articles, none."""

FEWEST_WORDS = 3
"""Words of a quotation that may be replaced. A shorter one that differs says something else."""

_QUOTATION = re.compile(
    r"“([^“”]+)”|(?<![\w.,!?])\"([^\"]+)\"|«([^«»]+)»|(?<!\w)‘([^‘]+?)’(?!\w)|(?<!\w)'([^']+(?:'\w+[^']*)*)'(?!\w)"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ELISION = re.compile(r"\s*(?:\.{3}|…|\[[^\]]*\])\s*")


@dataclass(frozen=True)
class Quotation:
    """Words in quotation marks."""

    words: str
    span: Span
    """Where they are in the sentence, without the marks."""


def quotations(sentence: str) -> list[Quotation]:
    """Return the quotations of a sentence.

    >>> [each.words for each in quotations('He called it “a blow”, not \\'the end\\'.')]
    ['a blow', 'the end']
    """
    found = []
    for match in _QUOTATION.finditer(sentence):
        group = next(n for n in range(1, 6) if match[n])
        found.append(Quotation(match[group], match.span(group)))
    return found


def is_verbatim(quotation: str, source: str) -> bool:
    """Whether the source has the words of a quotation in a row. Case, punctuation and typography do not matter.

    A quotation with an ellipsis or brackets is verbatim if each of its parts is.
    """
    words = f" {' '.join(_plain(source))} "
    parts = [" ".join(_plain(part)) for part in _ELISION.split(quotation)]
    return all(f" {part} " in words for part in parts if part)


def own_words(quotation: str, source: str) -> str | None:
    """Return the source's words that a quotation changes; None if none are like it.

    >>> own_words("a blow for islanders who have no road", "“A blow to islanders who have no other road.”")
    'A blow to islanders who have no other road'
    """
    wanted = _plain(quotation)
    if len(wanted) < FEWEST_WORDS:
        return None
    places = [match.span() for match in _WORD.finditer(source)]
    given = [_fold_word(source[start:end]) for start, end in places]
    text, starts = "", []
    for word in given:
        starts.append(len(text))
        text += word + " "
    aligned = fuzz.partial_ratio_alignment(" ".join(wanted), text.rstrip(), score_cutoff=ALIKE - 10)
    if aligned is None:
        return None
    # The alignment has as many characters as the quotation; the source's words may be a few more or fewer.
    first = max((n for n, start in enumerate(starts) if start <= aligned.dest_start), default=0)
    best: tuple[float, int, int] = (0.0, 0, 0)
    for begin in range(max(0, first - 3), min(len(given), first + 4)):
        for end in range(begin + max(1, len(wanted) - 4), min(len(given), begin + len(wanted) + 4) + 1):
            best = max(best, (fuzz.ratio(" ".join(wanted), " ".join(given[begin:end])), begin, end))
    score, begin, end = best
    return source[places[begin][0] : places[end - 1][1]] if score >= ALIKE else None


def _plain(text: str) -> list[str]:
    return [_fold_word(word) for word in _WORD.findall(text)]


def _fold_word(word: str) -> str:
    return fold(word).replace("’", "'")
