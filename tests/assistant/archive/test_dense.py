import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.chroma import VectorStore
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.archive.matrix import GATHERED, Matrix
from assistant.errors import ArchiveError, ArchiveMismatch
from assistant.retrieval.retriever import Retriever
from ingest.store.check import check
from tests.fakes import WordEncoder, ingest

ROOT = Path(__file__).parents[3]
TOPICS = ("ferry", "budget", "goalkeeper")


def write(folder: Path, *topics: str) -> Path:
    folder.mkdir(exist_ok=True)
    for topic in topics:
        row = {"title": topic, "text": f"All about the {topic} today.", "url": f"https://a.example/{topic}"}
        (folder / f"{topic}.json").write_text(json.dumps(row))
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveFolder:
    ingest(tmp_path / "archive", write(tmp_path / "desk", *TOPICS))
    return ArchiveFolder(tmp_path / "archive")


def opened(archive: ArchiveFolder) -> tuple[Catalog, DenseIndex]:
    catalog = Catalog.open(archive.catalog)
    return catalog, DenseIndex(archive, catalog, WordEncoder.dimension)


def nearest(catalog: Catalog, dense: DenseIndex, question: str) -> str:
    [(key, cosine), *_] = dense.search(WordEncoder().encode([question])[0], limit=3)
    assert -1 <= cosine <= 1.001
    return catalog.locate([key])[key].title


def test_chroma_is_used_if_it_holds_every_vector(archive: ArchiveFolder) -> None:
    catalog, dense = opened(archive)
    assert [nearest(catalog, dense, topic) for topic in TOPICS] == list(TOPICS)
    assert dense.note is None
    assert dense._chroma is not None
    dense.close()
    catalog.close()


def test_a_reader_sees_what_is_ingested_after_it_opened(archive: ArchiveFolder, tmp_path: Path) -> None:
    catalog, dense = opened(archive)
    assert nearest(catalog, dense, "turbine") != "turbine"
    ingest(archive.path, write(tmp_path / "more", "turbine"))
    assert nearest(catalog, dense, "turbine") == "turbine"
    assert nearest(catalog, dense, "ferry") == "ferry"
    dense.close()
    catalog.close()


def test_a_reader_that_opens_during_an_ingest_scans_exactly(archive: ArchiveFolder) -> None:
    hold = (
        "import sys; from pathlib import Path; from assistant.archive.folder import ArchiveFolder\n"
        "with ArchiveFolder(Path(sys.argv[1])).write_lock(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, archive.path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == "held\n"
        catalog, dense = opened(archive)
        assert nearest(catalog, dense, "goalkeeper") == "goalkeeper"
        assert dense._chroma is None
        writer.stdin.close()
        writer.wait()
    assert nearest(catalog, dense, "goalkeeper") == "goalkeeper"
    assert dense._chroma is not None
    dense.close()
    catalog.close()


def test_a_chroma_that_lacks_vectors_is_not_used_and_noted(archive: ArchiveFolder) -> None:
    store = VectorStore(archive.chroma)
    store.remove(sorted(store.names())[:1])
    store.close()
    catalog, dense = opened(archive)
    assert [nearest(catalog, dense, topic) for topic in TOPICS] == list(TOPICS)
    assert dense.note is not None
    assert "--rebuild" in dense.note
    dense.close()
    catalog.close()


def test_the_scan_answers_if_chroma_fails_during_a_query(
    archive: ArchiveFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, dense = opened(archive)
    assert nearest(catalog, dense, "ferry") == "ferry"

    def failing(*_: object, **__: object) -> None:
        raise ArchiveError("Chroma failed")

    monkeypatch.setattr(VectorStore, "query", failing)
    assert [nearest(catalog, dense, topic) for topic in TOPICS] == list(TOPICS)
    assert dense.note is not None and "--rebuild" in dense.note
    dense.close()
    catalog.close()


@pytest.mark.parametrize("harm", [b"", b"no array", None])
def test_a_damaged_matrix_is_ignored(archive: ArchiveFolder, harm: bytes | None) -> None:
    [path] = archive.matrix.rglob("vectors.npy")
    if harm is None:
        path.write_bytes(path.read_bytes()[:300])
    else:
        path.write_bytes(harm)
    VectorStore.discard(archive.chroma)
    catalog, dense = opened(archive)
    assert [nearest(catalog, dense, topic) for topic in TOPICS] == list(TOPICS)
    dense.close()
    catalog.close()


def test_chroma_is_opened_again_once_its_file_is_repaired(archive: ArchiveFolder) -> None:
    kept = (archive.chroma / "chroma.sqlite3").read_bytes()
    (archive.chroma / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    catalog, dense = opened(archive)
    assert nearest(catalog, dense, "ferry") == "ferry"
    assert dense.note is not None
    dense.close()
    (archive.chroma / "chroma.sqlite3").write_bytes(kept)
    dense = DenseIndex(archive, catalog, WordEncoder.dimension)
    assert nearest(catalog, dense, "ferry") == "ferry"
    assert dense.note is None
    dense.close()
    catalog.close()


def test_an_archive_that_changed_its_encoder_is_not_searched_with_the_old_one(
    archive: ArchiveFolder,
) -> None:
    catalog, dense = opened(archive)
    retriever = Retriever(catalog, dense, WordEncoder())
    assert retriever.retrieve("ferry").passages[0].source.title == "ferry"
    writer = Catalog.create(archive.catalog)
    writer.set_properties({"encoder": "others"})
    writer.close()
    with pytest.raises(ArchiveMismatch, match="made with the encoder others, not words"):
        retriever.retrieve("ferry")
    dense.close()
    catalog.close()


def test_a_reader_gets_answers_throughout_an_ingest(archive: ArchiveFolder, tmp_path: Path) -> None:
    desk = write(tmp_path / "more", *(f"turbine{n}" for n in range(60)))
    run = "import sys; from pathlib import Path; from tests.ingest.child import run\n"
    run += "run(Path(sys.argv[1]), Path(sys.argv[2]), real=False)"
    catalog, dense = opened(archive)
    retriever = Retriever(catalog, dense, WordEncoder())
    seen = []
    with subprocess.Popen([sys.executable, "-c", run, desk, archive.path], cwd=ROOT) as writer:
        while writer.poll() is None:
            assert retriever.retrieve("ferry").passages[0].source.title == "ferry"
            seen.append(len({found.passage.article for found in retriever.retrieve("today").passages}))
    assert writer.returncode == 0
    assert seen == sorted(seen)
    assert retriever.retrieve("turbine59").passages[0].source.title == "turbine59"
    assert dense.note is None
    assert dense._chroma is not None
    assert check(archive).differences == []
    dense.close()
    catalog.close()


def random_matrix(count: int) -> tuple[Matrix, np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(count, 32)).astype(np.float16)
    keys = np.sort(draw.choice(10 * count, count, replace=False)).astype(np.int64)
    return Matrix(keys, rows), keys, rows, draw.normal(size=32).astype(np.float32)


@pytest.mark.parametrize("count", [50, 3 * GATHERED])
@pytest.mark.parametrize("share", [None, 0.0, 0.01, 0.9])
def test_a_scan_is_exact(count: int, share: float | None) -> None:
    matrix, keys, rows, question = random_matrix(count)
    after = int(keys[count // 4])
    inside = np.ones(count, bool)
    among = None
    if share is not None:
        inside = np.random.default_rng(2).random(count) < share
        # Keys of passages that have no vector yet are in no row.
        among = np.sort(np.append(keys[inside], [10 * count + 1, 10 * count + 7]))
    scores = rows.astype(np.float32) @ question
    wanted = sorted((-scores[i], keys[i]) for i in range(count) if inside[i] and keys[i] > after)[:10]
    found = matrix.scan(question, limit=10, after=after, among=among)
    assert [key for key, _ in found] == [key for _, key in wanted]
    assert [score for _, score in found] == pytest.approx([-score for score, _ in wanted], abs=1e-4)


def test_a_matrix_of_another_dimension_is_ignored(archive: ArchiveFolder) -> None:
    assert Matrix.open(archive.matrix, WordEncoder.dimension).last == len(TOPICS)
    assert Matrix.open(archive.matrix, 3).last == 0
