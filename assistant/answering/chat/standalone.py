"""Lets a chat model make a follow-up question stand alone, in one short call with a time limit.

Its wording is only taken if it is the same question: one line that keeps most of the question's words and has no name
that the conversation has not. Otherwise the rules of `assistant.question.followups` apply.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

from langchain_core.language_models import BaseChatModel

from assistant.answering.chat.prompts import standalone_messages
from assistant.answering.chat.reply_filter import RESTART, ReplyFilter
from assistant.query import Exchange
from assistant.text.names import names
from assistant.text.words import STOPWORDS, stems

LIMIT_SECONDS = 5.0
"""How long a question may wait for its rewriting. The search itself takes about a tenth of this."""

LONGEST = 400
"""Characters of a rewritten question. A longer reply is an answer or a thought."""

LONGEST_REPLY = 4_000
"""Characters of a reply with thoughts."""

LEAST_KEPT = 0.5
"""Least share of the follow-up's words that its rewriting must keep."""

EXCHANGES = 4
"""Latest exchanges that the model is shown."""


class StandaloneWriter:
    """Asks a chat model for a wording of a follow-up that can be understood alone."""

    def __init__(self, model: BaseChatModel, *, limit: float = LIMIT_SECONDS) -> None:
        """Ask `model`, and wait `limit` seconds at most."""
        self._model = model
        self._limit = limit

    def rewrite(self, question: str, history: Sequence[Exchange]) -> str | None:
        """Return the wording; None if the model fails, is too slow, or writes something else."""
        replies: queue.Queue[str | None] = queue.Queue()
        gave_up = threading.Event()
        recent = history[-EXCHANGES:]

        def ask() -> None:
            try:
                replies.put("".join(self._stream(question, recent, gave_up)))
            except Exception:
                # Client libraries may raise anything here. The answer's own request will say what is wrong.
                replies.put(None)

        # A daemon, so that a server that hangs does not keep the program from ending.
        threading.Thread(target=ask, name="standalone question", daemon=True).start()
        try:
            reply = replies.get(timeout=self._limit)
        except queue.Empty:
            gave_up.set()
            return None
        return accepted(reply, question, recent) if reply else None

    def _stream(self, question: str, history: Sequence[Exchange], gave_up: threading.Event) -> Iterator[str]:
        """Yield the model's text without its thoughts."""
        reply_filter = ReplyFilter()
        texts: list[str] = []
        read = 0
        with closing(self._model.stream(standalone_messages(question, history))) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                read += len(chunk.text) or 1
                for text in reply_filter.feed(chunk.text):
                    texts = [] if text is RESTART else [*texts, text]
                if gave_up.is_set() or read > LONGEST_REPLY or len("".join(texts)) > LONGEST:
                    break
        yield from texts
        yield from (text for text in reply_filter.close() if text is not RESTART)


def accepted(reply: str, question: str, history: Sequence[Exchange]) -> str | None:
    """Return the question that a reply holds, or None if it is not the follow-up in other words.

    >>> asked = [Exchange("Who leads the union?", "Nora Hale leads it. [1]")]
    >>> accepted('Question: "How old is Nora Hale?"', "How old is she?", asked)
    'How old is Nora Hale?'
    >>> accepted("Nora Hale is 52.", "How old is she?", asked), accepted("How old is Ida?", "How old is she?", asked)
    (None, None)
    """
    line = " ".join(reply.strip().partition("\n")[0].split())
    line = line.rpartition("uestion:")[2].strip().strip("\"'“”*").strip()
    if not line.endswith("?") or len(line) > LONGEST:
        return None
    known = set(stems(" ".join([question, *(f"{each.question} {each.answer}" for each in history)])))
    # A name at the beginning would not be recognised as one.
    invented = [name for name in names(f"So {line}") if not known.issuperset(stems(name))]
    words = [stem for stem in stems(question) if stem not in STOPWORDS]
    kept = sum(stem in set(stems(line)) for stem in words)
    return None if invented or kept < LEAST_KEPT * len(words) else line
