"""Runs a command and turns its errors into messages and exit statuses; shared by all commands."""

import io
import json
import os
import sys
from collections.abc import Callable

from assistant.errors import BackfileError

FAILED = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""Exit status of a command whose output is no longer read, as in `python -m assistant articles | head`."""


def run_command(name: str, run: Callable[[], int], *, interrupted: str) -> int:
    """Run a command and return its exit status. A BackfileError is printed as a message without a traceback.

    `interrupted` is the message after Ctrl-C.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Some terminals and pipes cannot show every letter of an article.
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
        # Python flushes stdout when it exits, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def as_json(value: object) -> str:
    """Return a value as JSON on one line. Letters outside ASCII are escaped unless stdout is UTF-8."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return json.dumps(value, ensure_ascii=encoding != "utf8")
