import pytest

from assistant.article import Passage, Source
from assistant.evidence.support.checker import SourceText, SupportChecker
from assistant.query import RetrievedPassage

TEXT = (
    "Ferry crews in Port Ellery went on strike on 4 March. About 140 of the Skerra Line's 160 crew members joined, "
    "according to the Seafarers' Union. The union demands nine per cent more pay. The company has offered four and a "
    "half. “We will be here on Friday,” said Niamh Corrigan, the union's branch secretary. Mayor Ida Brandt may "
    "mediate. The pier did not close."
)
SOURCE = SourceText(
    RetrievedPassage(
        passage=Passage("strike", 1, 0, len(TEXT), TEXT),
        source=Source(
            title="Strike cuts off Skerra", outlet="Harbour Ledger", published="2024-03-05", url=None
        ),
        score=0.0,
        similarity=0.0,
    )
)


def kinds(claim: str) -> set[str]:
    """Return what is wrong with a claim about the strike."""
    return {objection.kind for objection in SupportChecker().objections(claim, [SOURCE])}


@pytest.mark.parametrize(
    "claim",
    [
        "Ferry crews in Port Ellery went on strike on Mar. 4.",
        "On 4 March 2024, ferry crews in Port Ellery went on strike.",
        "According to the Seafarers' Union, 140 of 160 crew members joined.",
        "The union demands 9 % more pay.",
        "Corrigan said that they will be here on Friday.",
        "“We will be here on Friday,” the branch secretary said.",
        "Ida Brandt, the mayor, may mediate.",
        "The pier did not close.",
    ],
)
def test_a_true_sentence_in_other_words_is_supported(claim: str) -> None:
    assert kinds(claim) == set()


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("Ferry crews in Port Ellery went on strike on 5 April.", "date"),
        ("About 120 of the Skerra Line's 160 crew members joined.", "number"),
        ("The union demands 160 per cent more pay.", "number"),
        ("The company has offered nine.", "number"),
        ("Ferry crews in Kingsmere went on strike on 4 March.", "name"),
        ("Ida Brandt is the union's branch secretary.", "name"),
        ("“We will be here on Friday,” said Ida Brandt.", "speaker"),
        ("Niamh Corrigan said “we will starve them out by Friday”.", "quotation"),
        ("Mayor Ida Brandt will mediate.", "possibility"),
        ("The pier closed.", "negation"),
    ],
)
def test_what_is_wrong_with_a_false_sentence_is_named(claim: str, kind: str) -> None:
    assert kind in kinds(claim)
