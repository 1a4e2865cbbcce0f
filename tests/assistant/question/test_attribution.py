"""Which outlets' reporting a question asks about, and which only make news."""

import pytest

from assistant.question.attribution import attribution
from assistant.question.outlets import OutletNames

OUTLETS = OutletNames(["CNN", "Fortune", "Reuters", "TechCrunch", "The Guardian", "The Verge", "The Week"])


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("According to Reuters, how many people died?", ["Reuters"]),
        ("How many people died, as reported by Reuters?", ["Reuters"]),
        ("as per reuters, who won?", ["reuters"]),
        ("according to reuters who won?", ["reuters"]),
        ("What caused the fire in the Guardian's reporting?", ["the Guardian"]),
        ("What does The Week say about the strike?", ["The Week"]),
        ("Did The Guardian’s later story correct the toll?", ["The Guardian"]),
        ("Which articles from CNN mention the strike?", ["CNN"]),
        ("Which company did both The Verge and TechCrunch report on?", ["The Verge", "TechCrunch"]),
        ("What was found by the sources 'Fortune,' 'CNN,' and 'The Verge'?", ["Fortune", "CNN", "The Verge"]),
        (
            "Does the Fortune article name the firm, while The Verge names its founder?",
            ["Fortune", "The Verge"],
        ),
        ("Was it reported by CNN on 3 May, and by Reuters on 4 May?", ["CNN", "Reuters"]),
        # The second outlet only makes news that the first reports.
        ("According to The Verge, why did CNN dismiss its head?", ["The Verge"]),
    ],
)
def test_a_question_asks_about_an_outlets_reporting(question: str, words: list[str]) -> None:
    found = attribution(question, OUTLETS)
    assert (list(found.words) if found else []) == words


@pytest.mark.parametrize(
    "question",
    [
        "Who bought The Verge?",
        "Why did CNN dismiss its chief executive?",
        "Which anchor left after CNN dropped her story?",
        "Where did CNN's debate take place?",
        "Who won the Reuters Institute prize?",
        "According to the Reuters Institute, who reads news?",
        "What were the top stories of the week?",
        "Which firms are in the Fortune 500 report?",
        "What does the law say about the guardian of a child?",
    ],
)
def test_an_outlet_that_makes_news_does_not_count(question: str) -> None:
    assert attribution(question, OUTLETS) is None


def test_an_outlet_named_twice_counts_once() -> None:
    found = attribution("Did the CNN report of May differ from the CNN report of June?", OUTLETS)
    assert found is not None
    assert (found.outlets, found.names, found.words) == ((("CNN",),), ("CNN",), ("CNN",))
