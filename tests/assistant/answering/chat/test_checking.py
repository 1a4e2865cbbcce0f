from assistant.answering.chat.checking import SentenceChecker
from assistant.article import Passage, Source
from assistant.evidence.support.checker import SupportChecker
from assistant.query import RetrievedPassage


def passage(id: str, text: str) -> RetrievedPassage:
    return RetrievedPassage(
        passage=Passage(id, 1, 0, len(text), text),
        source=Source(title="News", outlet="Harbour Ledger", published="2024-03-04", url=None),
        score=0.0,
        similarity=0.0,
    )


CHECKER = SentenceChecker(
    SupportChecker(),
    [
        passage("storm", "The fire brigade counted 430 flooded homes on the first morning."),
        passage("fire", "The fire brigade came with 2 engines. It was out by morning."),
    ],
)


def test_a_citation_moves_to_the_passage_that_has_the_sentence() -> None:
    checked = CHECKER.check("The fire brigade counted 430 flooded homes.", (2,))
    assert (checked.check, checked.passages) == ("repaired", (1,))


def test_a_passage_about_something_else_does_not_support_a_false_sentence() -> None:
    checked = CHECKER.check("The fire brigade counted 2 flooded homes on the first morning.", (1,))
    assert (checked.check, [objection.kind for objection in checked.objections]) == (
        "unsupported",
        ["number"],
    )


def test_a_quotation_that_began_in_an_earlier_sentence_is_not_taken_for_another() -> None:
    text = 'That is why we came," said Ida Hale, whose boat was "lost" in the storm.'
    sources = SentenceChecker(SupportChecker(), [passage("hale", f'"It is ours. {text}')])
    assert sources.check(text, (1,)).text == text
