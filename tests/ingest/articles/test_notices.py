import pytest

from ingest.articles.notices import (
    closing_barriers,
    corrected_subject,
    has_correction_notice,
    is_barrier,
    is_only_barrier,
)


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


BARRIERS = {
    "a wall after a heading": ("Sea wall breaks", ["Subscribe to continue reading.", "Already a subscriber? Log in"]),
    "a wall with prices": (
        "Sea wall breaks",
        ["This story is for subscribers only", "Get unlimited access for 2 crowns a week. You can cancel at any time."],
    ),
    "a wall for registration": (
        "Sea wall breaks",
        [
            "Register to read three stories a month for nothing. We will use the details that you have shared to "
            "manage your registration. You agree to the processing of this information as our notice describes.",
            "Monday\n4 March",
        ],
    ),
    "a limit": ("Sea wall breaks", ["You have reached your limit of free articles. Sign up to keep reading."]),
    "a consent form": (
        "We value your privacy",
        [
            "We and our 842 partners store information on a device, such as cookies, and process personal data.",
            "With your permission we may identify you by scanning your device. You may change your mind at any time.",
            "Accept all cookies",
        ],
    ),
    "a consent form with purposes": (
        "Before you go on",
        [
            "Measurement",
            "You can consent to our use of your data for these purposes, or manage your preferences below.",
            "Content that is presented to you can be measured, to learn whether you liked it.",
        ],
    ),
    "a missing page": (
        "Page not found",
        ["Sorry, we can't find what you want. It may have been moved.", "Try our search or go to the home page."],
    ),
    "a missing page with headlines": (
        "404",
        ["The page you asked for was not found.", "Ferry crews end strike", "Mill burns down", "Bread is dearer"],
    ),
    "a check for robots": ("One moment", ["Checking your browser. Please enable JavaScript and cookies to continue."]),
    "a blocker": ("Sea wall", ["Please turn off your ad blocker. It pays our reporters."]),
    "a wall in German": ("Mauer", ["Jetzt abonnieren und weiterlesen.", "Sie sind bereits Abonnent?"]),
    "a wall in French": ("Digue", ["Cet article est réservé à nos abonnés. Abonnez-vous pour lire la suite."]),
    "a form in Dutch": ("Dijk", ["Wij respecteren uw privacy", "U kunt uw keuze later wijzigen in uw instellingen."]),
    "a missing page in Spanish": ("Página no encontrada", ["Página no encontrada. Usted puede ir a la portada."]),
}  # fmt: skip

SHORT_ARTICLES = {
    "a flash": ("Sea wall breaks", ["The sea wall at Merrow broke."]),
    "a flash without text of its own": ("Sea wall breaks at Merrow", []),
    "news about cookies": (
        "Court forbids forms without a choice",
        ["Sites may no longer force visitors to accept cookies, the court found on Monday. It fined the firm."],
    ),
    "news about a wall": (
        "Ledger to charge readers",
        ["The Harbour Ledger is to ask 4 crowns for unlimited digital access. Readers can cancel any time, it said."],
    ),
    "news about an error": (
        "Tax site fails",
        ["The tax office's site answered with error 503 for hours. The page was not found by anybody, a clerk said."],
    ),
    "a quoted form": (
        "Site shames blockers",
        ["Whoever opened the site read “We value your privacy. You must accept cookies to continue reading.”"],
    ),
    "a quoted minister": (
        "Minister denies spying",
        ["'We do not store personal data on your device,' the minister said. The opposition did not believe him."],
    ),
    "a lead above a wall": (
        "Sea wall breaks",
        [
            "The sea wall at Merrow broke on Tuesday night, and forty cellars in the harbour were under water.",
            "Already a subscriber? Sign in to continue reading. You can cancel at any time.",
        ],
    ),
    "advice": (
        "How to be rid of a subscription",
        ["You can cancel any time before the first month ends.", "Write to the firm, and keep the letter: "
         "courts in Merrow have held in three cases that a letter on paper is proof enough that somebody has left."],
    ),
    "a column": (
        "On forgetting",
        ["You forget a name, and then a face, and at last that you have forgotten.", "We do what we can."],
    ),
    "a letter": ("To the editor", ["Sir, your report on the wall was wrong. We who live there saw no water at all."]),
    "a recall": ("Kettles recalled", ["If you bought one, check the label. You can return it to the shop in Merrow."]),
    "a programme": ("What is on", ["Members only: the lighthouse, 8 p.m. The Gull, 9 p.m. The pier, 10 p.m."]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BARRIERS)
def test_a_page_that_is_only_a_barrier_is_recognised(kind: str) -> None:
    assert is_only_barrier(*BARRIERS[kind])


@pytest.mark.parametrize("kind", SHORT_ARTICLES)
def test_a_short_article_is_no_barrier(kind: str) -> None:
    assert not is_only_barrier(*SHORT_ARTICLES[kind])


def test_an_offer_below_a_text_is_found_but_not_one_inside_it() -> None:
    told = "The sea wall at Merrow broke on Tuesday night, and forty cellars in the harbour were under water."
    offer = "Already a subscriber? Sign in to continue reading."
    assert closing_barriers([told, offer, "Prices with tax", offer, "Share"]) == {1, 2, 3, 4}
    assert closing_barriers([told, offer, told, "Share"]) == set()
