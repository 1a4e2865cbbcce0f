import time
import urllib.request

import pytest

from assistant.answer import Answer
from assistant.answering.chat.answerer import open_chat_model
from assistant.assistant import Assistant
from assistant.models.provider import TIMEOUT_SECONDS
from assistant.settings import Settings
from tests.ports import free_port
from tests.server.conftest import Open
from tests.server.scripted import KEY, LIES

pytestmark = [pytest.mark.server, pytest.mark.models]

QUESTION = "How many sailings were cancelled, as the union claimed?"
UNION = "The union claimed that 40 sailings were cancelled."
COMPANY = "The company said 12 sailings were cancelled."


def assert_spans_are_exact(answer: Answer, assistant: Assistant) -> None:
    """Check that the quote of each citation is at its place in the article."""
    for citation in answer.citations:
        article = assistant.article(citation.article, citation.version)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote


def assert_quotes_instead(answer: Answer, assistant: Assistant, why: str) -> None:
    """Check that quote mode gave the answer, and that a note says why."""
    assert (answer.mode, answer.model) == ("quote", assistant.model)
    assert [citation.quote for citation in answer.citations] == [UNION]
    assert_spans_are_exact(answer, assistant)
    [note] = answer.notes
    assert note == f"The model {assistant.model} {why} The archive's own sentences answer instead."


def test_a_real_server_streams_to_the_model_that_the_settings_open(
    gibberish_server: tuple[str, str],
) -> None:
    address, name = gibberish_server
    model = open_chat_model(Settings(model=f"openai:{name}", model_url=f"{address}/v1"))
    pieces = [chunk.text for chunk in model.stream(QUESTION)]
    assert len([piece for piece in pieces if piece]) > 1


def test_gibberish_of_a_real_server_is_not_shown_and_quotes_answer(
    gibberish_server: tuple[str, str], open_assistant: Open
) -> None:
    address, name = gibberish_server
    assistant = open_assistant(name, address)
    reply = assistant.ask(QUESTION)
    assert "".join(reply) == f"{UNION} [1] "
    answer = reply.answer
    assert (answer.mode, answer.model) == ("quote", assistant.model)
    assert [citation.quote for citation in answer.citations] == [UNION]
    assert "The archive's own sentences answer instead." in answer.notes[0]


def test_an_answer_from_a_server_is_cited_and_what_it_invents_is_dropped(
    scripted_server: str, open_assistant: Open
) -> None:
    assistant = open_assistant("citing", scripted_server)
    reply = assistant.ask(QUESTION)
    shown = "".join(reply)
    answer = reply.answer
    assert (answer.mode, answer.model, answer.notes) == ("chat", "openai:citing", ())
    assert shown.strip() == answer.text
    assert answer.text == ("The union claimed that 40 sailings were cancelled. [1] The company said 12. [2]")
    assert [citation.quote for citation in answer.citations] == [UNION, COMPANY]
    assert answer.dropped_citations == 1
    assert_spans_are_exact(answer, assistant)


def test_a_sentence_is_shown_before_the_server_has_sent_the_next(
    scripted_server: str, open_assistant: Open
) -> None:
    reply = open_assistant("patient", scripted_server).ask(QUESTION)
    assert next(iter(reply)).startswith("The union claimed")
    urllib.request.urlopen(f"{scripted_server}/go", data=b"").close()
    assert reply.answer.mode == "chat"


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("refusing", "refused the key (HTTP 401): check the provider's key variable."),
        (
            "unknown",
            "is not known to its server (HTTP 404): check BACKFILE_MODEL and BACKFILE_MODEL_URL.",
        ),
        ("limiting", "is limiting requests (HTTP 429): wait a moment, or check your quota."),
        ("failing", "has a failing server (HTTP 500): ask again, and check the server if it happens again."),
        (
            "unavailable",
            "has a failing server (HTTP 503): ask again, and check the server if it happens again.",
        ),
        ("filtered", "refused to answer."),
    ],
)
def test_a_server_that_answers_with_an_error_leaves_the_answer_to_quotes(
    scripted_server: str, open_assistant: Open, model: str, why: str
) -> None:
    assistant = open_assistant(model, scripted_server)
    reply = assistant.ask(QUESTION)
    assert "".join(reply) == f"{UNION} [1] "
    assert_quotes_instead(reply.answer, assistant, why)
    assert KEY not in str(reply.answer.to_json())


def test_a_server_that_breaks_off_while_it_is_shown_is_followed_by_why_and_by_quotes(
    scripted_server: str, open_assistant: Open
) -> None:
    assistant = open_assistant("dropping", scripted_server)
    reply = assistant.ask(QUESTION)
    shown = "".join(reply)
    why = "broke off before it was done: ask again, and check its server if it happens again."
    assert_quotes_instead(reply.answer, assistant, why)
    assert shown.startswith("The union claimed that 40 sailings were cancelled. [1] ")
    assert shown.endswith(f"\n\n{reply.answer.notes[0]}\n\n{UNION} [1] ")
    assert reply.answer.dropped_citations == 1


def test_where_no_server_listens_quotes_answer_at_once(open_assistant: Open) -> None:
    assistant = open_assistant("any", f"http://127.0.0.1:{free_port()}")
    started = time.monotonic()
    answer = assistant.ask(QUESTION).answer
    assert time.monotonic() - started < TIMEOUT_SECONDS / 10
    why = "cannot be reached: start its server, or check BACKFILE_MODEL_URL and the network."
    assert_quotes_instead(answer, assistant, why)


def test_sentences_that_no_passage_supports_are_withheld(scripted_server: str, open_assistant: Open) -> None:
    reply = open_assistant("lying", scripted_server).ask(QUESTION)
    shown = "".join(reply)
    answer = reply.answer
    assert [sentence.text for sentence in answer.sentences] == [UNION]
    assert answer.withheld == len(LIES)
    assert shown.strip() == answer.text == f"{UNION} [1]"
    assert answer.notes == (
        f"Not shown: {len(LIES)} sentences of the model's answer that no passage supports.",
    )


def test_a_citation_moves_to_the_passage_that_supports_its_sentence(
    scripted_server: str, open_assistant: Open
) -> None:
    answer = open_assistant("misciting", scripted_server).ask(QUESTION).answer
    assert [sentence.check for sentence in answer.sentences] == ["repaired", "repaired"]
    assert [citation.quote for citation in answer.citations] == [
        UNION,
        "Mayor Ida Brandt called it prudent.",
    ]
    assert all(citation.verified for citation in answer.citations)


def test_thoughts_are_not_part_of_an_answer(scripted_server: str, open_assistant: Open) -> None:
    reply = open_assistant("thinking", scripted_server).ask(QUESTION)
    assert "".join(reply) == f"{UNION} [1] "
    assert reply.answer.withheld == 0


def test_a_prompt_that_is_too_long_is_sent_again_with_fewer_passages(
    scripted_server: str, open_assistant: Open
) -> None:
    answer = open_assistant("overflowing", scripted_server).ask(QUESTION).answer
    assert (answer.mode, answer.notes) == ("chat", ())


def test_a_malformed_stream_leaves_the_answer_to_quotes(scripted_server: str, open_assistant: Open) -> None:
    answer = open_assistant("malformed", scripted_server).ask(QUESTION).answer
    assert answer.mode == "quote" and "The model openai:malformed" in answer.notes[0]


def test_anthropics_own_citations_are_read_and_checked(
    scripted_server: str, open_assistant: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-needed")
    assistant = open_assistant("citing", scripted_server, "anthropic")
    answer = assistant.ask(QUESTION).answer
    assert (answer.mode, answer.notes, answer.text) == ("chat", (), f"{UNION} [1]")
    assert [sentence.check for sentence in answer.sentences] == ["verified"]
    assert [citation.quote for citation in answer.citations] == [UNION]
    assert_spans_are_exact(answer, assistant)
