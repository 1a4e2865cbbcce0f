"""How well the deep reader does on what never trained it: paragraphs held back, NewsQA's stories, and news settings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant.evidence.reader.deep import VERDICTS, DeepSpanModel, Scored
from assistant.evidence.reader.reader import Reader, answers_in
from assistant.evidence.reader.windows import Window, tokens, windows
from assistant.text.sentences import quotable_spans
from eval.metrics import best, squad_exact_match, squad_f1
from eval.suites import newsqa
from training.deep.targets import sentences_of
from training.examples import Example, held_back
from training.news.news_data import News, NewsQuestion
from training.validation import validate

STEP = 5
"""Of NewsQA every so many questions are asked."""

LONGEST, OVERLAP = 224, 96
"""Tokens of the windows in which stories and articles are read, and that two of them share."""


@dataclass(frozen=True)
class Figure:
    """The mean of a measure."""

    of: str
    """Which questions."""
    measure: str
    value: float
    count: int

    def __str__(self) -> str:
        return f"{self.of}: {self.measure} {self.value:.3f} ({self.count})"


def every(questions: Sequence[Example], most: int) -> list[Example]:
    """Return at most so many questions, evenly spaced.

    >>> every([1, 2, 3, 4, 5], 2)
    [1, 4]
    """
    step = -(-len(questions) // most) if questions else 1
    return list(questions[::step])


def on_paragraphs(model: DeepSpanModel, examples: Sequence[Example], most: int) -> Iterator[Figure]:
    """Yield EM and F1 on SQuAD 1.1, and the AUROC of answerable among all questions on the same paragraphs of 2.0."""
    back = [example for example in examples if held_back(example)]
    reader = Reader(model)
    texts = {example.text for example in back if not example.answers}
    beside = every([each for each in back if each.text in texts], most)
    # The unanswerable ones stand beside these because there is no AUROC without; EM and F1 leave them out.
    answerable = every([each for each in back if each.source == "dev-v1.1"], most)
    found = validate(reader, answerable + [each for each in beside if not each.answers])
    yield Figure("SQuAD 1.1 held back", "em", found.em, found.answerable)
    yield Figure("SQuAD 1.1 held back", "f1", found.f1, found.answerable)
    found = validate(reader, beside)
    yield Figure("SQuAD 2.0 held back, same paragraphs", "auroc", found.auroc, len(beside))


def on_newsqa(model: DeepSpanModel, data: Path, most: int) -> Iterator[Figure]:
    """Yield EM and F1 on questions of NewsQA, each in its whole story."""
    asked = newsqa.load(data)[::STEP][:most]
    overlaps, matches = [], []
    for question in asked:
        answer = _Story(model, question.text, [("", question.context)]).answer
        accepted = [gold.text for gold in question.answers]
        matches.append(best(squad_exact_match, answer, accepted))
        overlaps.append(best(squad_f1, answer, accepted))
    yield Figure("NewsQA", "em", float(np.mean(matches)), len(asked))
    yield Figure("NewsQA", "f1", float(np.mean(overlaps)), len(asked))


def on_news(model: DeepSpanModel, news: News, most: int) -> Iterator[Figure]:
    """Yield what is right of news questions, each read in the whole articles it names, by type.

    Of spans: EM and F1 of the best, and whether it is likelier than that there is none. Of unanswerable questions:
    whether it is not, and whether the best of the answerable twin has a higher score. Of sentences: whether the best is
    right.
    """
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    scores: dict[str, float] = {}
    step = -(-len(news.questions) // most)
    for question in news.questions[::step]:
        told = _told(model, news, question)
        scores[question.id] = told.score
        for measure, value in _values(news, question, told):
            values[question.type, measure].append(value)
        if question.twin in news.by_id:
            twin = news.by_id[question.twin]
            if twin.id not in scores:
                scores[twin.id] = _told(model, news, twin).score
            values[question.type, "below its twin"].append(float(scores[twin.id] > told.score))
    kinds = [float(news.by_id[id].type != "unanswerable") for id in scores if not news.by_id[id].verdict]
    spans = [score for id, score in scores.items() if not news.by_id[id].verdict]
    yield Figure("news", "auroc", float(roc_auc_score(kinds, spans)), len(spans))
    for (type, measure), some in sorted(values.items()):
        yield Figure(f"news, {type}", measure, float(np.mean(some)), len(some))


class _Story:
    """What the model says of a question in texts, each with its header."""

    def __init__(self, model: DeepSpanModel, question: str, texts: Sequence[tuple[str, str]]) -> None:
        [asked] = tokens([question])
        self._texts = texts
        self._windows: list[tuple[int, Window]] = []
        for number, (header, text) in enumerate(texts):
            before, body = tokens([header, text])
            cut = windows(asked.ids, before.ids, body, longest=LONGEST, overlap=OVERLAP)
            self._windows += [(number, window) for window in cut]
        self._scored: list[Scored] = model.score([window for _, window in self._windows])
        readings = [
            reading
            for (number, window), scored in zip(self._windows, self._scored, strict=True)
            for reading in answers_in(number, window, scored.spans, quotable_spans(texts[number][1]))
        ]
        top = max(readings, key=lambda reading: reading.score, default=None)
        self.score = top.score if top else -np.inf
        self.answer = texts[top.passage][1][slice(*top.answer)] if top else ""

    @property
    def verdict(self) -> str:
        """Of the windows' verdicts the surest yes or no, if it is likelier than that it is not told."""
        each = [scored.verdicts for scored in self._scored]
        surest = max(each, key=lambda verdict: max(verdict[:2]) - verdict[2])
        return VERDICTS[int(surest.argmax())]

    @property
    def sentence(self) -> str:
        """The sentence most likely to be part of the answer."""
        found = []
        for (number, window), scored in zip(self._windows, self._scored, strict=True):
            text = self._texts[number][1]
            for (first, last), _ in sentences_of(window, text, []):
                words = window.spans[first - window.first][0], window.spans[last - window.first][1]
                found.append((float(scored.sentences[first : last + 1].mean()), text[slice(*words)]))
        return max(found, default=(0.0, ""))[1]


def _told(model: DeepSpanModel, news: News, question: NewsQuestion) -> _Story:
    asked = question.question
    if question.history:
        last = question.history[-1]
        asked = f"{last.question} {last.answer} {asked}"
    articles = [news.articles[id] for id in question.articles]
    return _Story(model, asked, [(article.header, article.text) for article in articles])


def _values(news: News, question: NewsQuestion, told: _Story) -> Iterator[tuple[str, float]]:
    """Yield measures of one question and their values."""
    if question.verdict:
        verdict = question.verdict.replace("_", " ")
        yield "verdict", float(told.verdict == verdict)
        yield f"verdict, {verdict}", float(told.verdict == verdict)
    elif question.type == "unanswerable":
        yield "declined", float(told.score <= 0)
    elif question.answers:
        accepted = [news.articles[place.article].text[slice(*place.words)] for place in question.answers]
        yield "em", best(squad_exact_match, told.answer, accepted)
        yield "f1", best(squad_f1, told.answer, accepted)
        yield "answered", float(told.score > 0)
    if question.sentences and question.verdict != "not_told":
        right = [news.articles[place.article].text[slice(*place.sentence)] for place in question.sentences]
        yield "sentence", float(any(told.sentence in each or each in told.sentence for each in right))
