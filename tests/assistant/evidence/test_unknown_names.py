import pytest

from assistant.evidence.unknown_names import has_unknown_names
from assistant.question.plan import Inquiry, understand
from tests.assistant.evidence.test_reader_evidence import passage


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What sank the Titanic?", True),
        ("What sank the Brandt?", False),
        ("What sank the Titanic near Brandt's pier?", False),
        ("What did the Outlet report?", False),
        ("What sank the ship?", False),
        ("What happened on Monday, 3 November 2023?", False),
    ],
    ids=["unknown", "in a passage", "one of two known", "an outlet", "no name", "a day"],
)
def test_a_question_has_unknown_names_if_the_archive_has_none_of_them(question: str, unknown: bool) -> None:
    inquiry = Inquiry(plan=understand(question), passages=(passage("a", "A heavy sea sank the Brandt."),))
    assert has_unknown_names(inquiry, lambda stems: ({}, 100)) is unknown


@pytest.mark.parametrize(
    ("question", "printed", "unknown"),
    [
        ("How old is OConnor?", "Maeve O’Connor, 41, won.", False),
        ("What did Tarasovsky want?", "Minister Tarasovskyy wanted peace.", False),
        ("Who met Goesta Wiklund?", "Gösta Viklund met nobody.", False),
        ("Who met Bartholomew Creed?", "The pastor, Bartolomew Kreed, met nobody.", False),
        ("Who met Zubrowka?", "The pastor, Zacharias Creed, met nobody.", True),
        ("Who met Tarmon Vell?", "The town of Tarnik met Nora Hale.", True),
        ("What did Ann Hall sell on Monday?", "Jan Hale was sold on Monday.", True),
    ],
)
def test_a_name_that_is_only_spelled_differently_is_known(question: str, printed: str, unknown: bool) -> None:
    inquiry = Inquiry(plan=understand(question), passages=(passage("a", printed),))
    assert has_unknown_names(inquiry, lambda stems: ({}, 100)) is unknown
