import threading
from collections.abc import Iterator

import pytest

from assistant.answering.chat.standalone import StandaloneWriter
from assistant.query import Exchange
from assistant.question.plan import understand
from tests.fakes import ScriptedModel

HISTORY = (Exchange("Who leads the ferry crews' union?", "Nora Hale leads the union. [3]"),)
QUESTION = "How old is she?"
ALONE = "How old is Nora Hale?"


def rewritten(*script: str | Exception) -> str | None:
    return StandaloneWriter(ScriptedModel(script=script)).rewrite(QUESTION, HISTORY)


@pytest.mark.parametrize(
    "script",
    [
        [ALONE],
        ["How old is ", "Nora Hale?\n", "She is 52."],
        [f"Rewritten question: “{ALONE}”"],
        ["<think>She is the leader?</think>", ALONE],
    ],
    ids=["plain", "with an answer after it", "with a label", "with a thought"],
)
def test_a_models_wording_is_taken_if_it_is_the_same_question(script: list[str]) -> None:
    assert rewritten(*script) == ALONE


@pytest.mark.parametrize(
    "script",
    [
        ["Nora Hale is 52."],
        ["How old is Ida Brandt?"],
        ["What is the capital of France?"],
        [""],
        ["How old " * 100 + "?"],
        [RuntimeError("no server")],
    ],
    ids=["an answer", "a name from nowhere", "another question", "nothing", "no end", "an error"],
)
def test_anything_else_leaves_the_question_to_the_rules(script: list[str | Exception]) -> None:
    assert rewritten(*script) is None


def test_a_model_that_is_too_slow_leaves_the_question_to_the_rules() -> None:
    go = threading.Event()

    def pieces() -> Iterator[str]:
        go.wait(60)
        yield ALONE

    model = ScriptedModel.model_construct(script=pieces(), asked=[], sent=[], closed=False)
    try:
        assert StandaloneWriter(model, limit=0.01).rewrite(QUESTION, HISTORY) is None
    finally:
        go.set()


def test_the_model_is_not_told_the_citation_numbers_of_earlier_answers() -> None:
    model = ScriptedModel(script=[ALONE])
    StandaloneWriter(model).rewrite(QUESTION, HISTORY)
    [prompt] = model.asked
    assert "Nora Hale leads the union." in prompt[-1].text
    assert "[3]" not in prompt[-1].text


def test_the_wording_is_shown_and_searched_beside_the_question_itself() -> None:
    plan = understand(QUESTION, history=HISTORY, standalone=ALONE)
    assert plan.standalone == plan.reader_question == ALONE
    assert set(plan.wordings) == {ALONE, QUESTION}
