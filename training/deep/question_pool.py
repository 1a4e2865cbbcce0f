"""The questions that the deep reader is trained on: public ones, and the project's own on news."""

import random
from collections.abc import Sequence

from training.deep.bm25 import mine_by_words
from training.deep.mixture import SEED, SHARES, drawn
from training.deep.news_targets import NewsQuestions
from training.deep.targets import Targets, of_public
from training.examples import Example
from training.groups import Company, Grouper

COMPANY = Company(negatives=1, share=0.55, altered=True)
"""One other passage beside most texts: the second stage of the small reader, at half its cost."""


NEWS = "news"
"""The source of the project's own questions."""


class AllQuestions:
    """Public questions and news, drawn by SHARES."""

    def __init__(self, examples: Sequence[Example], news: NewsQuestions) -> None:
        self._examples = examples
        self._news = news
        self._negatives = mine_by_words(examples)
        self._groupers: dict[int, Grouper] = {}
        sources = {example.source for example in examples}
        self._sources: dict[str, list[int]] = {
            source: [n for n, example in enumerate(examples) if example.source == source]
            for source in SHARES
            if source in sources
        }
        if news.questions:
            self._sources[NEWS] = list(range(len(news.questions)))

    def pool(self, number: int, longest: int) -> list[Targets]:
        """See `training.deep.fit.Questions`."""
        if longest not in self._groupers:
            self._groupers = {longest: Grouper(self._examples, self._negatives, longest=longest)}
        draw = random.Random(f"{SEED} {number} groups")
        groups: list[Targets] = []
        for source, chosen in drawn(self._sources, SHARES, number):
            if source == NEWS:
                groups += self._news.targets(chosen, longest, draw)
            else:
                [group] = self._groupers[longest].groups([chosen], COMPANY, draw)
                groups.append(of_public(group))
        return groups
