"""Removal leaves no trace of an article's text on disk, and the same files do not bring it back."""

import json
import random
import signal
import sqlite3
import time
from contextlib import closing
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.conversations import Conversations
from assistant.errors import ArchiveError, SourceError
from ingest.store.check import check
from ingest.store.indexer import Indexer
from ingest.store.removal import RemovalReport
from tests.fakes import WordEncoder, ingest
from tests.ingest import child

WORD = "quixzomphalic"
"""A word that occurs only in the article to remove; STEM is its beginning."""

STEM = b"quixzomphal"


def rows(count: int = 30) -> list[dict[str, str]]:
    draw = random.Random(5)
    words = ["harbour", "council", "storm", "budget", "ferry", "court", "wall", "mayor", "wind", "school"]
    found = [
        {
            "title": f"Story {number}",
            "text": " ".join(f"Number {number} of the {' '.join(draw.sample(words, 6))}." for _ in range(20)),
            "outlet": "Ledger",
            "url": f"https://ledger.example/{number}",
            "published": "2023-11-05",
        }
        for number in range(count)
    ]
    found[7]["text"] = f"The {WORD} affair. " + found[7]["text"]
    found[7]["title"] = f"All about {WORD}s"
    return found


URL = "https://ledger.example/7"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/stories.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    (tmp_path / "desk/other.json").write_text(
        json.dumps({"title": "Wall", "text": "The wall broke in two places."})
    )
    return tmp_path / "desk"


def remove(archive: Path, *names: str) -> RemovalReport:
    with Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        return indexer.remove(list(names))


def removing(archive: Path, name: str) -> BaseProcess:
    """Start a removal in its own process: Chroma writes uncleared memory of its process to disk."""
    return child.start(child.remove, archive, name)


def restore(archive: Path, *names: str) -> int:
    with Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        return indexer.restore(list(names))


def holding(archive: Path, *needles: bytes) -> set[str]:
    """Return the files of an archive that contain any of these bytes, in any case."""
    return {
        path.relative_to(archive).as_posix()
        for path in archive.rglob("*")
        if path.is_file() and any(needle in path.read_bytes().lower() for needle in needles)
    }


def vectors_of(archive: Path, url: str) -> list[bytes]:
    """Return the stored vectors of an article in the bytes that the catalog and Chroma write."""
    with closing(sqlite3.connect(archive / "catalog.sqlite")) as database:
        found = database.execute(
            "SELECT vector FROM vectors JOIN passages ON passages.pk = vectors.passage "
            "JOIN articles ON articles.pk = passages.article WHERE url = ?",
            (url,),
        ).fetchall()
    halves = [np.frombuffer(vector, "<f2") for (vector,) in found]
    return [form.lower() for half in halves for form in (half.tobytes(), half.astype("<f4").tobytes())]


def test_no_byte_of_a_removed_article_stays_on_disk(tmp_path: Path, desk: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)
    # An older version, and pages freed by its correction, contain the word too.
    corrected = rows()
    corrected[7]["text"] += f" The {WORD} affair goes on."
    (desk / "stories.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corrected))
    assert ingest(archive, desk).outcomes["updated"] == 1
    vectors = vectors_of(archive, URL)
    assert vectors
    assert "catalog.sqlite" in holding(archive, STEM)
    places = holding(archive, *vectors)
    assert {"catalog.sqlite", "chroma/chroma.sqlite3"} < places
    assert any(place.startswith("matrix/") for place in places)
    writer = removing(archive, URL)
    writer.join()
    assert writer.exitcode == 0
    assert holding(archive, STEM) == set()
    assert holding(archive, *vectors) == set()
    found = check(ArchiveFolder(archive))
    assert found.differences == []
    assert found.articles == 30
    catalog = Catalog.open(archive / "catalog.sqlite")
    assert catalog.lexical(WORD, limit=5) == []
    assert catalog.lexical("number 6", limit=5)
    catalog.close()


def test_a_removed_article_does_not_come_back_until_it_is_asked_for(tmp_path: Path, desk: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)
    remove(archive, URL)
    for _ in range(2):
        report = ingest(archive, desk)
        assert dict(+report.outcomes) == {"unchanged": 30}
        [rejected] = report.rejected
        assert rejected.source == "desk/stories.jsonl#8"
        assert "removed from the archive on 2" in rejected.reason
        assert "--restore " in rejected.reason
    # It does not come back under another URL, or corrected.
    again = {**rows()[7], "url": "https://ledger.example/7?from=feed"}
    (desk / "again.json").write_text(
        json.dumps([again, {**rows()[7], "text": "Other words under the same address."}])
    )
    assert [each.source for each in ingest(archive, desk / "again.json").rejected] == [
        "desk/again.json#1",
        "desk/again.json#2",
    ]
    assert holding(archive, STEM) == set()
    (desk / "again.json").unlink()
    assert restore(archive, rejected.reason.partition("--restore ")[2].partition("`")[0]) == 1
    report = ingest(archive, desk)
    assert (dict(+report.outcomes), report.rejections) == ({"unchanged": 30, "added": 1}, 0)
    assert holding(archive, STEM)


@pytest.mark.parametrize("named", ["id", "address", "record", "file", "folder", "path"])
def test_names_of_every_kind(tmp_path: Path, desk: Path, named: str) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)
    catalog = Catalog.open(archive / "catalog.sqlite")
    [other] = [each for each in catalog.articles() if each.source == "desk/other.json"]
    [some] = [each for each in catalog.articles() if each.url == URL]
    catalog.close()
    name, number = {
        "id": (other.id, 1),
        "address": (URL, 1),
        "record": (some.source, 1),
        "file": ("desk/other.json", 1),
        "folder": ("desk", 31),
        "path": (str(desk / "stories.jsonl"), 30),
    }[named]
    assert remove(archive, name).removed == number
    assert check(ArchiveFolder(archive)).articles == 31 - number
    assert check(ArchiveFolder(archive)).differences == []
    assert holding(archive, STEM) == (set() if named not in ("id", "file") else {"catalog.sqlite"})
    # The same command has nothing to do now, and reports no error.
    assert remove(archive, name).removed == 0
    assert restore(archive, name) == number
    assert ingest(archive, desk).outcomes["added"] == number


def test_a_name_that_nothing_has_removes_nothing(tmp_path: Path, desk: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)
    with pytest.raises(SourceError, match=r"has no article desk/stories.jsonl#99: give its id"):
        remove(archive, URL, "desk/stories.jsonl#99")
    assert check(ArchiveFolder(archive)).articles == 31
    with pytest.raises(SourceError, match="no article desk was removed"):
        restore(archive, "desk")


def test_a_record_in_two_files_is_removed_by_either(tmp_path: Path, desk: Path) -> None:
    archive = tmp_path / "archive"
    (desk / "twice.json").write_text(json.dumps(rows()[7]))
    ingest(archive, desk)
    assert remove(archive, "desk/twice.json").removed == 1
    report = ingest(archive, desk)
    assert {each.source for each in report.rejected} == {"desk/stories.jsonl#8", "desk/twice.json"}


def test_copies_that_stay_are_named_and_get_a_new_lead(tmp_path: Path, desk: Path) -> None:
    archive = tmp_path / "archive"
    copies = [
        {**rows()[7], "outlet": name, "url": f"https://{name}.example/7", "published": day}
        for name, day in (("wire", "2023-11-01"), ("beacon", "2023-11-09"))
    ]
    copies[1]["text"] += " More soon."
    (desk / "copies.json").write_text(json.dumps(copies))
    assert ingest(archive, desk).outcomes["copies"] == 2
    report = remove(archive, "https://wire.example/7")
    assert (report.removed, report.conversations) == (1, 0)
    assert {copy.outlet for copy in report.copies} == {"Ledger", "beacon"}
    catalog = Catalog.open(archive / "catalog.sqlite")
    [key, *_] = [key for key, _ in catalog.lexical(WORD, limit=5)]
    lead = catalog.locate([key])[key].family
    assert catalog.article(lead) is not None
    assert {copy.outlet for copy in catalog.copies({"": lead})[""]} == {"Ledger", "beacon"}
    catalog.close()
    assert remove(archive, "https://beacon.example/7", URL).copies == ()


def test_a_page_left_open_notices(archive: ArchiveFolder, assistant: Assistant) -> None:
    def found(question: str) -> set[str | None]:
        return {each.source.url for each in assistant.search(question)}

    budget = "https://beacon.example/budget"
    assert budget in found("Who passed the budget?")
    [removed] = [each for each in assistant.articles() if each.url == budget]
    writer = removing(archive.path, budget)
    while writer.is_alive():
        assert "https://ledger.example/ferry" in found("Who led the ferry strike?")
        time.sleep(0.05)
    assert writer.exitcode == 0
    assert budget not in found("Who passed the budget?")
    assert assistant.article(removed.id) is None
    reply = assistant.ask("What did Mayor Ida Brandt call prudent?")
    list(reply)
    assert removed.id not in {citation.article for citation in reply.answer.citations}
    assert assistant._dense.note is None
    assert assistant._dense._chroma is not None


def test_between_the_two_steps_nothing_is_found_any_more(
    archive: ArchiveFolder, assistant: Assistant
) -> None:
    [budget] = [each for each in assistant.articles() if each.url == "https://beacon.example/budget"]
    assert budget.id in {each.passage.article for each in assistant.search("Who passed the budget?")}
    with Indexer.opened(archive, WordEncoder()) as indexer:
        indexer._removal.withdraw([budget.id])
        assert budget.id not in {each.passage.article for each in assistant.search("Who passed the budget?")}


def test_conversations_are_not_touched_but_counted(archive: ArchiveFolder, assistant: Assistant) -> None:
    conversations = Conversations(archive.conversations)
    for question in ("How many sailings were cancelled?", "Who led the union?"):
        reply = assistant.ask(question)
        list(reply)
        assert reply.answer.citations
        conversations.append("one", reply.answer)
    before = conversations.answers("one")
    assistant.close()
    report = remove(archive.path, "https://ledger.example/ferry")
    assert report.conversations == 1
    assert report.quoted == tuple(sorted({citation.article for citation in reply.answer.citations}))
    assert conversations.answers("one") == before
    conversations.close()


def test_a_process_that_holds_old_pages_is_reported_and_the_next_run_completes(
    tmp_path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.archive.catalog.BUSY_SECONDS", 0.2)
    archive = tmp_path / "archive"
    ingest(archive, desk)
    with closing(sqlite3.connect(archive / "catalog.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with pytest.raises(ArchiveError, match="close it and run the same command again"):
            remove(archive, URL)
        assert "interrupted" in check(ArchiveFolder(archive)).differences[0]
    assert remove(archive, URL).removed == 0
    assert holding(archive, STEM) == set()
    assert check(ArchiveFolder(archive)).differences == []


@pytest.mark.parametrize(
    "moment", ["Catalog.purge", "VectorStore.discard", "VectorStore.add", "Matrix.write"]
)
@pytest.mark.parametrize("next", ["remove", "ingest"])
def test_interrupted_anywhere_the_next_run_completes(
    tmp_path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch, moment: str, next: str
) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(f"ingest.store.indexer.{moment}", killed)
        remove(archive, URL)
    assert check(ArchiveFolder(archive)).differences
    if moment == "Catalog.purge":
        assert holding(archive, STEM)
    if next == "remove":
        assert remove(archive, URL).removed == 0
    else:
        ingest(archive, desk)
    assert holding(archive, STEM) == set()
    assert check(ArchiveFolder(archive)).differences == []


@pytest.mark.models
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no fork and no SIGKILL")
def test_a_removal_killed_at_eight_moments_is_completed_by_the_same_command(
    tmp_path: Path, desk: Path
) -> None:
    archive = tmp_path / "archive"
    ingest(archive, desk)
    vectors = vectors_of(archive, URL)

    def run(folder: Path, after: float) -> int | None:
        process = child.start(child.remove, folder, URL)
        process.join(after)
        process.kill()
        process.join()
        return process.exitcode

    # Removing from another archive first measures the time it takes.
    ingest(tmp_path / "timed", desk)
    assert run(tmp_path / "warming", 300) != 0
    started = time.monotonic()
    assert run(tmp_path / "timed", 300) == 0
    whole = time.monotonic() - started
    exits = [run(archive, whole * share / 9) for share in range(1, 9)]
    assert any(exits)
    assert run(archive, 300) == 0
    assert holding(archive, STEM, *vectors) == set()
    found = check(ArchiveFolder(archive))
    assert (found.differences, found.articles) == ([], 30)
