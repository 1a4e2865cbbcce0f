"""What the deep reader shall say of windows: spans, sentences of the answer, and yes or no."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.article import Span
from assistant.evidence.reader.windows import Window
from assistant.text.sentences import quotable_spans
from training.groups import Group, Labelled

NOT_TOLD = 2
"""Place among the verdicts."""


@dataclass(frozen=True)
class Target:
    """A window and what shall be said of it. Tokens are counted from the window's first; a span has its last one."""

    window: Window
    answers: tuple[tuple[Span, float], ...] = ()
    """Spans of tokens that are right, each with its weight beside the others of the group."""
    sentences: tuple[tuple[Span, bool], ...] = ()
    """Spans of tokens, and whether the sentence belongs in the answer."""
    verdict: int | None = None
    """Place among the verdicts; None where the question is not one for yes or no."""


@dataclass(frozen=True)
class Targets:
    """The windows of one question."""

    shown: tuple[Target, ...]
    spans: bool = True
    """Whether spans are trained; for a question of yes or no there is none, nor is it untold."""


def of_public(group: Group) -> Targets:
    """Return what a group of public questions teaches: the span, and the sentence in which it stands."""
    return Targets(tuple(_of_public(labelled) for labelled in group))


def _of_public(labelled: Labelled) -> Target:
    window, answer = labelled.window, labelled.answer
    if answer is None:
        return Target(window, (), sentences_of(window, labelled.text, []))
    first, last = (window.spans[place - window.first] for place in answer)
    return Target(window, ((answer, 1.0),), sentences_of(window, labelled.text, [(first[0], last[1])]))


def sentences_of(window: Window, text: str, right: Sequence[Span]) -> tuple[tuple[Span, bool], ...]:
    """Return the sentences of a text that a window has tokens of; those are right that overlap one of `right`.

    `right` is in code points of the text; the sentences returned are spans of the window's tokens.
    """
    spans = _split(text)
    firsts = [first for first, _ in spans]
    tokens: dict[int, list[int]] = {}
    for place, (start, _) in enumerate(window.spans, window.first):
        number = bisect_right(firsts, start) - 1
        if number >= 0 and start < spans[number][1]:
            tokens.setdefault(number, []).append(place)
    return tuple(
        (
            (places[0], places[-1]),
            any(first < spans[number][1] and spans[number][0] < end for first, end in right),
        )
        for number, places in tokens.items()
    )


def overlaps(one: Span, other: Span) -> bool:
    """Whether two spans of tokens, each with its last one, share a token."""
    return one[0] <= other[1] and other[0] <= one[1]


@lru_cache(maxsize=50_000)
def _split(text: str) -> tuple[Span, ...]:
    return tuple(quotable_spans(text))
