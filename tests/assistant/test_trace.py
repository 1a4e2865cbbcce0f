import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.answering.chat.answerer import ChatAnswerer
from assistant.answering.quote import QuoteAnswerer
from assistant.answering.trace import TraceFile
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.errors import ModelError, SettingsError
from assistant.evidence.sentence_picker import SentencePicker
from assistant.evidence.support.checker import SupportChecker
from assistant.json_object import JsonObject
from assistant.query import Exchange
from assistant.retrieval.retriever import Retriever
from tests.fakes import MADE_WITH, ScriptedModel, WordEncoder

QUESTION = "How many sailings were cancelled, as the union claimed?"
TRUE = "The union, led by Nora Hale, claimed that 40 sailings were cancelled [1]. "
FALSE = "The union claimed that 14 sailings were cancelled [1]."

Traced = Callable[..., Assistant]


@pytest.fixture
def traced(archive: ArchiveFolder, tmp_path: Path) -> Iterator[Traced]:
    """Open assistants that trace to `trace.jsonl`, with a chat model if they get a script."""
    opened = []

    def open(*script: str | Exception, with_text: bool = False) -> Assistant:
        encoder = WordEncoder()
        catalog = Catalog.open(archive.catalog)
        dense = DenseIndex(archive, catalog, encoder.dimension)
        quoting = QuoteAnswerer(SentencePicker(encoder, catalog.frequencies))
        chatting = ChatAnswerer(
            ScriptedModel(script=script), name="fake:model", fallback=quoting, checker=SupportChecker()
        )
        opened.append(
            Assistant(
                folder=archive,
                catalog=catalog,
                retriever=Retriever(catalog, dense, encoder),
                dense=dense,
                quoting=quoting,
                chatting=chatting if script else None,
                rewriting=lambda question, history: "When did the council pass the budget?",
                made_with=MADE_WITH,
                trace_file=TraceFile(tmp_path / "trace.jsonl", with_text=with_text),
            )
        )
        return opened[-1]

    yield open
    for assistant in opened:
        assistant.close()


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[], list[JsonObject]]:
    """Read the trace."""
    return lambda: [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text("utf-8").splitlines()]


def test_a_line_says_what_was_found_and_what_became_of_each_sentence(
    traced: Traced, lines: Callable[[], list[JsonObject]]
) -> None:
    answer = traced(TRUE, FALSE).ask(QUESTION).answer
    [line] = lines()
    search, answering = line["steps"]
    assert (line["outcome"], line["mode"], line["withheld"]) == ("answered", "chat", 1)
    assert (search["step"], search["passages"][0][0]) == ("search", answer.citations[0].article)
    assert [(each["check"], each["objections"]) for each in answering["checks"]] == [
        ("verified", []),
        ("unsupported", ["number"]),
    ]
    assert answering["requests"] == 1 and answering["output_tokens"] > 10
    assert set(line["timings_ms"]) == {"retrieve", "read", "total"}


def test_a_line_has_no_text_unless_it_is_asked_for(
    traced: Traced, lines: Callable[[], list[JsonObject]]
) -> None:
    traced().ask(QUESTION).answer  # noqa: B018
    traced(with_text=True).ask(QUESTION).answer  # noqa: B018
    without, with_text = lines()
    assert "sailings" not in json.dumps(without)
    assert with_text["question"] == QUESTION
    assert "40 sailings were cancelled" in with_text["answer"]


def test_a_fallback_is_named_without_what_the_provider_said(
    traced: Traced, lines: Callable[[], list[JsonObject]]
) -> None:
    traced(RuntimeError("no such key: sk-secret")).ask(QUESTION).answer  # noqa: B018
    [line] = lines()
    assert line["mode"] == "quote"
    assert "RuntimeError" in line["steps"][-1]["fallback"]
    assert "sk-secret" not in json.dumps(line)


def test_a_stopped_answer_has_its_line(traced: Traced, lines: Callable[[], list[JsonObject]]) -> None:
    reply = iter(traced(TRUE, TRUE, ModelError("late")).ask(QUESTION))
    next(reply)
    del reply
    assert [line["outcome"] for line in lines()] == ["stopped"]


def test_a_follow_up_is_searched_as_the_chat_model_words_it(
    traced: Traced, lines: Callable[[], list[JsonObject]]
) -> None:
    history = [Exchange("Who called the budget prudent?", "Mayor Ida Brandt did.")]
    answer = traced().ask("When was it passed?", history=history).answer
    assert answer.standalone == "When did the council pass the budget?"
    complete = traced().ask(QUESTION, history=history).answer
    assert complete.standalone == QUESTION
    assert [line["steps"][0]["step"] for line in lines()] == ["rewrite", "search"]


def test_a_file_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BACKFILE_TRACE"):
        TraceFile(tmp_path / "missing" / "trace.jsonl")
