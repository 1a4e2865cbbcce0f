"""Answers a question in its own thread, so that a click on the page does not end the answer.

Streamlit runs the page's script again at every click. The thread continues meanwhile, and the next run of the
script draws the text that has arrived. The answer is stored even if the browser has closed the page.
"""

import logging
from collections.abc import Sequence
from threading import Event, Thread
from typing import TYPE_CHECKING

from assistant.answer import Answer
from assistant.conversations import Conversations
from assistant.errors import BackfileError, QuestionError
from assistant.query import Exchange, Filters

if TYPE_CHECKING:
    from assistant.assistant import Assistant

logger = logging.getLogger(__name__)


class RunningAnswer:
    """The answer to one question while it is produced. Only its thread writes the fields; the page reads them."""

    def __init__(
        self,
        question: str,
        filters: Filters,
        conversation: str,
        *,
        any_time: bool = False,
        any_outlet: bool = False,
    ) -> None:
        """Take a question to be answered as the next turn of the conversation with the id `conversation`."""
        self.question = question
        self.filters = filters
        self.any_time = any_time
        """Whether to search all dates, even if the question names a time."""
        self.any_outlet = any_outlet
        """Whether to search all outlets, even if the question names one."""
        self.conversation = conversation
        self.text = ""
        """The text so far."""
        self.answer: Answer | None = None
        self.error: str | None = None
        """Why there is no answer, or why it could not be stored."""
        self.is_retryable = True
        """Whether the same question may succeed if it is asked again."""
        self._finished = Event()
        self._stopped = Event()

    def start(
        self, assistant: "Assistant", conversations: Conversations, history: Sequence[Exchange]
    ) -> None:
        """Start the thread."""
        Thread(target=self._run, args=(assistant, conversations, history), daemon=True).start()

    def stop(self) -> None:
        """Stop at the next piece of text; the answer is not stored."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def is_finished(self) -> bool:
        """Whether no more text will arrive."""
        return self.is_stopped or self._finished.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until the answer is finished, at most `seconds`; return `is_finished`."""
        return self._finished.wait(seconds) or self.is_stopped

    def _run(self, assistant: "Assistant", conversations: Conversations, history: Sequence[Exchange]) -> None:
        try:
            reply = assistant.ask(
                self.question,
                history=history,
                filters=self.filters,
                any_time=self.any_time,
                any_outlet=self.any_outlet,
            )
            for piece in reply:
                if self.is_stopped:
                    return
                self.text += piece
            answer = reply.answer
            if not self.is_stopped:
                self.answer = answer
                conversations.append(self.conversation, answer)
        except BackfileError as error:
            self.error = str(error)
            self.is_retryable = not isinstance(error, QuestionError)
        except Exception:
            logger.exception("the question %r could not be answered", self.question)
            self.error = (
                "Backfile failed to answer this question. The details are in the terminal where it runs."
            )
        finally:
            self._finished.set()
