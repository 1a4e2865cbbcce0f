import pytest

from ingest.articles.notices import corrected_subject, has_correction_notice, is_barrier


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Sea wall", "This report has been withdrawn. Its author invented the quotes."),
        ("Sea wall", "The Ledger has retracted this story, which it printed on Monday."),
        ("Sea wall", "The article that stood here was taken down at the request of a court."),
        ("Sea wall", "Correction, 4 March 2024: the wall is of brick."),
        ("Sea wall", "CORRECTION\nThe wall is of brick."),
        ("Sea wall", "Editor’s note: an error in the third paragraph was mended on Tuesday."),
        ("Sea wall", "It broke.\n\nAn earlier version of this story gave the wrong height."),
        ("Sea wall", "In an article on Monday we wrote that the wall was of brick. It is of stone."),
        ("RETRACTED: Sea wall breaks", "It broke."),
        ("Mauer", "Berichtigung: Die Mauer ist aus Stein."),
    ],
)
def test_notices_of_corrections_are_recognised(title: str, text: str) -> None:
    assert has_correction_notice(title, text.split("\n\n"))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Corrections officer found", "A corrections officer was found in the harbour."),
        ("Troops withdrawn", "The troops were withdrawn on Monday. The story was told often."),
        ("Minister retracts", "The minister retracted what he had said about the wall."),
        ("Sea wall", "Editor’s note: the author lives in Skerra and keeps bees."),
        ("Sea wall", "The page was moved, or its name was changed."),
        ("Sea wall", "The article you are looking for has been removed."),
    ],
)
def test_other_texts_are_no_notices(title: str, text: str) -> None:
    assert not has_correction_notice(title, text.split("\n\n"))


@pytest.mark.parametrize(
    "text",
    [
        "This story is for subscribers only.",
        "You have read your three free articles this month.",
        "Log in to read the whole story.",
        "We care about your privacy",
        "We and our partners store cookies on your device.",
        "404 – the page was not found",
        "Please turn off your ad blocker.",
        "Checking your browser before you go on.",
        "Jetzt abonnieren und weiterlesen",
        "Cet article est réservé aux abonnés.",
        "Word abonnee voor 2 euro",
    ],
)
def test_barriers_are_recognised(text: str) -> None:
    assert is_barrier(text)


@pytest.mark.parametrize(
    "text",
    [
        "The ferry company signed up forty subscribers to its strike fund.",
        "The court found that the firm had sold personal data.",
        "The page of the ledger was torn out.",
        "She read the letter to the end and went to sign the register.",
        "The bridge is not open, the mayor said, and no longer safe.",
    ],
)
def test_news_is_no_barrier(text: str) -> None:
    assert not is_barrier(text)


def test_the_subject_of_a_correction_is_in_its_title() -> None:
    assert corrected_subject("CORRECTION: Sea wall") == "Sea wall"
    assert corrected_subject("Clarification to our report on the sea wall") == "our report on the sea wall"
    assert corrected_subject("Correction officers strike") is None
