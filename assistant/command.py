"""What the commands have in common: how they write, and how they end."""

import io
import json
import os
import sys
from collections.abc import Callable

from assistant.errors import BackfileError

FAILED = 2
INTERRUPTED = 130
UNREAD = 141
"""What a shell says of a command whose reader has gone, as in `python -m assistant articles | head`."""


def ended(name: str, run: Callable[[], int], *, interrupted: str) -> int:
    """Run a command and return its exit status; what it could not do is said in a sentence, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Not every terminal and pipe can show every letter of an article.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = run()
        sys.stdout.flush()
        return status
    except BackfileError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: {interrupted}\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Python writes what is left when it ends, and must not fail at that again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD


def as_json(value: object) -> str:
    """Return a value as JSON on one line, its letters as they are where they can be written so."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return json.dumps(value, ensure_ascii=encoding != "utf8")
