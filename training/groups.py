"""Groups of windows whose scores are normalised together: a question beside its answer and beside other passages."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding
from torch import Tensor

from assistant.article import Span
from assistant.evidence.reader.model import padded
from assistant.evidence.reader.windows import Window, tokens, windows
from training.altering import altered
from training.examples import Example
from training.negatives import Negative

LENGTHS = (96, 128, 160, 192, 224, 256)
"""Windows are padded to one of these: with a new shape at each step training ran at a third of the speed."""

LONGEST = LENGTHS[-1]

BATCH = 32
"""Windows of one step."""

WITHOUT_POSITIVE = 0.06
"""Share of answerable questions that are shown nothing but passages without the answer."""

ALTERED = 0.12
"""Share of answerable questions on a titled text of which a name or number is exchanged, so that no passage answers."""

HARD = 0.8
"""Share of negatives that the search proposes; the others are of any text."""

WITH_TITLE = 0.85
WITH_HISTORY = 0.12
"""Share of questions with another one about the same text, and its answer, before them: a conversation."""


@dataclass(frozen=True)
class Labelled:
    """A window and where its answer begins and ends among its tokens; None where it has none."""

    window: Window
    answer: Span | None
    text: str
    """What the window is cut from."""


Group = list[Labelled]
"""Windows of one question; at most one of them holds the answer."""


@dataclass(frozen=True)
class Company:
    """In what company a question's text is shown."""

    negatives: int
    """Other passages beside it."""
    share: float = 1.0
    """Of the answerable questions, how many have that company; the others' texts stand alone."""
    altered: bool = False
    """Whether some questions are altered until their text does not answer them."""


class Grouper:
    """Makes the groups of one pass over the examples."""

    def __init__(
        self, examples: Sequence[Example], negatives: Sequence[Sequence[Negative]], *, longest: int = LONGEST
    ) -> None:
        """Cut windows of at most `longest` tokens; of each example, `negatives` has the passages without its answer."""
        self._examples = examples
        self._negatives = negatives
        self._longest = longest
        texts = {example.text for example in examples}
        texts |= {text for found in negatives for _, text in found}
        strings = texts | {example.question for example in examples}
        strings |= {header(title) for found in negatives for title, _ in found}
        strings |= {header(example.title) for example in examples} | {""}
        ordered = sorted(strings)
        self._tokens: dict[str, Encoding] = dict(zip(ordered, tokens(ordered), strict=True))
        self._of_text: dict[str, list[Example]] = {}
        self._on_title: dict[str, list[str]] = {}
        for example in examples:
            self._of_text.setdefault(example.text, []).append(example)
            if example.title:
                self._on_title.setdefault(example.title, []).append(example.question)

    def groups(self, chosen: Sequence[int], company: Company, draw: random.Random) -> Iterator[Group]:
        """Yield one group for each of the chosen examples, in their order."""
        for number in chosen:
            yield self._group(self._examples[number], self._negatives[number], company, draw)

    def _group(
        self, example: Example, negatives: Sequence[Negative], company: Company, draw: random.Random
    ) -> Group:
        question = self._question(example, draw)
        titled = draw.random() < WITH_TITLE
        chance = draw.random()

        def beside(count: int) -> Group:
            return [
                self._without(question, self._negative(negatives, draw), titled, draw) for _ in range(count)
            ]

        answered = bool(example.answers)
        if answered and company.altered and draw.random() < ALTERED:
            changed = altered(example.question, self._on_title.get(example.title, ()), draw)
            if changed:
                [said] = tokens([changed])
                question, answered = said.ids, False
        if not answered:
            own = self._without(question, (example.title, example.text), titled, draw)
            return [own, *beside(company.negatives)]
        if chance < WITHOUT_POSITIVE:
            return beside(1 + company.negatives)
        positive = self._positive(question, example, titled, draw)
        accompanied = chance < WITHOUT_POSITIVE + company.share
        return [positive, *beside(company.negatives if accompanied else 0)]

    def _question(self, example: Example, draw: random.Random) -> list[int]:
        """The tokens of a question, at times after another one about the same text."""
        ids = list(self._tokens[example.question].ids)
        others = self._of_text[example.text]
        if draw.random() < WITH_HISTORY and len(others) > 1:
            before = draw.choice(others)
            if before.question != example.question:
                answer = before.text[slice(*before.answers[0])] if before.answers else ""
                [said] = tokens([f"{before.question} {answer}."])
                ids = list(said.ids) + ids
        return ids

    def _negative(self, negatives: Sequence[Negative], draw: random.Random) -> Negative:
        if negatives and draw.random() < HARD:
            # The better one was found, the oftener it is shown.
            return negatives[int(len(negatives) * draw.random() ** 1.5)]
        other = draw.choice(self._examples)
        return other.title, other.text

    def _without(
        self, question: Sequence[int], passage: Negative, titled: bool, draw: random.Random
    ) -> Labelled:
        title, text = passage
        return Labelled(draw.choice(self._windows(question, title if titled else "", text)), None, text)

    def _positive(
        self, question: Sequence[int], example: Example, titled: bool, draw: random.Random
    ) -> Labelled:
        labelled = [
            Labelled(window, found, example.text)
            for window in self._windows(question, example.title if titled else "", example.text)
            if (found := answer_tokens(window, example.answers[0]))
        ]
        if labelled:
            return draw.choice(labelled)
        return self._without(question, self._negative((), draw), titled, draw)

    def _windows(self, question: Sequence[int], title: str, text: str) -> list[Window]:
        return list(
            windows(question, self._tokens[header(title)].ids, self._tokens[text], longest=self._longest)
        )


def header(title: str) -> str:
    """Return what stands before a text, in the form that passages have it.

    >>> header("Gales near"), header("")
    ('Gales near.', '')
    """
    return f"{title}." if title else ""


def answer_tokens(window: Window, answer: Span) -> Span | None:
    """Return the places of the first and the last token of an answer; None where the window lacks part of it."""
    start, end = answer
    inside = [place for place, (first, last) in enumerate(window.spans) if first < end and last > start]
    if not inside:
        return None
    cut_before = window.spans[inside[0]][0] > start
    cut_after = window.spans[inside[-1]][1] < end
    if cut_before or cut_after:
        return None
    return window.first + inside[0], window.first + inside[-1]


@dataclass(frozen=True)
class Batch:
    """Windows of several groups, padded to one length."""

    ids: Tensor
    """Shape (windows, length)."""
    types: Tensor
    mask: Tensor
    scored: Tensor
    """1 for tokens that can be part of an answer; shape (windows, length)."""
    size: int
    """Windows of each group; they stand side by side."""
    answers: Tensor
    """Shape (groups, 2): places of start and end in the group's windows laid end to end; for no answer, one past."""


def batches(groups: Sequence[Group], draw: random.Random) -> list[Batch]:
    """Return the groups in batches of one shape each, in random order; what fills no batch is left out."""
    by_shape: dict[tuple[int, int], list[Group]] = {}
    for group in groups:
        longest = max(len(labelled.window.ids) for labelled in group)
        length = next(length for length in LENGTHS if length >= longest)
        by_shape.setdefault((len(group), length), []).append(group)
    found = []
    for (size, length), some in by_shape.items():
        step = BATCH // size
        found += [_batch(some[at : at + step], size, length) for at in range(0, len(some) - step + 1, step)]
    draw.shuffle(found)
    return found


def _batch(groups: Sequence[Group], size: int, length: int) -> Batch:
    rows = [labelled for group in groups for labelled in group]
    ids, types, mask = padded([labelled.window for labelled in rows], length)
    scored = torch.zeros((len(rows), length), dtype=torch.bool)
    for row, labelled in enumerate(rows):
        scored[row, labelled.window.first : len(labelled.window.ids) - 1] = True
    answers = torch.full((len(groups), 2), size * length)
    for number, group in enumerate(groups):
        for place, labelled in enumerate(group):
            if labelled.answer:
                answers[number] = torch.tensor(labelled.answer) + place * length
    return Batch(ids, types, mask, scored, size, answers)
