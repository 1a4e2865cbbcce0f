"""The questions that the deep reader is trained on: public ones, and the project's own on news."""

import random
from collections.abc import Sequence

from training.deep.bm25 import mine_by_words
from training.deep.mixture import SEED, SHARES, drawn
from training.deep.targets import Targets, of_public
from training.examples import Example
from training.groups import Company, Grouper

COMPANY = Company(negatives=1, share=0.55, altered=True)
"""One other passage beside most texts: the second stage of the small reader, at half its cost."""


class PublicQuestions:
    """Public questions, drawn by SHARES."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples
        self._negatives = mine_by_words(examples)
        self._groupers: dict[int, Grouper] = {}
        self._sources = {
            source: [n for n, example in enumerate(examples) if example.source == source]
            for source in SHARES
            if any(example.source == source for example in examples)
        }

    def pool(self, number: int, longest: int) -> list[Targets]:
        """See `training.deep.fit.Questions`."""
        if longest not in self._groupers:
            self._groupers = {longest: Grouper(self._examples, self._negatives, longest=longest)}
        chosen = drawn(self._sources, SHARES, number)
        draw = random.Random(f"{SEED} {number} groups")
        return [of_public(group) for group in self._groupers[longest].groups(chosen, COMPANY, draw)]
