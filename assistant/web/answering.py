"""Answers questions in the background, each in its own thread, whether or not a browser still shows the page.

A question is stored before it is answered, and its answer takes its place. So a reload, a closed tab or a lost
connection changes nothing, and after a restart of the server the page shows which questions have no answer.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.conversations import Conversations, Options
from assistant.conversations.turns import history
from assistant.errors import BackfileError
from assistant.web.answer_view import headline

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

logger = logging.getLogger(__name__)

REMEMBERED_IDS = 10_000
"""New conversations that are known before their first question. More visitors than that leave without asking."""

STARTERS = 4
"""Questions to begin with: as many as a visitor reads."""
YIELD_SECONDS = 0.5
"""How often the questions to begin with look whether a visitor's question is being answered, which comes first."""

FAILURE = "Backfile failed to answer this question. The details are in the terminal where it runs."


class RunningAnswer:
    """The answer to one question while it is produced. Only its thread writes the fields; the page reads them."""

    def __init__(self, question: str, options: Options, conversation: str, number: int) -> None:
        """Take a question that is stored as this turn of the conversation with the id `conversation`."""
        self.question = question
        self.options = options
        self.conversation = conversation
        self.number = number
        self.text = ""
        """The text so far."""
        self.answer: Answer | None = None
        self.error: str | None = None
        """Why the answer could not be stored."""
        self.ended = Event()
        self._stopped = Event()

    def stop(self) -> None:
        """Stop at the next piece of text."""
        self._stopped.set()
        self.ended.set()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()


@dataclass
class Starters:
    """Questions to begin with, whose short answers may stand alone."""

    archive: tuple[int, int, datetime | None] | None = None
    """What distinguishes the state of the archive that was asked."""
    questions: list[str] = field(default_factory=list)
    is_complete: bool = True
    """Whether no more will be found."""


class Answering:
    """Asks the assistant, and keeps the answers that are still coming, for all visitors of the page."""

    def __init__(self, assistant: "Assistant", conversations: Conversations) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._running: dict[tuple[str, int], RunningAnswer] = {}
        self._lock = Lock()
        self._issued: deque[str] = deque(maxlen=REMEMBERED_IDS)
        self._starters = Starters()

    def new_conversation(self) -> str:
        """Return the id of a conversation in which nothing was asked yet."""
        id = self._conversations.new_id()
        self._issued.append(id)
        return id

    def is_new(self, conversation: str) -> bool:
        """Whether `new_conversation` returned this id and nothing was asked in it yet."""
        return conversation in self._issued

    def ask(self, question: str, options: Options, conversation: str, number: int | None = None) -> int:
        """Store a question as the next turn, or in the place of the turn `number`, and start to answer it.

        Returns the number of the turn. Questions of one conversation are answered one after the other, because each may
        depend on the answers before it.

        Raises:
            ArchiveError: the question cannot be stored.
        """
        if number is not None:
            self._discard(conversation, number)
        if number is None or not self._conversations.ask_again(conversation, number, question, options):
            number = self._conversations.add_question(conversation, question, options)
        running = RunningAnswer(question, options, conversation, number)
        with self._lock:
            if conversation in self._issued:
                self._issued.remove(conversation)
            earlier = [each for each in self._running.values() if each.conversation == conversation]
            self._running[conversation, number] = running
        Thread(target=self._run, args=(running, earlier), daemon=True).start()
        return number

    def running(self, conversation: str) -> dict[int, RunningAnswer]:
        """Return the answers of a conversation that are still coming or could not be stored, by their turns."""
        with self._lock:
            return {number: each for (id, number), each in self._running.items() if id == conversation}

    def stop(self, running: RunningAnswer) -> None:
        """Stop an answer. Its question stays, marked as stopped."""
        running.stop()
        self._store(running, self._conversations.stop)

    def starters(self, coverage: "Coverage") -> "Starters":
        """Return questions to begin with. They are asked when the archive has changed, in the background.

        Only this process has them, so a removed article leaves no words behind.
        """
        state = coverage.articles, coverage.passages, coverage.last_ingest
        with self._lock:
            if self._starters.archive != state:
                self._starters = Starters(archive=state, is_complete=False)
                Thread(target=self._choose_starters, args=(self._starters,), daemon=True).start()
            return self._starters

    def _choose_starters(self, starters: "Starters") -> None:
        try:
            for question in self._assistant.starter_questions():
                while self._running and starters is self._starters:
                    time.sleep(YIELD_SECONDS)
                if len(starters.questions) == STARTERS or starters is not self._starters:
                    break
                if headline(self._assistant.ask(question).answer):
                    starters.questions.append(question)
        except Exception:
            logger.exception("the questions to begin with could not be asked")
        finally:
            starters.is_complete = True

    def _discard(self, conversation: str, number: int) -> None:
        with self._lock:
            running = self._running.pop((conversation, number), None)
        if running is not None:
            running.stop()

    def _run(self, running: RunningAnswer, earlier: list[RunningAnswer]) -> None:
        for each in earlier:
            each.ended.wait()
        store: Callable[..., bool] | None = None
        try:
            running.answer = answer = self._answer(running)
            if answer is not None:
                store = partial(self._conversations.complete, answer=answer)
        except BackfileError as error:
            store = partial(self._conversations.fail, reason=str(error))
        except Exception:
            logger.exception("the question %r could not be answered", running.question)
            store = partial(self._conversations.fail, reason=FAILURE)
        try:
            if store is not None and not running.is_stopped:
                self._store(running, store)
        finally:
            running.ended.set()

    def _answer(self, running: RunningAnswer) -> Answer | None:
        """Return the answer to a question, or None if it was stopped before."""
        options = running.options
        before = self._conversations.turns(running.conversation)[: running.number - 1]
        reply = self._assistant.ask(
            running.question,
            history=() if options.alone else history(before),
            filters=options.filters,
            as_of=options.as_of,
            any_time=options.any_time,
            any_outlet=options.any_outlet,
        )
        for piece in reply:
            if running.is_stopped:
                return None
            running.text += piece
        return reply.answer

    def _store(self, running: RunningAnswer, store: Callable[..., bool]) -> None:
        """Store what became of a question. If that fails, the page keeps showing it until the server ends."""
        try:
            store(running.conversation, running.number, of=running.question)
        except BackfileError as error:
            running.error = str(error)
            return
        with self._lock:
            if self._running.get((running.conversation, running.number)) is running:
                del self._running[running.conversation, running.number]
