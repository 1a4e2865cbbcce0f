"""Confidences of evidence from the reader, with given reader scores."""

import math
from collections.abc import Sequence
from datetime import date
from typing import cast

import pytest

from assistant.article import Passage, Source
from assistant.evidence.evidence import Evidence
from assistant.evidence.reader.reader import Reader, Reading
from assistant.evidence.reader_evidence import FITTED, ReaderEvidenceFinder
from assistant.query import RetrievedPassage
from assistant.question.plan import Inquiry, understand
from tests.assistant.answering.test_quote import evidence as sentence_of


class GivenReadings:
    """A reader that finds the n-th answer, with the n-th score, in the n-th passage."""

    def __init__(self, *found: tuple[str, float]) -> None:
        self._found = found

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        readings = []
        for number, ((_, text), (answer, score)) in enumerate(zip(passages, self._found, strict=True)):
            at = text.index(answer)
            readings.append(Reading(number, (0, len(text)), (at, at + len(answer)), score))
        return readings


def passage(
    article: str, text: str, *, title: str = "News", published: str | None = None
) -> RetrievedPassage:
    found = sentence_of(text, None, 0.0, article=article, published=published).found
    return RetrievedPassage(
        passage=Passage(article, 1, 10, 10 + len(text), text),
        score=1.0,
        similarity=0.5,
        source=Source(
            title=title,
            outlet=found.source.outlet,
            published=published,
            url=None,
        ),
    )


def find(
    passages: Sequence[RetrievedPassage], *found: tuple[str, float], as_of: date | None = None
) -> list[Evidence]:
    finder = ReaderEvidenceFinder(cast(Reader, GivenReadings(*found)), lambda wanted: ({}, 100))
    return finder.find(Inquiry(plan=understand("Who won?", as_of=as_of), passages=tuple(passages)))


def test_confidence_is_a_share_among_all_answers_and_no_answer() -> None:
    [only] = find([passage("a", "Hale was elected.")], ("Hale", 4.0))
    # Sentence and answer share no words with the question, and without a date `near` is .5.
    nats = 4.0 * FITTED.score + FITTED.near / 2
    assert only.confidence == pytest.approx(
        math.exp(nats) / (math.exp(nats) + math.exp(FITTED.nothing)), rel=0.01
    )
    assert only.own_confidence == only.confidence
    assert (only.start, only.answer) == (10, (10, 14))


def test_an_answer_that_two_articles_give_beats_one_of_a_better_passage() -> None:
    passages = [
        passage("a", "Brandt was elected."),
        passage("b", "Hale was elected."),
        passage("c", "Nora Hale it was, and Hale again."),
    ]
    best = find(passages, ("Brandt", 8.0), ("Hale", 10.0), ("Hale", 10.0))[0]
    assert best.answer_text == "Hale"
    assert best.confidence > best.own_confidence


def test_the_best_sentence_of_an_article_gets_the_shares_of_its_equal_answers() -> None:
    passages = [passage("a", "Hale was elected."), passage("a", "Hale it was.")]
    surest, other = find(passages, ("Hale", 8.0), ("Hale", 7.0))
    assert surest.text == "Hale was elected."
    assert surest.confidence == pytest.approx(surest.own_confidence + other.own_confidence)
    assert other.confidence == other.own_confidence


def test_an_answer_without_a_number_is_less_likely_for_how_many() -> None:
    passages = [passage("a", "Hale was elected."), passage("b", "Hale had 9 votes.")]
    given = GivenReadings(("Hale", 8.0), ("9", 4.0))
    finder = ReaderEvidenceFinder(cast(Reader, given), lambda wanted: ({}, 100))
    best = finder.find(Inquiry(plan=understand("How many?"), passages=tuple(passages)))[0]
    assert best.answer_text == "9"


def test_an_article_with_a_low_share_does_not_count_as_agreeing() -> None:
    passages = [passage("a", "Hale was elected."), passage("b", "Hale slept.")]
    best = next(
        each for each in find(passages, ("Hale", 9.0), ("Hale", -9.0)) if each.text == "Hale was elected."
    )
    assert best.confidence == best.own_confidence


def test_an_answer_in_the_headline_is_likelier() -> None:
    passages = [passage("a", "Brandt was elected."), passage("b", "Hale was elected.", title="Hale is mayor")]
    assert find(passages, ("Brandt", 5.0), ("Hale", 4.0))[0].answer_text == "Hale"


def test_an_article_of_the_days_before_the_question_is_likelier() -> None:
    passages = [
        passage("a", "Brandt was elected.", published="2023-04-02"),
        passage("b", "Hale was elected.", published="2024-04-28"),
    ]
    found = (("Brandt", 5.0), ("Hale", 4.0))
    assert find(passages, *found)[0].answer_text == "Brandt"
    assert find(passages, *found, as_of=date(2024, 5, 1))[0].answer_text == "Hale"
    assert find(passages, *found, as_of=date(2023, 4, 5))[0].answer_text == "Brandt"


def test_an_article_with_only_a_year_is_neither_near_nor_far() -> None:
    for published, first in (("2024-04-28", "Brandt"), ("2022-04-28", "Hale")):
        passages = [
            passage("a", "Brandt slept.", published=published),
            passage("b", "Hale slept.", published="2024"),
        ]
        found = find(passages, ("Brandt", 5.0), ("Hale", 5.0), as_of=date(2024, 5, 1))
        assert found[0].answer_text == first


def test_a_sentence_too_long_to_be_one_is_left_out() -> None:
    assert find([passage("a", "Hale " * 400)], ("Hale", 5.0)) == []
