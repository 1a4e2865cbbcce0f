"""Worker processes produce the same archive as a single process, even if they crash."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.errors import SourceError
from assistant.models.encoder import Vectors
from assistant.models.tokenizer import TextTokenizer
from ingest.parsing import parser as parsing
from ingest.parsing.parser import Batch, Known, Parser, parse_shares
from ingest.parsing.workers import WorkerPool
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, SourceFile, walk
from ingest.store import embedding
from ingest.store import indexer as indexing
from ingest.store.indexer import Indexer, IngestReport
from ingest.store.versions import StoredVersions
from tests.fakes import WordEncoder, ingest
from tests.ingest.child import with_tokenizer
from tests.ingest.crashing_tokenizers import CrashingOnceTokenizer, CrashingTokenizer, FailingTokenizer
from tests.ingest.store.test_indexer import state, vectors
from tests.word_tokenizer import WordTokenizer

ROOT = Path(__file__).parents[3]

kills = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")


@pytest.fixture(autouse=True)
def _parse_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse even small files in workers, one file per share."""
    monkeypatch.setattr(indexing, "SINGLE_PROCESS_BYTES", 0)
    monkeypatch.setattr(parsing, "SHARE_BYTES", 1)


def stories(path: Path, numbers: Sequence[int], fatal: int | None = None) -> Path:
    """Write short articles; the one numbered `fatal` crashes a CrashingTokenizer."""
    path.parent.mkdir(exist_ok=True)
    rows = (
        {
            "title": f"Story {number}",
            "text": f"All about number {number}{' and what was FATAL' * (number == fatal)}.",
            "url": f"https://a.example/{number}",
        }
        for number in numbers
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def ingest_with_workers(
    archive: Path, *paths: Path, tokenizer: WordTokenizer | None = None, count: int = 2
) -> IngestReport:
    """Ingest with worker processes."""
    encoder = with_tokenizer(tokenizer or WordTokenizer())
    with Indexer.opened(ArchiveFolder(archive), encoder, lambda files: WorkerPool(count)) as indexer:
        return indexer.ingest(list(walk(paths)), ReadOptions(), Quiet())


def ids(archive: Path) -> list[str]:
    """Return the URLs of all articles in the order in which they were stored."""
    catalog = Catalog.open(archive / "catalog.sqlite")
    found = [str(article.url) for article in catalog.articles()]
    catalog.close()
    return found


def test_the_archive_is_the_same_as_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = tmp_path / "desk"
    # More than one batch in a file, bad records in between, an empty file, copies, and a second version.
    stories(desk / "a.jsonl", range(250))
    (desk / "b.jsonl").write_text('{"title": "No text"}\n' + (desk / "a.jsonl").read_text()[:400])
    (desk / "c.txt").write_bytes(b"")
    stories(desk / "d.jsonl", range(240, 260))
    newer = {"title": "Story 3", "text": "All about number 3, corrected.", "url": "https://a.example/3"}
    (desk / "e.json").write_text(json.dumps([newer, {**newer, "url": "https://b.example/3"}]))
    ours = ingest_with_workers(tmp_path / "beside", desk)
    monkeypatch.setattr(indexing, "SINGLE_PROCESS_BYTES", 10**9)
    alone = ingest(tmp_path / "alone", desk)
    assert (ours.outcomes, ours.rejected, ours.passages) == (alone.outcomes, alone.rejected, alone.passages)
    assert ids(tmp_path / "beside") == ids(tmp_path / "alone")
    assert state(tmp_path / "beside") == state(tmp_path / "alone")
    given, expected = vectors(tmp_path / "beside"), vectors(tmp_path / "alone")
    assert all((given[name] == expected[name]).all() for name in expected)
    again = ingest_with_workers(tmp_path / "beside", desk)
    assert (again.outcomes["unchanged"], again.passages) == (sum(alone.outcomes.values()), 0)


def test_unchanged_files_start_no_worker(tmp_path: Path) -> None:
    path = stories(tmp_path / "desk/a.jsonl", range(5))
    ingest(tmp_path / "archive", path)

    def refused(files: Sequence[SourceFile]) -> WorkerPool:
        raise AssertionError(f"{len(files)} files were to be parsed")

    with Indexer.opened(ArchiveFolder(tmp_path / "archive"), WordEncoder(), refused) as indexer:
        with pytest.raises(AssertionError, match="1 files"):
            indexer.ingest(list(walk([stories(tmp_path / "desk/b.jsonl", range(2))])), ReadOptions(), Quiet())
        report = indexer.ingest(list(walk([path])), ReadOptions(), Quiet())
    assert dict(+report.outcomes) == {"unchanged": 5}


def test_only_the_new_articles_of_a_file_that_grew_are_prepared(tmp_path: Path) -> None:
    path = stories(tmp_path / "desk/a.jsonl", range(5))
    ingest(tmp_path / "archive", path)
    with WorkerPool(1) as workers:
        workers.prepare(ReadOptions(), WordTokenizer(), StoredVersions(tmp_path / "archive/catalog.sqlite"))
        batches = parse_shares(list(walk([stories(path, range(7))])), workers)
        parsed = [draft for batch in batches for part in batch for draft in part.parsed]
    assert [len(draft.passages) for draft in parsed] == [0, 0, 0, 0, 0, 1, 1]


@kills
def test_a_file_that_crashes_its_process_is_rejected_and_all_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All files are in one share, so the ingest must find out which file crashes the process.
    monkeypatch.setattr(parsing, "SHARE_BYTES", 10**9)
    desk = tmp_path / "desk"
    for name, first in (("a", 0), ("b", 10), ("c", 20)):
        stories(desk / f"{name}.jsonl", range(first, first + 10), fatal=13)
    report = ingest_with_workers(tmp_path / "archive", desk, tokenizer=CrashingTokenizer(), count=1)
    [rejected] = report.rejected
    assert (rejected.source, report.outcomes["added"]) == ("desk/b.jsonl", 20)
    assert "crashed twice (SIGKILL)" in rejected.reason
    report = ingest_with_workers(tmp_path / "archive", desk)
    assert (dict(+report.outcomes), report.rejections) == ({"unchanged": 20, "added": 10}, 0)


@kills
def test_what_was_read_of_a_file_before_its_process_crashed_stays(tmp_path: Path) -> None:
    path = stories(tmp_path / "desk/a.jsonl", range(500), fatal=450)
    report = ingest_with_workers(tmp_path / "archive", path, tokenizer=CrashingTokenizer())
    assert (report.outcomes["added"], report.rejections) == (400, 1)
    assert len(state(tmp_path / "archive")) == 400
    report = ingest_with_workers(tmp_path / "archive", path)
    assert dict(+report.outcomes) == {"unchanged": 400, "added": 100}
    assert len(state(tmp_path / "archive")) == 500


@kills
def test_a_process_that_crashes_once_costs_nothing(tmp_path: Path) -> None:
    path = stories(tmp_path / "desk/a.jsonl", range(500), fatal=450)
    report = ingest_with_workers(
        tmp_path / "archive", path, tokenizer=CrashingOnceTokenizer(tmp_path / "dead")
    )
    assert (tmp_path / "dead").exists()
    assert (dict(+report.outcomes), report.rejections) == ({"added": 500}, 0)
    assert len(state(tmp_path / "archive")) == 500
    assert dict(+ingest_with_workers(tmp_path / "archive", path).outcomes) == {"unchanged": 500}


def test_an_error_in_a_worker_is_raised_here(tmp_path: Path) -> None:
    path = stories(tmp_path / "desk/a.jsonl", range(9), fatal=4)
    with pytest.raises(SourceError, match="no room to unpack the week"):
        ingest_with_workers(tmp_path / "archive", path, tokenizer=FailingTokenizer())
    assert dict(+ingest_with_workers(tmp_path / "archive", path).outcomes) == {"added": 9}


def test_an_interruption_ends_the_workers_and_the_same_command_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "EMBEDDING_BATCH", 100)
    path = stories(tmp_path / "desk/a.jsonl", range(1_000))
    made: list[WorkerPool] = []

    class Interrupted(WordEncoder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            if len(self.encoded) > 150:
                raise KeyboardInterrupt
            return super().encode(texts)

    def workers(files: Sequence[SourceFile]) -> WorkerPool:
        made.append(WorkerPool(2))
        return made[0]

    with (
        pytest.raises(KeyboardInterrupt),
        Indexer.opened(ArchiveFolder(tmp_path / "archive"), Interrupted(), workers) as indexer,
    ):
        indexer.ingest(list(walk([path])), ReadOptions(), Quiet())
    assert [worker._process.poll() is None for worker in made[0]._all] == [False, False]
    report = ingest_with_workers(tmp_path / "archive", path)
    assert sum(report.outcomes.values()) == 1_000
    assert 0 < report.outcomes["unchanged"] < 1_000
    assert len(state(tmp_path / "archive")) == 1_000


@kills
def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    endless = tmp_path / "endless.jsonl"
    os.mkfifo(endless)
    program = (
        "import sys; from pathlib import Path\n"
        "from ingest.parsing.workers import WorkerPool; from ingest.sources.files import *\n"
        "from tests.word_tokenizer import WordTokenizer\n"
        "with WorkerPool(3) as workers:\n"
        "    workers.prepare(ReadOptions(), WordTokenizer(), len)\n"
        "    path = Path(sys.argv[1])\n"
        "    started = [workers.start([SourceFile('a', path, 1, 1)]) for _ in range(2)]\n"
        "    print('started', flush=True); next(started[0])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, endless], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    process.kill()
    # All workers hold the other end of this pipe until they exit.
    _, output = process.communicate(timeout=60)
    assert output == b""


def test_a_worker_loads_neither_torch_nor_chroma(tmp_path: Path) -> None:
    """So a worker starts within a second and takes little memory, whatever it parses."""
    program = (
        "import sys; from pathlib import Path\n"
        "import ingest.parsing.workers; from ingest.parsing.parser import Parser\n"
        "from ingest.sources.files import ReadOptions, walk; from assistant.models.tokenizer import ModelTokenizer\n"
        "from assistant.models.encoder import packaged_model; from tokenizers import Tokenizer\n"
        "from assistant.archive.catalog import Catalog; from ingest.store.versions import StoredVersions\n"
        "Catalog.create(Path(sys.argv[1])).close()\n"
        "model = Tokenizer.from_file(packaged_model() + '/tokenizer.json')\n"
        "known = StoredVersions(Path(sys.argv[1]))\n"
        "parser = Parser(ReadOptions(), ModelTokenizer(model, limit=256), known)\n"
        "batches = parser.parse(list(walk([Path('sample')])))\n"
        "print(sum(len(part.parsed) for batch in batches for part in batch))\n"
        "print(*(name for name in ('torch', 'chromadb', 'transformers', 'ray') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "catalog.sqlite"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["90", ""]


def test_no_more_is_parsed_than_is_requested(tmp_path: Path) -> None:
    """Two shares are started, and a third when the first is consumed: memory does not grow with the archive."""
    files = list(walk([stories(tmp_path / f"desk/{n}.jsonl", [n]) for n in range(5)]))
    begun: list[str] = []

    class Counting:
        count = 2

        def prepare(self, options: ReadOptions, tokenizer: TextTokenizer, known: Known) -> None:
            """Do nothing."""

        def start(self, share: Sequence[SourceFile], *, skip: int = 0) -> Iterator[Batch]:
            begun.append(share[0].source)
            return Parser(ReadOptions(), WordTokenizer(), lambda ids: set()).parse(share, skip=skip)

    batches = parse_shares(files, Counting())
    for taken, batch in enumerate(batches):
        assert batch[0].file.source == f"desk/{taken}.jsonl"
        assert len(begun) == min(taken + 2, 5)


def test_identical_passages_are_embedded_once(tmp_path: Path) -> None:
    row = {"title": "Gale", "text": "The gale took the roof off."}
    path = tmp_path / "desk.json"
    path.write_text(json.dumps([{**row, "url": f"https://{name}.example"} for name in "abc"]))
    encoder = WordEncoder()
    report = ingest(tmp_path / "archive", path, encoder=encoder)
    assert (report.passages, encoder.encoded.count("Gale.\nThe gale took the roof off.")) == (3, 1)
    assert len({vector.tobytes() for vector in vectors(tmp_path / "archive").values()}) == 1
    assert len(state(tmp_path / "archive")) == 3
