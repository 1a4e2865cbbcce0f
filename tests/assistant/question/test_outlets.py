"""Outlets found by the names that people use."""

import pytest

from assistant.question.outlets import OutletNames

NAMES = (
    "cnn.com",
    "The Guardian",
    "theguardian.com",
    "The Week",
    "The New York Times",
    "The Independent",
    "The Independent - Travel",
    "BBC News - Health",
    "Harbour Ledger",
    "The Harbour Ledger",
    "TIDEWATER",
    "Tidewater Wire",
    "Ellery Beacon",
    "www.usatoday.com",
    "Live Science: The Most Interesting Articles",
    "Time",
)


@pytest.fixture(scope="module")
def outlets() -> OutletNames:
    return OutletNames(NAMES)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("CNN", {"cnn.com"}),
        ("www.cnn.com", {"cnn.com"}),
        ("guardian", {"The Guardian", "theguardian.com"}),
        ("THE GUARDIAN", {"The Guardian", "theguardian.com"}),
        ("USA Today", {"www.usatoday.com"}),
        ("the Harbour Ledger", {"Harbour Ledger", "The Harbour Ledger"}),
        ("Tidewater Wire", {"TIDEWATER", "Tidewater Wire"}),
        ("tidewater", {"TIDEWATER", "Tidewater Wire"}),
        ("NYT", {"The New York Times"}),
        ("BBC", {"BBC News - Health"}),
        ("Live Science", {"Live Science: The Most Interesting Articles"}),
        # An outlet with this very name is meant, not its sections.
        ("The Independent", {"The Independent"}),
        ("The Independent - Travel", {"The Independent - Travel"}),
        ("Ellery", set()),
        ("The Age", set()),
        ("", set()),
    ],
)
def test_a_name_alone_means_an_outlet(outlets: OutletNames, asked: str, meant: set[str]) -> None:
    assert set(outlets.named(asked)) == meant


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does The New York Times say of it?", ["The New York Times"]),
        ("What does the NYT say of it?", ["The New York Times"]),
        ("What does cnn.com say of it?", ["cnn.com"]),
        ("What did the TIDEWATER WIRE say?", ["TIDEWATER", "Tidewater Wire"]),
        ("What do articles in The Independent say?", ["The Independent", "The Independent - Travel"]),
        ("What does The Independent - Travel say?", ["The Independent - Travel"]),
        ("What does 'Live Science: The Most Interesting Articles' say?", [NAMES[14]]),
        ("who died, says the harbour ledger?", ["Harbour Ledger", "The Harbour Ledger"]),
        ("who died, according to time?", ["Time"]),
    ],
)
def test_a_question_names_an_outlet(outlets: OutletNames, question: str, named: list[str]) -> None:
    assert [list(mention.names) for mention in outlets.mentions(question)] == [named]


@pytest.mark.parametrize(
    "question",
    [
        "What was said this week, for the first time, of the guardian?",
        "What happened in the week, for the first time?",
        "Time ran out for whom?",
        "who was the guardian of the child last week?",
        "How many answered the Guardian poll?",
        "Who leads the Time Group?",
        "Who saw the nyt?",
        "who won, according to the time-honoured rules?",
        "Who lives in Ellery by the Tidewaters?",
    ],
)
def test_an_ordinary_word_names_no_outlet(outlets: OutletNames, question: str) -> None:
    assert list(outlets.mentions(question)) == []


def test_an_abbreviation_of_two_names_means_neither() -> None:
    outlets = OutletNames(["North Yard Times", "The New York Times"])
    assert outlets.named("NYT") == ()


def test_a_mention_has_its_place_in_the_question(outlets: OutletNames) -> None:
    question = "Did the Guardian’s report differ from CNN.com?"
    assert [question[slice(*mention.span)] for mention in outlets.mentions(question)] == [
        "the Guardian",
        "CNN.com",
    ]


def test_an_archive_without_outlets_names_none() -> None:
    assert list(OutletNames([]).mentions("According to CNN, who won?")) == []
