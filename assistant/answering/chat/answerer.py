"""Chat mode: a chat model writes the answer from the passages; each sentence is checked, cited and then shown.

If the model fails, the fallback answers instead, with a note that says why.
"""

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from assistant.answer import Citation, Mode, Sentence
from assistant.answering.chat.checking import CheckedSentence, SentenceChecker
from assistant.answering.chat.prompts import (
    CANNOT_ANSWER,
    PROMPT,
    history_messages,
    passage_block,
    prompt_values,
    with_search_results,
)
from assistant.answering.chat.reply_filter import RESTART, ReplyFilter
from assistant.answering.chat.sentence_builder import SentenceBuilder, WrittenSentence
from assistant.answering.chat.tokens import count_tokens
from assistant.answering.draft import Answerer, Draft
from assistant.answering.quote import NOTHING_FOUND
from assistant.errors import ModelError
from assistant.evidence.support.checker import SupportChecker
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

WITHHELD = "Not shown: {} of the model's answer that no passage supports."

_WORD = re.compile(r"\w")


class ChatAnswerer:
    """Answers with a chat model. The citations of a sentence are the archive's sentences that support it."""

    mode: Mode = "chat"

    def __init__(
        self,
        model: BaseChatModel,
        *,
        name: str,
        fallback: Answerer,
        checker: SupportChecker,
        lenient: bool = False,
        search_results: bool = False,
    ) -> None:
        """Ask `model`, reported as `name`. If it fails, let `fallback` answer.

        `checker` checks each sentence. If `lenient`, a sentence without support is shown, marked as such. If
        `search_results`, the passages are sent as Anthropic's blocks of that name, and its own citations are read.
        """
        self.model: str | None = name
        self._name = name
        self._model = model
        self._fallback = fallback
        self._checker = checker
        self._lenient = lenient
        self._search_results = search_results

    def answer(self, inquiry: Inquiry) -> Generator[str, None, Draft]:
        """Yield the sentences as the model writes them, each once it is checked, and return the draft.

        The draft replaces the text: if the model fails mid-stream, the draft is the fallback's.
        """
        if not inquiry.passages:
            return Draft(reason_code="not_in_archive", reason=NOTHING_FOUND)
        blocks, history = _fit_to_prompt(inquiry)
        reply = _ReplyParser(inquiry.passages[: len(blocks)], self._checker, lenient=self._lenient)
        sent = reply.sent
        try:
            try:
                for piece in self._stream(inquiry, blocks, history, sent):
                    yield from reply.feed(piece)
            except ModelError as failure:
                if not failure.too_long or len(blocks) == 1:
                    raise
                # Tokens are estimated, and a server may have a shorter context than its model.
                shorter = blocks[: len(blocks) // 2]
                for piece in self._stream(inquiry, shorter, [], sent):
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
                details=reply.details(),
            )
        if not reply.sentences:
            wrote = "gave no answer"
            if reply.withheld:
                sentences = counted(reply.withheld, "sentence")
                wrote = f"wrote {sentences} that no passage supports, so nothing of it is shown"
            note = f"The model {self._name} {wrote}. The archive's own sentences answer instead."
            return (yield from self._fall_back(inquiry, note, reply))
        return reply.draft()

    def _messages(
        self, inquiry: Inquiry, blocks: Sequence[str], history: Sequence[BaseMessage]
    ) -> list[BaseMessage]:
        """Return the prompt with the passages of some blocks."""
        plan = inquiry.plan
        shown = [] if self._search_results else blocks
        values = prompt_values(plan.question, shown, history, plan.as_of)
        messages: list[BaseMessage] = PROMPT.invoke(values).to_messages()
        if not self._search_results:
            return messages
        return with_search_results(messages, inquiry.passages[: len(blocks)])

    def _stream(
        self, inquiry: Inquiry, blocks: Sequence[str], history: Sequence[BaseMessage], sent: "_Sent"
    ) -> Iterator[str]:
        """Yield the model's text, and count in `sent` what is sent.

        Raises:
            ModelError: the model failed, before its first word or after.
        """
        length = 0
        messages = self._messages(inquiry, blocks, history)
        sent.begin([*(blocks if self._search_results else ()), *(message.text for message in messages)])
        with closing(cast(Generator[BaseMessage, None, None], self._model.stream(messages))) as chunks:
            while length < LONGEST_REPLY:
                try:
                    chunk = next(chunks, None)
                except Exception as error:
                    # Client libraries may raise anything here.
                    raise model_error(error, self._name) from error
                if chunk is None:
                    return
                if _is_refusal(chunk):
                    raise ModelError(f"The model {self._name} refused to answer.")
                # Empty pieces count too: some servers send thoughts in other fields, without text.
                piece = _text(chunk)
                length += len(piece) or 1
                sent.count(chunk, piece)
                yield piece

    def _fall_back(self, inquiry: Inquiry, note: str, reply: "_ReplyParser") -> Generator[str, None, Draft]:
        """Let the fallback answer, with a note that says why."""
        if reply.shown:
            yield f"\n\n{note}\n\n"
        draft = yield from self._fallback.answer(inquiry)
        return replace(
            draft,
            mode="quote",
            notes=(note, *draft.notes),
            dropped_citations=reply.dropped,
            withheld=reply.withheld,
            details={**reply.details(), "fallback": note},
        )


class _Sent:
    """Counts the tokens of one question's requests, as the server reports them or as they are estimated."""

    def __init__(self) -> None:
        self._reported: dict[str, int] = {}
        self._prompt = 0
        self._reply: list[str] = []
        self._began = 0.0
        self._first: float | None = None
        self.requests = 0

    def begin(self, texts: Sequence[str]) -> None:
        """Count a request with these texts."""
        self.requests += 1
        self._began = time.perf_counter()
        self._prompt += sum(map(count_tokens, texts))

    def count(self, chunk: BaseMessage, text: str) -> None:
        """Count a piece of the reply."""
        if self._first is None:
            self._first = time.perf_counter() - self._began
        self._reply.append(text)
        for key in ("input_tokens", "output_tokens"):
            tokens = (getattr(chunk, "usage_metadata", None) or {}).get(key, 0)
            self._reported[key] = self._reported.get(key, 0) + tokens

    def details(self) -> dict[str, object]:
        """Return the counts for a trace."""
        is_reported = any(self._reported.values())
        estimated = {"input_tokens": self._prompt, "output_tokens": count_tokens("".join(self._reply))}
        return {
            "requests": self.requests,
            **(self._reported if is_reported else estimated),
            "tokens_are": "reported" if is_reported else "estimated",
            "first_piece_ms": None if self._first is None else round(self._first * 1000, 1),
        }


def _text(chunk: BaseMessage) -> str:
    """Return the text of a piece of a reply, with a marker for each of Anthropic's citations in it."""
    if isinstance(chunk.content, str):
        return chunk.content
    texts = []
    for block in chunk.content:
        if isinstance(block, str):
            texts.append(block)
        elif block.get("type") == "text":
            texts.append(block.get("text") or "")
            numbers = (each.get("search_result_index") for each in block.get("citations") or ())
            texts += [f" [{number + 1}]" for number in numbers if number is not None]
    return "".join(texts)


def _is_refusal(chunk: BaseMessage) -> bool:
    """Whether a provider says that its model or a filter refuses to answer."""
    said = {**chunk.additional_kwargs, **chunk.response_metadata}
    ends = {str(said.get(key)) for key in ("finish_reason", "stop_reason", "done_reason")}
    return bool(said.get("refusal")) or bool(ends & {"content_filter", "refusal"})


class _ReplyParser:
    """Parses the raw text of a reply into sentences while it streams, and checks each as soon as it is complete."""

    def __init__(
        self, passages: tuple[RetrievedPassage, ...], checker: SupportChecker, *, lenient: bool
    ) -> None:
        self._outlets = [found.source.outlet for found in passages]
        self._checker = SentenceChecker(checker, passages)
        self._lenient = lenient
        self._filter = ReplyFilter()
        self._restart()
        self.shown = False
        """Whether any text was yielded."""
        self.sent = _Sent()
        self._checking = 0.0
        """Seconds that the checks took."""

    def _restart(self) -> None:
        """Forget all text so far."""
        self._markers = MarkerParser(len(self._outlets), self._outlets)
        self._builder = SentenceBuilder()
        self._numbering: Numbering[tuple[str, int, int, int]] = Numbering()
        self._cited: dict[int, Citation] = {}
        self._waiting = ""
        """Text that waits for the first sentence that cites a passage."""
        self._is_citing = False
        self.sentences: list[Sentence] = []
        self.checks: list[CheckedSentence] = []
        """What became of each sentence, also of those that are not shown."""
        self.declined = False
        """Whether the model said, before any sentence with support, that the passages do not contain an answer."""

    def feed(self, piece: str) -> Iterator[str]:
        """Take a piece of the model's text, and yield what can be shown now."""
        yield from self._parse(self._filter.feed(piece))

    def close(self) -> Iterator[str]:
        """Yield the rest after the end of the stream."""
        yield from self._parse(self._filter.close())
        for step in self._markers.close():
            yield from self._take(self._builder.feed(step))
        yield from self._take(self._builder.close())
        self._is_citing = True
        yield from self._show("")

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations so far, by number."""
        return tuple(self._cited.values())

    @property
    def dropped(self) -> int:
        """Number of citations that name no passage, or do not support their sentence while others do."""
        return self._builder.dropped + sum(checked.dropped for checked in self.checks)

    @property
    def withheld(self) -> int:
        """Number of sentences that are not shown because nothing supports them."""
        return len(self.checks) - len(self.sentences)

    def draft(self) -> Draft:
        """Return the draft with the parsed sentences."""
        return Draft(
            sentences=tuple(self.sentences),
            citations=self.citations,
            dropped_citations=self.dropped,
            withheld=self.withheld,
            notes=(WITHHELD.format(counted(self.withheld, "sentence")),) if self.withheld else (),
            details=self.details(),
        )

    def details(self) -> dict[str, object]:
        """Return what a trace has of the reply."""
        checks = [
            {
                "check": checked.check,
                "passages": list(checked.passages),
                "objections": [objection.kind for objection in checked.objections],
            }
            for checked in self.checks
        ]
        return {**self.sent.details(), "checking_ms": round(self._checking * 1000, 1), "checks": checks}

    def _parse(self, texts: Iterator[str | None]) -> Iterator[str]:
        """Parse the filtered text, and yield what can be shown now."""
        for text in texts:
            if text is RESTART:
                self._restart()
                continue
            for step in self._markers.feed(text):
                yield from self._take(self._builder.feed(step))

    def _take(self, written: Iterator[WrittenSentence]) -> Iterator[str]:
        """Check complete sentences, and yield those that are shown."""
        for each in written:
            if CANNOT_ANSWER in each.text:
                self.declined = self.declined or not self.sentences
                continue
            if not _WORD.search(each.text):
                continue
            began = time.perf_counter()
            checked = self._checker.check(each.text, each.passages)
            self._checking += time.perf_counter() - began
            self.checks.append(checked)
            self._is_citing = self._is_citing or bool(each.passages)
            if checked.check == "unsupported" and not self._lenient:
                continue
            sentence = Sentence(checked.text, self._cite(checked), checked.check)
            self.sentences.append(sentence)
            yield from self._show(f"{sentence.shown} ")

    def _show(self, piece: str) -> Iterator[str]:
        """Yield the piece and all waiting text, once the model has cited a passage.

        What comes before the first citation may be a thought that only its end will show to be one.
        """
        self._waiting += piece
        if self._is_citing and self._waiting:
            self.shown = True
            piece, self._waiting = self._waiting, ""
            yield piece

    def _cite(self, checked: CheckedSentence) -> tuple[int, ...]:
        """Return the citation numbers for a sentence. The same span of an article always has the same number."""
        numbers: dict[int, None] = {}
        supported = checked.check != "unsupported"
        for number in checked.passages:
            source = self._checker.sources[number - 1]
            start, end = source.span(checked.text)
            n = self._numbering[source.found.passage.article, source.found.passage.version, start, end]
            if n not in self._cited or (supported and not self._cited[n].verified):
                self._cited[n] = _citation(n, source.found, start, end, verified=supported)
            numbers[n] = None
        return tuple(numbers)


def _citation(n: int, found: RetrievedPassage, start: int, end: int, *, verified: bool) -> Citation:
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
        verified=verified,
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
