import pytest

from assistant.query import Exchange
from assistant.question.followups import ALONE, context_questions, wordings
from assistant.question.plan import understand
from assistant.text.names import names

OWNER = Exchange("Who owns the Skerra Line?", "The town of Port Ellery does. [1]")
WORK = Exchange("Where did Nora Hale work before?", "Hale kept the books of the Harbour Office. [1][2]")
LIKED = Exchange("Did she like it?", "The archive does not seem to answer this.")


def test_a_complete_question_has_one_wording() -> None:
    for question, history in (("Was anyone hurt?", []), ("Who is Victor Salm?", [OWNER, WORK])):
        assert wordings(question, history) == {question: 1}
        assert understand(question, history=history).standalone == question


def test_a_follow_up_is_worded_with_its_context_and_alone() -> None:
    found = wordings("Why did she leave it?", [OWNER, WORK])
    assert list(found) == [
        "Where did Nora Hale work before? (Harbour Office) Why did she leave it?",
        "Where did Nora Hale work before? Why did she leave it?",
        "Why did she leave it?",
    ]
    assert found["Why did she leave it?"] == ALONE
    assert sum(found.values()) == pytest.approx(1)
    assert understand("Why did she leave it?", history=[OWNER, WORK]).standalone == next(iter(found))


def test_without_a_new_name_the_two_wordings_with_context_are_one() -> None:
    found = wordings("Why?", [OWNER, WORK, LIKED])
    assert found == {
        "Where did Nora Hale work before? Did she like it? Why?": pytest.approx(1 - ALONE),
        "Why?": ALONE,
    }


def test_the_subject_is_that_of_the_last_question_that_introduced_one() -> None:
    assert context_questions("Why?", [OWNER, WORK, LIKED]) == [WORK.question, LIKED.question]
    assert context_questions("Why?", [OWNER, LIKED]) == [OWNER.question, LIKED.question]
    assert context_questions("Why?", [LIKED, Exchange("And why?", "")]) == [LIKED.question, "And why?"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was said by Peter Lund. Nobody asked. They left.", ["Peter Lund"]),
        ("Samira", ["Samira"]),
        ("The Gulls won at Tolland, and the Gulls led.", ["Gulls", "Tolland"]),
        ("University of Merrow and the county", ["University of Merrow"]),
        ("Fares rose. After May they are higher.", ["May"]),
        ("", []),
    ],
)
def test_names_are_found_by_their_capitals(text: str, found: list[str]) -> None:
    assert names(text) == found
