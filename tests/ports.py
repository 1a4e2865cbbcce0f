"""Ports for the servers that tests start."""

import os
import random
import socket

FIRST, LAST = 20_000, 32_000
"""Below the ports that systems give to outgoing connections: one of those may be taken before a server has it."""


def free_port() -> int:
    """Return a free port of this machine; processes that run tests at the same time get others."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = random.SystemRandom().randrange(FIRST, LAST) // 16 * 16 + worker % 16
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
