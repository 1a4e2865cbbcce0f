"""Chat mode: a chat model writes the answer from the passages, and code checks and cites its sentences.

If the model fails, the fallback answers instead, with a note that says why.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.answer import Citation, Mode
from assistant.answering.chat.prompts import (
    CANNOT_ANSWER,
    PROMPT,
    history_messages,
    passage_block,
    prompt_values,
)
from assistant.answering.chat.reply_filter import RESTART, ReplyFilter
from assistant.answering.chat.sentence_builder import SentenceBuilder
from assistant.answering.chat.support import supporting_span
from assistant.answering.chat.tokens import count_tokens
from assistant.answering.draft import Answerer, Draft
from assistant.answering.quote import NOTHING_FOUND
from assistant.errors import ModelError
from assistant.models.provider import CHAT, TIMEOUT_SECONDS, ProviderModel, model_error
from assistant.query import RetrievedPassage
from assistant.question.plan import Inquiry
from assistant.settings import Settings
from assistant.text.counting import counted
from assistant.text.markers import MarkerParser, Numbering

PROMPT_TOKENS = 6_000
"""Most tokens of a prompt with passages and history. With a reply, they fit the context of 10,240 that Ollama gets."""

HISTORY_SHARE = 0.25
"""Largest share of the prompt for earlier exchanges. Passages matter more."""

REPLY_TOKENS = 4_096
"""Most tokens of a reply. Four sentences take about 200; the rest is for models that write down their thoughts."""

LONGEST_REPLY = 8 * REPLY_TOKENS
"""Characters after which a stream is cut, because some servers ignore the token limit."""

RETRIES = 1

_WORD = re.compile(r"\w")


class ChatAnswerer:
    """Answers with a chat model. The citations of a sentence are the archive's sentences that support it."""

    mode: Mode = "chat"

    def __init__(self, model: BaseChatModel, *, name: str, fallback: Answerer) -> None:
        """Ask `model`, reported as `name`. If it fails, let `fallback` answer."""
        self.model: str | None = name
        self._name = name
        self._chain = PROMPT | model
        self._fallback = fallback

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield the answer as the model writes it, from its first cited sentence on, and return the draft.

        The draft replaces the text: if the model fails mid-stream, the draft is the fallback's.
        """
        if not inquiry.passages:
            return Draft(reason_code="not_in_archive", reason=NOTHING_FOUND)
        blocks, history = _fit_to_prompt(inquiry)
        reply = _ReplyParser(inquiry.passages[: len(blocks)])
        try:
            for piece in self._stream(
                prompt_values(inquiry.plan.question, blocks, history, inquiry.plan.as_of)
            ):
                yield from reply.feed(piece)
        except ModelError as failure:
            note = f"{failure} The archive's own sentences answer instead."
            return (yield from self._fall_back(inquiry, note, reply))
        yield from reply.close()
        if reply.declined:
            return Draft(
                reason_code="not_in_archive",
                reason=f"The model {self._name} read {counted(len(blocks), 'passage')} and found no answer in them. "
                "The nearest articles are listed.",
                dropped_citations=reply.dropped,
            )
        if not reply.citations:
            note = (
                f"The model {self._name} gave no answer that cites a passage, so it is not shown. "
                "The archive's own sentences answer instead."
            )
            return (yield from self._fall_back(inquiry, note, reply))
        return reply.draft()

    def _stream(self, values: dict[str, object]) -> Iterator[str]:
        """Yield the model's text.

        Raises:
            ModelError: the model failed, before its first word or after.
        """
        length = 0
        with closing(cast(Generator[BaseMessage, None, None], self._chain.stream(values))) as chunks:
            while length < LONGEST_REPLY:
                try:
                    chunk = next(chunks, None)
                except Exception as error:
                    # Client libraries may raise anything here.
                    raise model_error(error, self._name) from error
                if chunk is None:
                    return
                # Empty pieces count too: some servers send thoughts in other fields, without text.
                length += len(chunk.text) or 1
                yield chunk.text

    def _fall_back(self, inquiry: Inquiry, note: str, reply: "_ReplyParser") -> Generator[str, None, Draft]:
        """Let the fallback answer, with a note that says why."""
        if reply.shown:
            yield f"\n\n{note}\n\n"
        draft = yield from self._fallback.answer(inquiry)
        return replace(draft, mode="quote", notes=(note, *draft.notes), dropped_citations=reply.dropped)


class _ReplyParser:
    """Parses the raw text of a reply into sentences with citations while it streams."""

    def __init__(self, passages: tuple[RetrievedPassage, ...]) -> None:
        self._passages = passages
        self._filter = ReplyFilter()
        self._restart()
        self.shown = False
        """Whether any text was yielded."""

    def _restart(self) -> None:
        """Forget all text so far."""
        self._markers = MarkerParser(len(self._passages))
        self._builder = SentenceBuilder(self._cite)
        self._numbering: Numbering[tuple[str, int, int, int]] = Numbering()
        self._cited: dict[int, Citation] = {}

    def feed(self, piece: str) -> Iterator[str]:
        """Take a piece of the model's text, and yield what can be shown now."""
        yield from self._parse(self._filter.feed(piece))

    def close(self) -> Iterator[str]:
        """Yield the rest after the end of the stream."""
        yield from self._parse(self._filter.close())
        for step in self._markers.close():
            yield from self._show(self._builder.feed(step))
        yield from self._show(self._builder.close())

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations so far, by number."""
        return tuple(self._cited.values())

    @property
    def dropped(self) -> int:
        """Number of citations that name no passage."""
        return self._builder.dropped

    @property
    def declined(self) -> bool:
        """Whether the model said that the passages do not contain an answer."""
        sentences = self._builder.sentences
        return any(
            CANNOT_ANSWER in sentence.text for sentence in (sentences[:1] if self._cited else sentences)
        )

    def draft(self) -> Draft:
        """Return the draft with the parsed sentences."""
        sentences = tuple(s for s in self._builder.sentences if CANNOT_ANSWER not in s.text)
        uncited = sum(not sentence.citations for sentence in sentences)
        notes = (f"{counted(uncited, 'sentence')} of this answer without a source.",) if uncited else ()
        return Draft(
            sentences=sentences, citations=self.citations, dropped_citations=self.dropped, notes=notes
        )

    def _parse(self, texts: Iterator[str | None]) -> Iterator[str]:
        """Parse the filtered text, and yield what can be shown now."""
        for text in texts:
            if text is RESTART:
                self._restart()
                continue
            for step in self._markers.feed(text):
                yield from self._show(self._builder.feed(step))

    def _show(self, pieces: Iterator[str]) -> Iterator[str]:
        """Yield pieces of text and remember that there were some."""
        for piece in pieces:
            self.shown = True
            yield piece

    def _cite(self, claim: str, passages: tuple[int, ...]) -> tuple[int, ...]:
        """Return the citation numbers for a sentence. The same span of an article always has the same number."""
        numbers: dict[int, None] = {}
        if CANNOT_ANSWER in claim or not _WORD.search(claim):
            return ()
        for number in passages:
            found = self._passages[number - 1]
            start, end = supporting_span(claim, found)
            n = self._numbering[found.passage.article, found.passage.version, start, end]
            if n not in self._cited:
                self._cited[n] = _citation(n, found, start, end)
            numbers[n] = None
        return tuple(numbers)


def _citation(n: int, found: RetrievedPassage, start: int, end: int) -> Citation:
    """Return the citation of a span of a passage's article."""
    passage = found.passage
    return Citation(
        n=n,
        article=passage.article,
        version=passage.version,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        source=found.source,
    )


def _fit_to_prompt(inquiry: Inquiry) -> tuple[list[str], list[BaseMessage]]:
    """Return as many of the best passages and latest exchanges as fit `PROMPT_TOKENS`, at least one passage."""
    empty = prompt_values(inquiry.plan.question, [], [], inquiry.plan.as_of)
    left = PROMPT_TOKENS - sum(count_tokens(m.text) for m in PROMPT.invoke(empty).to_messages())
    history: list[BaseMessage] = []
    spare = HISTORY_SHARE * left
    for exchange in reversed(inquiry.plan.history):
        messages = history_messages([exchange])
        tokens = sum(count_tokens(message.text) for message in messages)
        if tokens > spare:
            break
        history[:0] = messages
        spare -= tokens
        left -= tokens
    blocks: list[str] = []
    for number, found in enumerate(inquiry.passages, start=1):
        block = passage_block(number, found)
        # Blocks are joined by line breaks.
        left -= count_tokens(f"{block}\n")
        if left < 0 and blocks:
            break
        blocks.append(block)
    return blocks, history


def open_chat_model(settings: Settings) -> BaseChatModel:
    """Return the chat model that the settings name, with its limits set. Nothing is sent to it yet.

    Raises:
        SettingsError: the provider is unknown, its package is not installed, or its key is not set.
    """
    # Imported here because it takes 1.4 s, which quote mode does not need.
    from langchain.chat_models import init_chat_model

    chosen = ProviderModel(CHAT, settings.model, settings.model_url)
    opened: BaseChatModel = chosen.open(
        partial(init_chat_model, chosen.model, model_provider=chosen.provider), **_limits(chosen)
    )
    return opened


def _limits(chosen: ProviderModel) -> dict[str, object]:
    """Return the timeout and the limits of a reply as keyword arguments for the provider's client."""
    if chosen.provider == "ollama":
        return {
            "client_kwargs": {"timeout": TIMEOUT_SECONDS},
            # Ollama's default context of 4,096 tokens would silently cut the passages.
            "num_ctx": PROMPT_TOKENS + REPLY_TOKENS + 144,
            "num_predict": REPLY_TOKENS,
            "temperature": 0,
        }
    limits: dict[str, object] = {
        "timeout": TIMEOUT_SECONDS,
        "max_retries": RETRIES,
        "max_tokens": REPLY_TOKENS,
    }
    if chosen.provider == "openai" and chosen.url:
        # Self-hosted servers support only the older of OpenAI's two protocols.
        limits["use_responses_api"] = False
    return limits
