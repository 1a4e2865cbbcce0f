"""Quote mode with given evidence: which sentences are merged, which are shown side by side, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, get_args

import pytest

from assistant.answering.draft import Draft, final_draft
from assistant.answering.quote import NOTHING_FOUND, SOURCES_DIFFER, QuoteAnswerer
from assistant.article import Passage, Source
from assistant.evidence.evidence import Evidence
from assistant.query import RetrievedPassage
from assistant.question.kinds import Kind
from assistant.question.plan import Inquiry, understand
from assistant.text.normal_form import same_answer


class GivenEvidence:
    """A finder that returns given evidence."""

    thresholds: ClassVar[Mapping[Kind, float]] = dict.fromkeys(get_args(Kind), 0.5)

    def __init__(self, *evidence: Evidence) -> None:
        self._evidence = evidence

    def find(self, inquiry: Inquiry) -> list[Evidence]:
        return sorted(self._evidence, key=lambda each: -each.confidence)


def evidence(
    text: str, answer: str | None, confidence: float, *, article: str, published: str | None = None
) -> Evidence:
    """Return a sentence that begins at offset 10 of its article."""
    found = RetrievedPassage(
        passage=Passage(article, 1, 10, 10 + len(text), text),
        score=1.0,
        similarity=0.5,
        source=Source(
            title=f"Title of {article}",
            outlet=f"Outlet of {article}",
            published=published,
            url=None,
        ),
    )
    span = None
    if answer is not None:
        at = 10 + text.index(answer)
        span = (at, at + len(answer))
    return Evidence(found, 10, 10 + len(text), text, confidence, span, confidence)


def sentence_at(
    start: int,
    text: str,
    *,
    article: str,
    published: str | None = None,
    confidence: float = 0.6,
    score: float = 1.0,
) -> Evidence:
    """Return a sentence without answer words at offset `start` of its article, in a passage with this score."""
    given = evidence(text, None, confidence, article=article, published=published)
    return replace(given, start=start, end=start + len(text), found=replace(given.found, score=score))


def drafted(question: str, *given: Evidence) -> Draft:
    return final_draft(
        QuoteAnswerer(GivenEvidence(*given)).answer(Inquiry(plan=understand(question), passages=()))
    )


TWO = evidence("Two people died.", "Two", 0.8, article="a", published="2023-11-25")
FOUR = evidence("The storm killed 4.", "4", 0.7, article="b", published="2023-11-26")
THREE = evidence("Police said 3 had died.", "3", 0.9, article="c", published="2024-02-27")


def test_evidence_below_the_threshold_is_not_an_answer() -> None:
    draft = drafted("How many died?", evidence("Two people died.", "Two", 0.49, article="a"))
    assert (draft.reason_code, draft.reason, draft.sentences) == ("not_in_archive", NOTHING_FOUND, ())


def test_a_draft_has_the_confidence_of_the_best_evidence_even_below_the_threshold() -> None:
    assert drafted("How many died?", TWO, THREE).confidence == 0.9
    assert (
        drafted("How many died?", evidence("Two people died.", "Two", 0.49, article="a")).confidence == 0.49
    )
    assert drafted("How many died?").confidence is None


def test_the_short_answer_is_verbatim_text_of_the_first_citation() -> None:
    draft = drafted("How many died?", TWO)
    assert draft.short_answer == "Two"
    assert draft.short_answer in draft.citations[0].quote
    assert (draft.citations[0].start, draft.citations[0].end) == (10, 26)


def test_articles_that_agree_are_cited_for_one_sentence() -> None:
    other = evidence("In all, two people died that night.", "two people", 0.6, article="b")
    draft = drafted("How many died?", TWO, other)
    assert [sentence.citations for sentence in draft.sentences] == [(1, 2)]
    assert [citation.article for citation in draft.citations] == ["a", "b"]
    assert draft.notes == ()


def test_another_sentence_of_the_same_article_is_not_cited_too() -> None:
    again = evidence("Again: two people died.", "two people", 0.7, article="a")
    draft = drafted("How many died?", TWO, again)
    assert [sentence.citations for sentence in draft.sentences] == [(1,)]


def test_different_answers_are_shown_side_by_side_and_the_newest_is_named() -> None:
    draft = drafted("How many died?", THREE, FOUR)
    assert [sentence.text for sentence in draft.sentences] == [
        "Police said 3 had died.",
        "The storm killed 4.",
    ]
    assert draft.short_answer == "3"
    assert draft.notes == (f"{SOURCES_DIFFER} The newest is of 2024-02-27 (Outlet of c).",)


def test_a_different_answer_with_low_confidence_is_left_out() -> None:
    draft = drafted("How many died?", THREE, evidence("Rumour said 9.", "9", 0.53, article="b"))
    assert len(draft.sentences) == 1


def test_a_name_is_not_an_alternative_to_a_number() -> None:
    draft = drafted("How many died?", THREE, evidence("Ann Lee died.", "Ann Lee", 0.8, article="b"))
    assert len(draft.sentences) == 1


def test_a_count_of_something_else_is_not_an_alternative() -> None:
    price = evidence("It would cost 1.6 billion crowns.", "1.6 billion crowns", 0.9, article="a")
    turbines = evidence("It would have 36 turbines.", "36 turbines", 0.8, article="b")
    cheaper = evidence("It would cost 1.4 billion crowns.", "1.4 billion crowns", 0.8, article="b")
    assert len(drafted("How much would it be?", price, turbines).sentences) == 1
    assert len(drafted("How much would it be?", price, cheaper).sentences) == 2


def test_a_course_of_events_is_in_order_of_time() -> None:
    undated = evidence("Nobody knows when the gulls left.", None, 0.85, article="d")
    draft = drafted("What happened after the storm?", THREE, TWO, FOUR, undated)
    assert [citation.article for citation in draft.citations] == ["a", "b", "c", "d"]
    assert draft.short_answer is None


def test_a_course_of_events_quotes_the_lead_of_each_article() -> None:
    byline = sentence_at(0, "By Ann Lee", article="a", published="2023-11-25")
    lead = sentence_at(12, "The ferry crews stopped work on Monday.", article="a", published="2023-11-25")
    sure = sentence_at(
        90, "They went on strike for more pay.", article="a", published="2023-11-25", confidence=0.9
    )
    middle = sentence_at(900, "Union and company signed in the night.", article="b", published="2023-11-20")
    draft = drafted("How did the strike unfold?", sure, byline, lead, middle)
    assert [citation.quote for citation in draft.citations] == [middle.text, lead.text]


def test_a_course_of_events_quotes_the_articles_with_the_best_scores() -> None:
    events = "storm", "flood", "ballot", "strike", "hearing", "verdict", "appeal"
    reports = [
        sentence_at(0, f"{each} {each}s {each}ed", article=each, score=10 + score)
        for score, each in enumerate(events)
    ]
    draft = drafted("What happened?", *reports)
    assert {citation.article for citation in draft.citations} == {*events[1:]}


def test_an_article_with_a_low_score_is_not_part_of_a_course_of_events() -> None:
    near = sentence_at(0, "The ferry crews stopped work on Monday.", article="a", score=10.0)
    related = sentence_at(0, "Union and company signed in the night.", article="b", score=6.0)
    other = sentence_at(0, "A storm shut the harbour in November.", article="c", score=5.9)
    draft = drafted("How did the strike unfold?", near, related, other)
    assert [citation.article for citation in draft.citations] == ["a", "b"]


def test_reasons_are_quoted_best_first_and_each_once() -> None:
    again = evidence("Police said that 3 had died.", None, 0.85, article="b")
    draft = drafted("Why was the road closed?", THREE, again, TWO)
    assert [citation.article for citation in draft.citations] == ["c", "a"]


def test_a_last_name_is_replaced_by_the_full_name_of_another_sentence() -> None:
    short = evidence("Halloran won.", "Halloran", 0.9, article="a")
    full = evidence("Ingrid Halloran won.", "Ingrid Halloran", 0.2, article="b")
    draft = drafted("Who won?", short, full)
    assert draft.short_answer == "Ingrid Halloran"
    assert [(sentence.text, sentence.citations) for sentence in draft.sentences] == [
        ("Ingrid Halloran won.", (1, 2))
    ]
    assert draft.confidence == 0.9


@pytest.mark.parametrize(
    "other",
    [
        evidence("Ingrid Halloran won.", "Ingrid Halloran", 0.1, article="b"),
        evidence("Halloran Hall won.", "Halloran Hall", 0.6, article="b"),
        evidence("Mayor-elect and lawyer Halloran won.", "lawyer Halloran", 0.6, article="b"),
    ],
    ids=["low confidence", "another name", "no name"],
)
def test_a_last_name_is_only_replaced_by_its_full_name(other: Evidence) -> None:
    short = evidence("Halloran won.", "Halloran", 0.9, article="a")
    assert drafted("Who won?", short, other).short_answer == "Halloran"


def test_a_list_is_a_short_answer_to_which_and_a_single_thing_is_not() -> None:
    listed = evidence("Oake and Brightwell voted against.", "Oake and Brightwell", 0.8, article="a")
    one = evidence("Oake voted against.", "Oake", 0.8, article="a")
    question = "Which members voted against it?"
    assert drafted(question, listed).short_answer == "Oake and Brightwell"
    assert drafted(question, one).short_answer is None


def test_lists_and_reasons_have_further_sentences_of_lower_confidence() -> None:
    different = [
        "The quay closed.", "Ferries stopped.", "Schools shut early.", "Power failed.",
        "Roofs flew off.", "A wall broke.", "Trains stood.", "Two men drowned.",
    ]  # fmt: skip
    further = [evidence(text, None, 0.23, article=text) for text in different]
    first = evidence("The storm reached the coast.", None, 0.9, article="a")
    assert len(drafted("Which ferries stopped?", first, *further).sentences) == 6
    assert len(drafted("Why was it so?", first, *further).sentences) == 4
    assert len(drafted("Which came?", first, *further).sentences) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Bills", "bills", True),
        ("Gaza City", "Gaza", True),
        ("38 million", "380 million", False),
        ("€3", "$3", False),
        ("", "the", False),
    ],
)
def test_answers_that_mean_the_same(one: str, other: str, same: bool) -> None:
    assert same_answer(one, other) is same


def pieces(given: Sequence[Evidence]) -> list[str]:
    inquiry = Inquiry(plan=understand("How many died?"), passages=())
    return list(QuoteAnswerer(GivenEvidence(*given)).answer(inquiry))


def test_sentences_are_shown_one_by_one_with_their_markers() -> None:
    assert pieces([THREE, FOUR]) == ["Police said 3 had died. [1] ", "The storm killed 4. [2] "]
