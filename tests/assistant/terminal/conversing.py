"""Runs a conversation in this terminal, with answers that take as long as a test needs.

python conversing.py FILE: stores the conversation in FILE. Questions about the tide never end by themselves.
"""

import signal
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from assistant.answer import Answer, Reply, Sentence
from assistant.conversations import Conversations
from assistant.terminal.chat import Chat, line_reader

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def ask(question: str, **_: Any) -> Reply:
    def steps() -> Generator[str, None, Answer]:
        yield "The wall"
        if "tide" in question:
            Event().wait()
        yield " fell."
        sentences = (Sentence("The wall fell."),)
        return Answer(question=question, standalone=question, mode="quote", sentences=sentences)

    return Reply(steps())


def main() -> None:
    import fcntl
    import termios

    # The terminal sends Ctrl-C to the processes that it controls.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    nothing = SimpleNamespace(articles=3, first=None, last=None)
    assistant = SimpleNamespace(ask=ask, article=lambda id, version=None: None, coverage=lambda: nothing)
    with closing(Conversations(Path(sys.argv[1]))) as conversations:
        reader = line_reader(conversations)
        Chat(cast("Assistant", assistant), conversations, read=reader, out=sys.stdout).run()


if __name__ == "__main__":
    # A parent that runs in the background may have it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
