"""`--ray`: a cluster of two workers on this machine produces the same archive as an ingest without Ray."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.archive.folder import ArchiveFolder
from assistant.errors import SourceError
from ingest.__main__ import main
from ingest.parsing import parser as parsing
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from ingest.store import indexer as indexing
from ingest.store.indexer import Indexer, IngestReport
from tests.fakes import WordEncoder, ingest
from tests.ingest.child import crashing_encoder, failing_encoder, words_anywhere
from tests.ingest.parsing.test_workers import ids, stories
from tests.ingest.store.test_indexer import state, vectors

with_ray = [
    pytest.mark.ray,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'backfile[ray]'"
    ),
]


@pytest.fixture(autouse=True)
def _parse_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse even small files on the cluster, one file per share."""
    monkeypatch.setattr(indexing, "SINGLE_PROCESS_BYTES", 0)
    monkeypatch.setattr(parsing, "SHARE_BYTES", 1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster of two workers, on any machine."""
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def distributed(archive: Path, desk: Path, encoder: Callable[[], WordEncoder] = WordEncoder) -> IngestReport:
    """Ingest on the cluster."""
    from ingest.parsing.ray_cluster import Cluster

    with (
        closing(Cluster(encoder, name="words")) as cluster,
        Indexer.opened(ArchiveFolder(archive), cluster.encoder, cluster.parsers) as indexer,
    ):
        return indexer.ingest(list(walk([desk])), ReadOptions(), Quiet())


class TestWithoutACluster:
    pytestmark = with_ray

    def test_an_address_without_a_cluster_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
        path = stories(tmp_path / "desk/a.jsonl", range(9))
        assert main(["--ray", str(path), "--archive", str(tmp_path / "archive")]) == 2
        assert "no Ray cluster answers at 127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.usefixtures("cluster")
class TestOnACluster:
    pytestmark = with_ray

    def test_the_archive_is_the_same_as_without(self, tmp_path: Path) -> None:
        stories(tmp_path / "desk/a.jsonl", range(450))
        (tmp_path / "desk/b.jsonl").write_text('{"title": "No text"}\n')
        stories(tmp_path / "desk/c.jsonl", range(440, 460))
        ours = distributed(tmp_path / "distributed", tmp_path / "desk")
        alone = ingest(tmp_path / "alone", tmp_path / "desk")
        assert (ours.outcomes, ours.rejected, ours.passages) == (
            alone.outcomes, alone.rejected, alone.passages
        )  # fmt: skip
        assert ids(tmp_path / "distributed") == ids(tmp_path / "alone")
        assert state(tmp_path / "distributed") == state(tmp_path / "alone")
        given, expected = vectors(tmp_path / "distributed"), vectors(tmp_path / "alone")
        assert all((given[name] == expected[name]).all() for name in expected)

    def test_a_file_that_crashes_its_process_is_rejected_and_all_others_are_read(
        self, tmp_path: Path
    ) -> None:
        for name, first in (("a", 0), ("b", 10), ("c", 20)):
            stories(tmp_path / f"desk/{name}.jsonl", range(first, first + 10), fatal=13)
        report = distributed(tmp_path / "archive", tmp_path / "desk", crashing_encoder)
        assert [rejected.source for rejected in report.rejected] == ["desk/b.jsonl"]
        assert report.outcomes["added"] == 20
        report = distributed(tmp_path / "archive", tmp_path / "desk")
        assert (dict(+report.outcomes), report.rejections) == ({"unchanged": 20, "added": 10}, 0)

    def test_an_error_in_the_cluster_is_raised_here(self, tmp_path: Path) -> None:
        stories(tmp_path / "desk/a.jsonl", range(9), fatal=4)
        with pytest.raises(SourceError, match="no room to unpack the week"):
            distributed(tmp_path / "archive", tmp_path / "desk", failing_encoder)

    def test_the_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("ingest.__main__.open_encoder", words_anywhere)
        arguments = ["--ray", str(stories(tmp_path / "desk/a.jsonl", range(9))), "--json"]
        for outcome in ("added", "unchanged"):
            assert main([*arguments, "--archive", str(tmp_path / "archive")]) == 0
            assert json.loads(capsys.readouterr().out.splitlines()[-1])[outcome] == 9


def test_without_ray_the_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ingest.parsing.ray_cluster.INSTALLED", False)
    path = stories(tmp_path / "desk/a.jsonl", range(9))
    assert main(["--ray", str(path), "--archive", str(tmp_path / "archive")]) == 2
    assert "pip install 'backfile[ray]'" in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()
