"""Asks a real chat model, which is far too small to answer well: `SMOLLM=.venv/smollm python -m pytest -m smollm`.

`make demo-chat` fetches it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.query import Exchange
from backfile.demo_chat import converted, serving
from tests.ports import free_port
from tests.server.conftest import Open
from tests.server.test_chat_server import QUESTION, assert_spans_are_exact

FOLDER = os.environ.get("SMOLLM", "")

pytestmark = [
    pytest.mark.smollm,
    pytest.mark.timeout(1_200),
    pytest.mark.skipif(not FOLDER, reason="SMOLLM names no folder of the model"),
]


@pytest.fixture(scope="module")
def model() -> Path:
    """Return the folder of the model, converted."""
    return converted(Path(FOLDER))


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the model, and yield the address."""
    with serving(model, tmp_path_factory.mktemp("smollm") / "log.txt") as address:
        yield address


@pytest.fixture
def smollm(model: Path, address: str, open_assistant: Open) -> Assistant:
    """Return an assistant that asks the model."""
    return open_assistant(str(model), address)


def test_only_what_a_passage_supports_is_shown(smollm: Assistant) -> None:
    reply = smollm.ask(QUESTION)
    shown = "".join(reply)
    answer = reply.answer
    assert answer.model == smollm.model
    assert answer.text in shown
    assert answer.sentences or answer.abstained
    assert all(sentence.check in (None, "verified", "repaired") for sentence in answer.sentences)
    assert all(citation.verified for citation in answer.citations)
    assert_spans_are_exact(answer, smollm)


def test_an_answer_can_be_stopped(smollm: Assistant) -> None:
    reply = iter(smollm.ask(QUESTION))
    next(reply)
    del reply
    assert smollm.ask(QUESTION).answer.question == QUESTION


def test_a_follow_up_is_answered(smollm: Assistant) -> None:
    before = Exchange("Who called the budget prudent?", "Mayor Ida Brandt called it prudent.")
    answer = smollm.ask("How large was it?", history=[before]).answer
    assert answer.standalone != "" and (answer.sentences or answer.abstained)


def test_without_its_server_quotes_answer(model: Path, open_assistant: Open) -> None:
    answer = open_assistant(str(model), f"http://127.0.0.1:{free_port()}").ask(QUESTION).answer
    assert answer.mode == "quote" and "cannot be reached" in answer.notes[0]
