"""A real Chromium and a real server: what the page does in a browser, and what it never does there."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.reading import OpenPage, Serve
from tests.browser.requirements import MISSING, chromium
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 240
EXPECT_SECONDS = 60
"""How long a state of the page may take: much longer than on a quiet machine, and less than a test may take."""
READY = "[data-testid=stChatInputTextArea], [data-testid=stCode], [data-testid=stAlert]"
"""What a drawn page shows: the question box, the command to type first, or an error."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for the pictures of the documentation."""
    parser.addoption("--screenshot", type=Path, help="write a picture of the page to this file")
    parser.addoption("--tour", type=Path, help="write the pictures of the tour to this folder")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the machine has it; nothing is downloaded."""
    path = chromium()
    if path is None:
        pytest.skip(MISSING)
    # A container often runs as root and with a small /dev/shm, where Chromium starts only like this.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        expect.set_options(timeout=EXPECT_SECONDS * 1000)
        yield browser
        browser.close()


class Servers:
    """Servers of the page, each in its own process."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __call__(
        self,
        script: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        at: str | None = None,
    ) -> str:
        """Start `streamlit run SCRIPT` as `make app` does; returns its address."""
        address = at or f"http://localhost:{free_port()}"
        port = str(urlsplit(address).port)
        log = self._logs / f"{port}.txt"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILE_")}
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", port]
        with log.open("ab") as sink:
            server = subprocess.Popen(
                [*command, "--", *arguments],
                cwd=ROOT,
                env={**clean, **(environment or {})},
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        self._running[address] = server
        _wait_until_healthy(address, server, log)
        return address

    def stop(self, address: str) -> None:
        """End a server at once, as a crash does."""
        server = self._running.pop(address)
        server.kill()
        server.wait()

    def stop_all(self) -> None:
        """End all servers."""
        for address in list(self._running):
            self.stop(address)


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start servers of the page, which end with the module's tests."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop_all()


def _wait_until_healthy(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text('utf-8', 'replace')}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an address in its own browser window.

    At the end no window may have asked another machine for anything or have met an error.
    """
    complaints: list[str] = []
    contexts = []

    def open(
        address: str, *, width: int = 1440, height: int = 900, may_lose_server: bool = False, **options: Any
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(EXPECT_SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        host = urlsplit(address).netloc

        def note_request(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in ("data", "blob") and parts.netloc != host:
                complaints.append(f"asked another machine: {url}")

        page.on("request", lambda request: note_request(request.url))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        if not may_lose_server:
            page.on(
                "console",
                lambda said: complaints.append(f"console: {said.text}") if said.type == "error" else None,
            )
        page.goto(address)
        expect(page.locator(READY).first).to_be_visible(timeout=START_SECONDS * 1000)
        return page

    yield open
    for context in contexts:
        context.close()
    assert complaints == []
