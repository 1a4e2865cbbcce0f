"""A question being answered in a thread of its own, so that a click elsewhere does not end the answer.

Streamlit runs the page anew at every click. The thread goes on meanwhile, the new run takes up drawing
where the old one left off, and the answer is kept even if nobody is looking any more.
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


class Asking:
    """One question on its way to an answer. The page reads its fields; only its thread writes them."""

    def __init__(
        self,
        question: str,
        filters: Filters,
        conversation: str,
        *,
        any_time: bool = False,
        any_outlet: bool = False,
    ) -> None:
        self.question = question
        self.filters = filters
        self.any_time = any_time
        """Whether a time that the question names is not to restrict the answer."""
        self.any_outlet = any_outlet
        """Whether an outlet that the question names is not to restrict the answer."""
        self.conversation = conversation
        self.text = ""
        """What has come so far."""
        self.answer: Answer | None = None
        self.problem: str | None = None
        """Why there is no answer, or why the answer could not be kept."""
        self.mendable = True
        """Whether asking the same again may help."""
        self._ended = Event()
        self._stopped = Event()

    def start(
        self, assistant: "Assistant", conversations: Conversations, history: Sequence[Exchange]
    ) -> None:
        """Begin to answer."""
        Thread(target=self._run, args=(assistant, conversations, history), daemon=True).start()

    def stop(self) -> None:
        """Give up at the next piece of text; nothing is kept."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether it was given up before it was complete."""
        return self._stopped.is_set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.stopped or self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, `seconds` at most; returns `ended`."""
        return self._ended.wait(seconds) or self.stopped

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
                if self.stopped:
                    return
                self.text += piece
            answer = reply.answer
            if not self.stopped:
                self.answer = answer
                conversations.append(self.conversation, answer)
        except BackfileError as error:
            self.problem = str(error)
            self.mendable = not isinstance(error, QuestionError)
        except Exception:
            logger.exception("the question %r could not be answered", self.question)
            self.problem = "Backfile failed at this question; the terminal it runs in says more"
        finally:
            self._ended.set()
