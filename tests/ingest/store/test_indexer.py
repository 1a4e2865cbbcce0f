import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.chroma import VectorStore
from assistant.archive.folder import ArchiveFolder
from assistant.errors import ArchiveBusy, ArchiveError, ArchiveMismatch, NotAnArchive
from ingest.formats import registry
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, SourceFile
from ingest.store.check import check
from ingest.store.indexer import Indexer
from tests.fakes import WordEncoder, ingest
from tests.ingest import child

ROOT = Path(__file__).parents[3]


def write(folder: Path, count: int, *, marker: str = "first") -> Path:
    """Write a file of different articles with several passages each."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["harbour", "council", "storm", "budget", "ferry", "court", "wall", "mayor", "wind", "school"]
    draw = random.Random(7)
    with (folder / "stories.jsonl").open("w") as file:
        for number in range(count):
            sentences = (
                f"Number {number} of the {marker} {' '.join(draw.sample(words, 6))}." for _ in range(25)
            )
            row = {
                "title": f"Story {number}",
                "text": " ".join(sentences),
                "url": f"https://a.example/{number}",
            }
            file.write(json.dumps({**row, "publish_date": "2023/11/05"}) + "\n")
    return folder / "stories.jsonl"


def state(archive: Path) -> set[tuple[str, int, int, int]]:
    """Compare all stores, and return the passages as (article, version, start, end)."""
    found = check(ArchiveFolder(archive))
    assert found.differences == []
    assert found.passages == found.vectors == found.chroma
    with closing(sqlite3.connect(archive / "catalog.sqlite")) as database:
        rows = database.execute(
            'SELECT id, version, start, "end" FROM passages JOIN articles ON articles.pk = passages.article'
        ).fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def vectors(archive: Path) -> dict[str, np.ndarray]:
    """Return the stored vectors by passage name."""
    catalog = Catalog.open(archive / "catalog.sqlite")
    found: dict[str, np.ndarray] = {}
    for keys, rows in catalog.stored_vectors():
        found.update(zip(catalog.names(keys.tolist()), rows.astype(np.float32), strict=True))
    catalog.close()
    return found


def test_a_second_run_says_unchanged_and_embeds_nothing(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 12)
    first = ingest(tmp_path / "archive", stories)
    assert (first.outcomes["added"], first.rejected) == (12, [])
    before = state(tmp_path / "archive")
    assert first.passages == len(before) > 24
    encoder = WordEncoder()
    second = ingest(tmp_path / "archive", stories, encoder=encoder)
    assert (second.outcomes["unchanged"], second.outcomes["added"], second.passages) == (12, 0, 0)
    assert encoder.encoded == []
    assert state(tmp_path / "archive") == before


def test_a_file_that_grew_adds_only_what_is_new(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 5)
    ingest(tmp_path / "archive", stories)
    write(tmp_path / "desk", 8)
    report = ingest(tmp_path / "archive", stories)
    assert (report.outcomes["unchanged"], report.outcomes["added"]) == (5, 3)


def test_a_file_only_touched_is_unchanged(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 5)
    ingest(tmp_path / "archive", stories)
    os.utime(stories, (1, 1))
    report = ingest(tmp_path / "archive", stories)
    assert dict(+report.outcomes) == {"unchanged": 5}


def test_new_content_under_the_same_url_is_a_version_and_the_old_one_is_kept(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 3)
    ingest(tmp_path / "archive", stories)
    write(tmp_path / "desk", 3, marker="corrected")
    report = ingest(tmp_path / "archive", stories)
    assert dict(+report.outcomes) == {"updated": 3}
    assert {version for _, version, _, _ in state(tmp_path / "archive")} == {2}
    catalog = Catalog.open(tmp_path / "archive/catalog.sqlite")
    some = next(catalog.articles())
    assert catalog.versions(some.id) == [1, 2]
    older = catalog.article(some.id, 1)
    assert older is not None
    assert "first" in older.text
    assert "corrected" in some.text
    assert catalog.lexical("first", limit=5) == []
    catalog.close()


def test_a_version_dated_earlier_does_not_replace_the_newer_one(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    row = {"title": "Toll", "url": "https://a.example/toll"}
    (desk / "a.json").write_text(json.dumps({**row, "text": "Three people died.", "updated": "2023-11-07"}))
    (desk / "b.json").write_text(json.dumps({**row, "text": "Four people died.", "published": "2023-11-06"}))
    report = ingest(tmp_path / "archive", desk)
    assert (report.outcomes["added"], report.outcomes["updated"]) == (1, 1)
    catalog = Catalog.open(tmp_path / "archive/catalog.sqlite")
    [current] = catalog.articles()
    assert current.text == "Three people died."
    catalog.close()


def test_the_same_wording_from_another_outlet_is_a_copy_in_one_family(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    for outlet in ("wire", "ledger", "beacon"):
        row = {
            "title": "Gale",
            "text": "The gale took the roof of the market hall.",
            "url": f"https://{outlet}.example/1",
        }
        (desk / f"{outlet}.json").write_text(json.dumps({**row, "outlet": outlet}))
    report = ingest(tmp_path / "archive", desk)
    assert dict(+report.outcomes) == {"added": 1, "copies": 2}
    again = ingest(tmp_path / "archive", desk)
    assert dict(+again.outcomes) == {"unchanged": 3}


def test_a_bad_record_is_named_each_time_and_the_rest_is_read(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 3)
    stories.write_text(stories.read_text().replace('"title": "Story 1"', '"title": '))
    for _ in range(2):
        report = ingest(tmp_path / "archive", stories)
        [rejected] = report.rejected
        assert rejected.source == "desk/stories.jsonl#2"
        assert sum(report.outcomes.values()) == 2


def test_chroma_and_matrix_deleted_are_made_again_without_embedding(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, write(tmp_path / "desk", 12))
    before = state(archive)
    VectorStore.discard(archive / "chroma")
    VectorStore.discard(archive / "matrix")
    assert check(ArchiveFolder(archive)).differences
    encoder = WordEncoder()
    with Indexer.opened(ArchiveFolder(archive), encoder) as indexer:
        assert indexer.rebuild() == len(before)
    assert encoder.encoded == []
    assert state(archive) == before


def test_a_rebuild_replaces_anything_in_place_of_chroma(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, write(tmp_path / "desk", 3))
    before = state(archive)
    for harm in ("a file", "damage"):
        if harm == "a file":
            shutil.rmtree(archive / "chroma")
            (archive / "chroma").write_text("no folder")
        else:
            [database] = (archive / "chroma").rglob("chroma.sqlite3")
            database.write_bytes(b"no database" * 1000)
        with pytest.raises(ArchiveError, match="--rebuild"):
            ingest(archive, tmp_path / "desk")
        with Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
            indexer.rebuild()
        assert state(archive) == before


@pytest.mark.parametrize("harm", ["lost", "stranger"])
def test_an_ingest_repairs_a_chroma_that_differs(tmp_path: Path, harm: str) -> None:
    archive = tmp_path / "archive"
    stories = write(tmp_path / "desk", 12)
    ingest(archive, stories)
    before = state(archive)
    store = VectorStore(archive / "chroma")
    if harm == "lost":
        store.remove(sorted(store.names())[:7])
    else:
        store.add(["0123/1/0"], np.eye(1, WordEncoder.dimension, dtype=np.float32))
    store.close()
    assert check(ArchiveFolder(archive)).differences
    ingest(archive, stories)
    assert state(archive) == before


def test_reembedding_takes_another_encoder(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    stories = write(tmp_path / "desk", 4)
    ingest(archive, stories)
    other = WordEncoder(limit=90, name="others")
    with pytest.raises(ArchiveMismatch, match="--reembed"):
        ingest(archive, stories, encoder=other)
    before = state(archive)
    with Indexer.opened(ArchiveFolder(archive), other) as indexer:
        count = indexer.reembed(Quiet())
    assert count == len(state(archive)) < len(before)
    assert dict(+ingest(archive, stories, encoder=other).outcomes) == {"unchanged": 4}


def test_a_reembedding_that_is_killed_leaves_no_vector_under_the_name_of_another_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    stories = write(tmp_path / "desk", 4)
    ingest(archive, stories)
    other = WordEncoder(name="others", turned=99)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for moment in ("replace_passages", "store_vectors"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Catalog, moment, killed)
            with Indexer.opened(ArchiveFolder(archive), other) as indexer:
                indexer.reembed(Quiet())
        catalog = Catalog.open(archive / "catalog.sqlite")
        held, _ = catalog.vector_state()
        assert (catalog.property("encoder"), held > 0) in (("words", True), ("others", False))
        catalog.close()
    ingest(archive, stories, encoder=other)
    assert len(state(archive)) == len(vectors(archive))
    catalog = Catalog.open(archive / "catalog.sqlite")
    [(key, _), *_] = catalog.lexical("Number 3", limit=1)
    place = catalog.locate([key])[key]
    text = f"{place.title}. 5 November 2023.\n{place.passage.text}"
    name = catalog.names([key])[0]
    catalog.close()
    assert float(vectors(archive)[name] @ other.encode([text])[0]) > 0.99


def test_a_file_that_could_not_be_read_is_read_when_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = write(tmp_path / "desk", 3)

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.formats.registry.DiskFile", forbidden)
        patch.setattr("ingest.store.ledger.hashlib.file_digest", forbidden)
        report = ingest(tmp_path / "archive", stories)
    assert [rejected.reason for rejected in report.rejected] == ["cannot be opened: Permission denied"]
    assert dict(+ingest(tmp_path / "archive", stories).outcomes) == {"added": 3}


@pytest.mark.parametrize("harm", ["vanishes", "grows"])
def test_a_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    stories = write(tmp_path / "desk", 12)
    kept, times = stories.read_bytes(), (stories.stat().st_atime_ns, stories.stat().st_mtime_ns)
    reading = registry.parse
    reads = 0

    def disturbed(file: SourceFile, options: ReadOptions) -> Iterator[registry.ParseResult]:
        nonlocal reads
        reads += 1
        for number, record in enumerate(reading(file, options)):
            if (number, reads) == (3, 1):
                if harm == "vanishes":
                    stories.unlink()
                else:
                    with stories.open("ab") as end:
                        end.write(b"half a record")
            yield record

    monkeypatch.setattr(registry, "parse", disturbed)
    report = ingest(tmp_path / "archive", stories)
    assert report.outcomes["added"] > 0
    assert report.outcomes["added"] + report.rejections in (12, 13)
    # The content and time are restored: only the change during reading shows that it must be read again.
    stories.write_bytes(kept)
    os.utime(stories, ns=times)
    report = ingest(tmp_path / "archive", stories)
    assert (sum(report.outcomes.values()), report.rejections, reads) == (12, 0, 2)
    ingest(tmp_path / "archive", stories)
    assert reads == 2
    assert len({id for id, *_ in state(tmp_path / "archive")}) == 12


def test_another_model_under_the_same_name_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, write(tmp_path / "desk", 2))
    with pytest.raises(ArchiveMismatch, match="another model"):
        ingest(archive, write(tmp_path / "new", 3, marker="second"), encoder=WordEncoder(turned=99))


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(NotAnArchive, match="photos holds other files"):
        ingest(folder, write(tmp_path / "desk", 1))
    assert [path.name for path in folder.iterdir()] == ["cat.jpg"]


def test_a_file_that_is_not_a_catalog_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "catalog.sqlite").write_bytes(b"not a database, but long enough to look at twice" * 30)
    with pytest.raises(NotAnArchive):
        ingest(archive, write(tmp_path / "desk", 1))


def test_a_second_ingest_is_refused_with_the_holder_of_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.archive.folder.LOCK_SECONDS", 0.1)
    stories = write(tmp_path / "desk", 1)
    holder = (
        "import sys, time; from pathlib import Path; from assistant.archive.folder import ArchiveFolder\n"
        "folder = ArchiveFolder(Path(sys.argv[1])); folder.prepare()\n"
        "with folder.write_lock(): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder, tmp_path / "archive"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ArchiveBusy, match=rf"process {process.pid}, since 2"):
            ingest(tmp_path / "archive", stories)
        assert ArchiveFolder(tmp_path / "archive").ingesting
    finally:
        process.kill()
        process.communicate()
    assert dict(+ingest(tmp_path / "archive", stories).outcomes) == {"added": 1}


def test_a_full_disk_is_reported_and_nothing_is_lost(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    first = write(tmp_path / "desk", 3)
    ingest(archive, first)
    before = state(archive)
    more = write(tmp_path / "more", 60, marker="second")
    limited = Catalog.create

    def create(path: Path) -> Catalog:
        """Open a catalog whose database may not grow: SQLite fails as on a full disk."""
        catalog = limited(path)

        def limit(connection: sqlite3.Connection, *_: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 4}")

        from sqlalchemy import event

        event.listen(catalog._engine, "checkout", limit)
        return catalog

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalog, "create", create)
        with pytest.raises(ArchiveError, match="free some disk space"):
            ingest(archive, more)
    assert before <= state(archive)
    report = ingest(archive, first, more)
    assert report.outcomes["unchanged"] >= 3
    assert sum(report.outcomes.values()) == 63
    assert len({id for id, *_ in state(archive)}) == 60


def killed(
    stories: Path, archive: Path, after: float, *, real: bool = False, workers: bool = False
) -> int | None:
    """Run an ingest in its own process and kill it after `after` seconds; returns its exit status."""
    process = child.start(child.run, stories, archive, real=real, workers=workers)
    process.join(after)
    process.kill()
    process.join()
    return process.exitcode


@pytest.mark.models
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no fork and no SIGKILL")
@pytest.mark.parametrize("workers", [False, True], ids=["alone", "workers"])
def test_an_ingest_killed_at_ten_moments_ends_as_an_undisturbed_one(tmp_path: Path, workers: bool) -> None:
    desk = tmp_path / "desk"
    for name in "abcd":
        path = write(desk / name, 12, marker=name)
        path.write_text(path.read_text().replace("a.example", f"{name}.example"))
    # Start the process from which the others are forked; otherwise it would count as time of the ingest.
    assert killed(write(tmp_path / "warm-up", 1), tmp_path / "warmed-up", 300, workers=workers) == 0
    started = time.monotonic()
    assert killed(desk, tmp_path / "undisturbed", 300, workers=workers) == 0
    whole = time.monotonic() - started
    draw = random.Random(20230202)
    moments = [draw.uniform(0, 0.4 * whole) for _ in range(10)]
    kills = sum(killed(desk, tmp_path / "archive", moment, workers=workers) != 0 for moment in moments)
    assert kills >= 4
    assert killed(desk, tmp_path / "archive", 300, workers=workers) == 0
    assert state(tmp_path / "archive") == state(tmp_path / "undisturbed")
    ours, theirs = vectors(tmp_path / "archive"), vectors(tmp_path / "undisturbed")
    assert min(float(ours[name] @ theirs[name]) for name in theirs) >= 0.999


@pytest.mark.models
def test_two_ingests_at_once_do_no_harm(tmp_path: Path) -> None:
    desks = [write(tmp_path / name, 30, marker=name) for name in ("first", "second")]
    both = [child.start(child.run, desk, tmp_path / "archive", real=False) for desk in desks]
    for process in both:
        process.join()
    # The second waits briefly for the first, or is refused.
    assert 0 in [process.exitcode for process in both]
    report = ingest(tmp_path / "archive", *desks)
    assert sum(report.outcomes.values()) == 60
    assert len({id for id, *_ in state(tmp_path / "archive")}) == 30


@pytest.mark.models
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no fork and no SIGKILL")
def test_an_ingest_killed_with_the_real_encoder_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    stories = write(tmp_path / "desk", 12)
    started = time.monotonic()
    assert killed(stories, tmp_path / "undisturbed", 300, real=True) == 0
    whole = time.monotonic() - started
    moments = [whole * share for share in (0.5, 0.7, 0.9)]
    exits = [killed(stories, tmp_path / "archive", moment, real=True) for moment in moments]
    assert any(exits)
    assert killed(stories, tmp_path / "archive", 300, real=True) == 0
    assert state(tmp_path / "archive") == state(tmp_path / "undisturbed")
    ours, theirs = vectors(tmp_path / "archive"), vectors(tmp_path / "undisturbed")
    assert min(float(ours[name] @ theirs[name]) for name in theirs) >= 0.999
