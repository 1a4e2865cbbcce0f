"""News questions as targets: spans, near misses in the passage that answers their twin, verdicts, and sentences."""

import random
from collections.abc import Iterator, Sequence

from assistant.article import Span
from assistant.evidence.reader.deep import VERDICTS
from assistant.evidence.reader.windows import (
    LONGEST_HEADER,
    LONGEST_QUESTION,
    Window,
    tokens,
    windows,
)
from assistant.text.words import stems
from training.deep.news_passages import Cut, Cutter
from training.deep.targets import NOT_TOLD, Target, Targets, overlaps, sentences_of
from training.groups import WITH_HISTORY, WITH_TITLE, answer_tokens
from training.news.news_data import News, NewsQuestion, Place

COMPANY = (1, 1, 1, 3, 3)
"""Other passages beside the one that matters; one of these numbers is drawn."""

WITHOUT_POSITIVE = 0.06
"""Share of answerable questions that are shown nothing but passages without an answer."""

REWRITTEN = 0.4
"""Share of follow-ups that are shown as they can be understood alone."""

OTHERWISE = 0.3
"""Weight of another way to give the answer, beside 1 for the best."""

SAME_ARTICLE, SAME_SETTING = 0.35, 0.4
"""Where other passages come from; the rest is of other settings. In the same setting some may answer in other words."""

DRAWN = 3
"""Passages of which one is shown: of those that hold none of the answer's words, the one that sounds most like the
question."""

SPECIAL = 3
"""Tokens of a window that are of no text."""


class NewsQuestions:
    """The groups of news questions."""

    def __init__(self, news: News) -> None:
        self.questions = news.questions
        self._news = news
        self._cutter = Cutter(news.articles)
        self._ids = list(news.articles)
        self._in_setting = {
            setting: [id for id, article in news.articles.items() if article.setting == setting]
            for setting in news.settings
        }

    def targets(self, number: int, longest: int, draw: random.Random) -> list[Targets]:
        """Return the groups of a question: its own, and of a near miss also its twin's, on the same passage."""
        question = self.questions[number]
        twin = self._news.by_id.get(question.twin)
        asked = [(each, self._asked(each, draw)) for each in (question, twin) if each]
        room = self._room(longest, [words for _, words in asked])
        cuts = self._cuts(question, room, draw)
        if twin and question.trap:
            shared = self._shared(question.trap, twin, room, draw)
            cuts = [shared] if shared else cuts
            asked = asked if shared else asked[:1]
        count = draw.choice(COMPANY)
        return [self._group(each, words, cuts, count, room, draw) for each, words in asked] if cuts else []

    def _room(self, longest: int, asked: Sequence[str]) -> int:
        """Return how many tokens of text surely fit into a window."""
        question = max(len(said.ids) for said in tokens(asked))
        header = min(self._cutter.header, LONGEST_HEADER)
        return longest - min(question, LONGEST_QUESTION) - header - SPECIAL

    def _cuts(self, question: NewsQuestion, room: int, draw: random.Random) -> list[Cut]:
        """Return the passages that matter to a question: one, or two where two conflict; none where they do not fit."""
        if question.type == "conflict":
            found = [self._around([place], room, draw) for place in question.answers[:2]]
            return [cut for cut in found if cut]
        places = _decisive(question)
        cut = self._around(places, room, draw) or self._around(places[:1], room, draw)
        return [cut] if cut else []

    def _around(self, places: Sequence[Place], room: int, draw: random.Random) -> Cut | None:
        if len({place.article for place in places}) > 1:
            return self._cutter.joined(places, room, draw)
        return self._cutter.around(places[0].article, [place.sentence for place in places], room, draw)

    def _shared(self, trap: Place, twin: NewsQuestion, room: int, draw: random.Random) -> Cut | None:
        """Return a passage that holds both the trap and what the twin is answered by; None where there is none."""
        places = [place for place in _decisive(twin) if place.article == trap.article]
        return self._around([trap, *places], room, draw) if places else None

    def _group(
        self,
        question: NewsQuestion,
        asked: str,
        cuts: Sequence[Cut],
        count: int,
        room: int,
        draw: random.Random,
    ) -> Targets:
        titled = draw.random() < WITH_TITLE
        others = [self._other(question, room, draw) for _ in range(count + 1 - len(cuts))]
        if question.answers and not question.verdict and draw.random() < WITHOUT_POSITIVE:
            cuts = [self._other(question, room, draw) for _ in cuts]
        shown = [self._target(question, asked, cut, titled, matters=True) for cut in cuts]
        shown += [self._target(question, asked, cut, titled, matters=False) for cut in others]
        # A reason or a manner need not be words that stand together.
        spans = not question.verdict and (bool(question.answers) or not question.sentences)
        return Targets(tuple(shown), spans)

    def _asked(self, question: NewsQuestion, draw: random.Random) -> str:
        """Return a question as it is read: at times after what was asked before, related or not."""
        if question.history:
            if question.rewrite and draw.random() < REWRITTEN:
                return question.rewrite
            last = question.history[-1]
            return f"{last.question} {last.answer} {question.question}"
        if draw.random() < WITH_HISTORY:
            before = draw.choice(self.questions)
            if before.setting == question.setting and before.answers:
                return f"{before.question} {self._words(before.answers[0])}. {question.question}"
        return question.question

    def _other(self, question: NewsQuestion, room: int, draw: random.Random) -> Cut:
        """Return a passage that does not answer a question: of some, the one that sounds most like it."""
        told = (*question.answers, *question.outdated)
        wordings = [self._words(place).lower() for place in told]
        words = set(stems(question.question))
        found: list[Cut] = []
        for _ in range(DRAWN):
            cut = self._cutter.anywhere(self._elsewhere(question, draw), room, draw)
            if (
                cut
                and not any(cut.holds(place) for place in (*told, *question.sentences))
                and not any(wording in cut.text.lower() for wording in wordings)
            ):
                found.append(cut)
        found += [cut for cut in [self._of_another_setting(question, room, draw)] if cut and not found]
        return max(found, key=lambda cut: len(words & set(stems(cut.text))))

    def _of_another_setting(self, question: NewsQuestion, room: int, draw: random.Random) -> Cut | None:
        """Return a passage that cannot answer a question, whatever words it has."""
        settings = [setting for setting in self._in_setting if setting != question.setting]
        article = draw.choice(self._in_setting[draw.choice(settings)])
        return self._cutter.anywhere(article, room, draw)

    def _elsewhere(self, question: NewsQuestion, draw: random.Random) -> str:
        chance = draw.random()
        if chance < SAME_ARTICLE:
            return draw.choice(question.articles)
        if chance < SAME_ARTICLE + SAME_SETTING:
            return draw.choice(self._in_setting[question.setting])
        return draw.choice(self._ids)

    def _target(self, question: NewsQuestion, asked: str, cut: Cut, titled: bool, *, matters: bool) -> Target:
        """Return the window of a passage, and what shall be said of it."""
        said, header, text = tokens([asked, cut.header if titled else "", cut.text])
        window = next(windows(said.ids, header.ids, text))
        right = [
            span
            for place in (*question.answers, *question.sentences)
            if (span := cut.span(place.article, place.sentence))
        ]
        if not question.verdict:
            answers = tuple(self._answers(question, cut, window))
            return Target(window, answers, sentences_of(window, cut.text, right))
        if not matters:
            return Target(window, (), sentences_of(window, cut.text, []), NOT_TOLD)
        if question.verdict == "not_told":
            # The nearest sentence neither proves anything nor is beside the point.
            return Target(window, verdict=NOT_TOLD)
        return Target(window, (), sentences_of(window, cut.text, right), VERDICTS.index(question.verdict))

    def _answers(self, question: NewsQuestion, cut: Cut, window: Window) -> Iterator[tuple[Span, float]]:
        """Yield the answers that do not overlap a better one, and their weights."""
        found: list[Span] = []
        for place in question.answers:
            span = cut.span(place.article, place.words)
            answer = answer_tokens(window, span) if span else None
            if answer and not any(overlaps(answer, other) for other in found):
                yield answer, 1.0 if question.alike or not found else OTHERWISE
                found.append(answer)

    def _words(self, place: Place) -> str:
        return self._news.articles[place.article].text[slice(*place.words)]


def _decisive(question: NewsQuestion) -> list[Place]:
    """Return the places that a passage must hold to answer a question, or to tempt to a wrong answer."""
    if question.trap:
        return [question.trap]
    if question.type == "list":
        return list(question.answers)
    if question.sentences:
        return list(question.sentences)
    return list(question.answers[:1])
