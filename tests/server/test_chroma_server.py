import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from assistant.archive import dense
from assistant.archive.catalog import Catalog
from assistant.archive.chroma import COLLECTION_PROPERTY, ServerCollection, VectorStore
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder, ChromaServer
from assistant.assistant import Assistant
from assistant.errors import ArchiveError
from assistant.settings import Settings
from ingest.__main__ import main
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from ingest.store.check import check
from ingest.store.indexer import Indexer, IngestReport
from tests.fakes import WordEncoder
from tests.ports import free_port

pytestmark = pytest.mark.server

START_SECONDS = 240
TOPICS = ("ferry", "budget", "goalkeeper")
TOKEN = "sesame"


class ChromaProcess:
    """A `chroma run` that can be stopped and started again under the same address."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = shutil.which("chroma", path=str(Path(sys.executable).parent)) or "chroma"
        with (self._place / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    command,
                    "run",
                    "--path",
                    self._place / "data",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(self._port),
                ],
                env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"Chroma did not start:\n{(self._place / 'log.txt').read_text('utf-8', 'replace')}")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    process = ChromaProcess(tmp_path_factory.mktemp("chroma"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def folder(tmp_path: Path, chroma: ChromaProcess) -> ArchiveFolder:
    """An archive of `TOPICS` whose vectors are on the server."""
    archive = ArchiveFolder(tmp_path / "archive", ChromaServer(chroma.url))
    fill(archive, write(tmp_path / "desk", *TOPICS))
    return archive


def write(desk: Path, *topics: str) -> Path:
    desk.mkdir(exist_ok=True)
    for topic in topics:
        row = {"title": topic, "text": f"All about the {topic} today.", "url": f"https://a.example/{topic}"}
        (desk / f"{topic}.json").write_text(json.dumps(row))
    return desk


def fill(archive: ArchiveFolder, *paths: Path) -> IngestReport:
    with Indexer.opened(archive, WordEncoder()) as indexer:
        return indexer.ingest(list(walk(paths)), ReadOptions(), Quiet())


def rebuild(archive: ArchiveFolder) -> None:
    with Indexer.opened(archive, WordEncoder()) as indexer:
        indexer.rebuild()


@contextmanager
def reading(archive: ArchiveFolder) -> Iterator[DenseIndex]:
    with (
        closing(Catalog.open(archive.catalog)) as catalog,
        closing(DenseIndex(archive, catalog, WordEncoder.dimension)) as index,
    ):
        yield index


def hits(index: DenseIndex, question: str) -> dict[int, float]:
    found = index.search(WordEncoder().encode([question])[0], limit=10)
    assert len(dict(found)) == len(found)
    return dict(found)


def collection(archive: ArchiveFolder) -> ServerCollection:
    assert archive.server is not None
    with closing(Catalog.open(archive.catalog)) as catalog:
        return ServerCollection(archive.server, catalog.property(COLLECTION_PROPERTY) or "")


def assert_whole(archive: ArchiveFolder, count: int) -> None:
    """Check that Chroma holds what the catalog holds, and that a reader uses it."""
    found = check(archive)
    assert (found.chroma, found.differences) == (count, [])
    with reading(archive) as index:
        hits(index, "today")
        assert index.note is None
        assert index._chroma is not None


def test_a_server_finds_what_a_folder_finds(folder: ArchiveFolder, tmp_path: Path) -> None:
    in_folder = ArchiveFolder(tmp_path / "other")
    fill(in_folder, tmp_path / "desk")
    assert_whole(folder, 3)
    assert not folder.chroma.exists()
    with reading(folder) as ours, reading(in_folder) as theirs:
        for topic in TOPICS:
            found = hits(ours, topic)
            assert found == pytest.approx(hits(theirs, topic), abs=1e-5)
            assert max(found, key=found.__getitem__) == 1 + sorted(TOPICS).index(topic)


def test_questions_are_answered_while_the_server_is_stopped(
    folder: ArchiveFolder, chroma: ChromaProcess, tmp_path: Path
) -> None:
    more = write(tmp_path / "more", "turbine")
    with reading(folder) as before:
        wanted = hits(before, "ferry")
        chroma.stop()
        try:
            with reading(folder) as after:
                for index in (before, after):
                    assert hits(index, "ferry") == pytest.approx(wanted, abs=1e-3)
                    assert index.note is not None and "server does not answer" in index.note
            for doing in (lambda: fill(folder, more), lambda: rebuild(folder), lambda: check(folder)):
                with pytest.raises(ArchiveError, match=r"no Chroma server answers at .*; nothing is lost"):
                    doing()
        finally:
            chroma.start()
        assert dict(+fill(folder, more).outcomes) == {"added": 1}
        assert_whole(folder, 4)
        hits(before, "turbine")
        assert before.note is None


def test_a_reader_tries_again_after_a_while(
    folder: ArchiveFolder, chroma: ChromaProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "RETRY_SECONDS", 0.0)
    with reading(folder) as index:
        chroma.stop()
        try:
            hits(index, "ferry")
            assert index.note is not None
        finally:
            chroma.start()
        hits(index, "ferry")
        assert index.note is None


def test_a_server_that_stops_during_an_ingest_loses_nothing(
    folder: ArchiveFolder, chroma: ChromaProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = write(tmp_path / "more", "turbine", "orchard")
    add = VectorStore.add

    def stopping(store: VectorStore, names: list[str], vectors: np.ndarray) -> None:
        chroma.stop()
        add(store, names, vectors)

    with monkeypatch.context() as patch:
        patch.setattr(VectorStore, "add", stopping)
        try:
            with pytest.raises(
                ArchiveError, match="check that the server is running, and run the same command again"
            ):
                fill(folder, more)
        finally:
            chroma.start()
    assert dict(+fill(folder, more).outcomes) == {"unchanged": 2}
    assert_whole(folder, 5)


def test_archives_on_one_server_do_not_mix_and_one_that_is_moved_keeps_its_own(
    folder: ArchiveFolder, tmp_path: Path
) -> None:
    other = ArchiveFolder(tmp_path / "other", folder.server)
    fill(other, write(tmp_path / "others", "turbine"))
    before = collection(folder)
    assert before != collection(other)
    moved = ArchiveFolder(folder.path.rename(tmp_path / "moved"), folder.server)
    fill(moved, write(tmp_path / "more", "orchard"))
    assert collection(moved) == before
    assert_whole(moved, 4)
    assert_whole(other, 1)


def test_what_a_server_has_lost_is_put_there_again(folder: ArchiveFolder, tmp_path: Path) -> None:
    lost = collection(folder)
    VectorStore.discard(lost)
    assert "3 vectors missing in Chroma" in check(folder).differences[0]
    assert dict(+fill(folder, tmp_path / "desk").outcomes) == {"unchanged": 3}
    assert collection(folder) != lost
    assert_whole(folder, 3)


def test_vectors_move_from_a_server_into_the_folder_and_back(folder: ArchiveFolder, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    without = ArchiveFolder(folder.path)
    for doing in (lambda: fill(without, desk), lambda: check(without)):
        with pytest.raises(
            ArchiveError, match=r"on a Chroma server, in its collection backfile-\w+: give .*--chroma"
        ):
            doing()
    with reading(without) as index:
        assert len(hits(index, "ferry")) == 3
        assert index.note is not None and "BACKFILE_CHROMA_URL" in index.note
    rebuild(without)
    fill(without, write(desk, "turbine"))
    assert_whole(without, 4)
    with reading(folder) as index:
        assert len(hits(index, "ferry")) == 4
        assert index.note is not None
    fill(folder, desk)
    assert_whole(folder, 4)
    assert not list(folder.chroma.rglob("*.sqlite3"))


def test_a_reader_of_a_server_sees_each_passage_once_while_it_is_written(
    folder: ArchiveFolder, tmp_path: Path
) -> None:
    with reading(folder) as index:
        hits(index, "ferry")
        with Indexer.opened(folder, WordEncoder()) as indexer:
            indexer.ingest(list(walk([write(tmp_path / "more", "turbine")])), ReadOptions(), Quiet())
            assert sorted(hits(index, "turbine")) == [1, 2, 3, 4]
            assert index._covered == 3


def test_a_removal_makes_the_collection_again(folder: ArchiveFolder) -> None:
    before = collection(folder)
    with Indexer.opened(folder, WordEncoder()) as indexer:
        assert indexer.remove(["https://a.example/ferry"]).removed == 1
    assert collection(folder) != before
    assert not VectorStore.exists(before)
    assert_whole(folder, 2)


@pytest.fixture
def guarded(chroma: ChromaProcess) -> Iterator[str]:
    """The address of a proxy that forwards requests with the token, under a path, to the server."""

    class Guard(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                self.answer(401, b"")
                return
            there = http.client.HTTPConnection(chroma.url.removeprefix("http://"))
            with closing(there):
                there.request(
                    self.command,
                    self.path.removeprefix("/vectors"),
                    body,
                    {"Content-Type": "application/json"},
                )
                answer = there.getresponse()
                self.answer(answer.status, answer.read())

        do_GET = do_POST = do_DELETE = pass_on  # noqa: N815

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Guard) as server:
        # Its threads end with their connections, which the test has closed.
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/vectors"
        server.shutdown()
        thread.join()


def test_a_proxy_that_asks_for_a_token(guarded: str, tmp_path: Path) -> None:
    desk = write(tmp_path / "desk", *TOPICS)
    with pytest.raises(ArchiveError, match="set BACKFILE_CHROMA_TOKEN"):
        fill(ArchiveFolder(tmp_path / "archive", ChromaServer(guarded)), desk)
    archive = ArchiveFolder(tmp_path / "archive", ChromaServer(f"{guarded}/", TOKEN))
    assert dict(+fill(archive, desk).outcomes) == {"added": 3}
    assert_whole(archive, 3)


def test_another_server_is_not_taken_for_chroma(tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Welcome</html>")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(
            ArchiveError,
            match=f"no Chroma server answers at {url} .HTTP .* something that is not a Chroma server",
        ):
            fill(ArchiveFolder(tmp_path / "archive", ChromaServer(url)), write(tmp_path / "desk", *TOPICS))
        server.shutdown()
        thread.join()


@pytest.mark.models
def test_the_commands_and_the_settings_name_the_server(
    chroma: ChromaProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = str(tmp_path / "archive")
    desk = str(write(tmp_path / "desk", *TOPICS))
    assert main([desk, "--archive", archive, "--chroma", "localhost:8000"]) == 2
    assert "localhost:8000 is not the address of a Chroma server" in capsys.readouterr().err
    assert main([desk, "--archive", archive, "--chroma", chroma.url]) == 0
    assert main(["--check", "--archive", archive]) == 2
    monkeypatch.setenv("BACKFILE_CHROMA_URL", chroma.url)
    assert main(["--check", "--archive", archive]) == 0
    settings = Settings.from_env({"BACKFILE_ARCHIVE": archive, "BACKFILE_CHROMA_URL": chroma.url})
    with closing(Assistant.open(settings)) as assistant:
        answer = assistant.ask("What is all about the ferry?").answer
    assert answer.passages[0].source.title == "ferry"
    assert not [note for note in answer.notes if "server" in note]
    capsys.readouterr()
    assert main(["--remove", "https://a.example/ferry", "--archive", archive]) == 0
    assert f"the disk of {chroma.url} may still contain their vectors" in capsys.readouterr().out
