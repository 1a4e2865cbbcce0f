"""Chat servers in separate processes, and assistants over a small archive that ask them."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.models.encoder import Encoder
from assistant.settings import Settings
from backfile.demo_chat import serving
from tests.fakes import ingest
from tests.ports import free_port
from tests.server import gibberish, scripted

START_SECONDS = 240

STORIES = [
    {
        "title": "Ferry strike begins in Port Ellery",
        "text": "Ferry crews in Port Ellery stopped work on Monday. The union claimed that 40 sailings were cancelled. "
        "The company said 12 sailings were cancelled.",
        "outlet": "Harbour Ledger",
        "published": "2024-03-04",
    },
    {
        "title": "Council passes budget",
        "text": "The council passed a budget of 61 million crowns on Tuesday. Mayor Ida Brandt called it prudent.",
        "outlet": "Ellery Beacon",
        "published": "2024-02-20",
    },
]

Open = Callable[..., Assistant]
"""Opens an assistant in chat mode: `open(model, url)`."""


@contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[str]:
    """Run a server, whose command gets a free port as its last argument; yield its address once it is healthy."""
    address = f"http://127.0.0.1:{free_port()}"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [*command, address.rpartition(":")[2]],
            env={**os.environ, **environment},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(address, server, log)
        yield address
    finally:
        server.kill()
        server.wait()


def _wait_until_healthy(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text('utf-8', 'replace')}")


@pytest.fixture(scope="module")
def scripted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server that answers from the script in `scripted.py`."""
    with running(
        [sys.executable, str(scripted.__file__)], tmp_path_factory.mktemp("scripted") / "log.txt"
    ) as address:
        yield address


@pytest.fixture(scope="module")
def gibberish_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Yield the address of a `transformers serve` process, and the name of its tiny model with random weights."""
    folder = tmp_path_factory.mktemp("gibberish")
    model = folder / "model"
    gibberish.make(model)
    with serving(model, folder / "log.txt") as address:
        yield address, str(model)


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of `STORIES`, embedded by the real encoder."""
    folder = tmp_path_factory.mktemp("stories")
    (folder / "desk.json").write_text(json.dumps(STORIES))
    ingest(folder / "archive", folder / "desk.json", encoder=Encoder.open(""))
    return folder / "archive"


@pytest.fixture
def open_assistant(stories: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open assistants over `STORIES`, and close them at the end."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    opened: list[Assistant] = []

    def open(model: str, url: str, provider: str = "openai") -> Assistant:
        # Anthropic's client adds the version itself.
        url = f"{url}/v1" if provider == "openai" else url
        assistant = Assistant.open(Settings(archive=stories, model=f"{provider}:{model}", model_url=url))
        opened.append(assistant)
        return assistant

    yield open
    for assistant in opened:
        assistant.close()
