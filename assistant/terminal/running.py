"""Runs the answer to a question in a thread, so that Ctrl-C can stop waiting for it at any moment."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread

from assistant.answer import Answer, Reply

TICK_SECONDS = 0.1
"""Time between looks at the queue: on Windows, Ctrl-C does not end a wait that has no end."""
LAST_SECONDS = 5.0
"""How long the end of the program waits for a stopped answer, which may be in the middle of a computation."""


class RunningAnswer:
    """The answer to one question while it is produced."""

    def __init__(self, ask: Callable[[], Reply]) -> None:
        """Start to answer; `ask` asks the question."""
        self.answer: Answer | None = None
        """The complete answer, after `pieces` has ended."""
        self._pieces: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._stopped = Event()
        self._thread = Thread(target=self._run, args=(ask,), daemon=True)
        self._thread.start()

    def pieces(self) -> Iterator[str]:
        """Yield the text as it is produced.

        Raises:
            BackfileError: the question cannot be answered.
        """
        while True:
            try:
                piece = self._pieces.get(timeout=TICK_SECONDS)
            except Empty:
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def stop(self) -> None:
        """Stop at the next piece of text."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until the thread has ended, for some seconds at most."""
        self._thread.join(LAST_SECONDS)

    def _run(self, ask: Callable[[], Reply]) -> None:
        try:
            reply = ask()
            for piece in reply:
                if self._stopped.is_set():
                    return
                self._pieces.put(piece)
            self.answer = reply.answer
            self._pieces.put(None)
        except BaseException as error:
            self._pieces.put(error)
