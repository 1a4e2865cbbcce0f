import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, insert

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.archive.schema import ADDED, withdrawn
from assistant.article import gaps
from assistant.errors import ArchiveMismatch, NotAnArchive
from tests.fakes import ingest


def test_any_number_of_passages_can_be_withdrawn(archive: ArchiveFolder) -> None:
    catalog = Catalog.create(archive.catalog)
    names = [f"{number:016x}/1/0" for number in range(70_000)]
    with catalog.writing() as connection:
        connection.execute(insert(withdrawn), [{"key": name} for name in names])

    def limit_variables(connection: sqlite3.Connection, *_: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)

    event.listen(catalog._engine, "checkout", limit_variables)
    assert len(catalog.withdrawn_names()) == 70_000
    catalog.forget_withdrawn(names)
    assert catalog.withdrawn_names() == []
    catalog.close()


def test_articles_and_their_passages_are_read_in_one_transaction(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    for number in range(5):
        row = {"title": f"Story {number}", "text": "A short text.", "url": f"https://a.example/{number}"}
        (tmp_path / f"desk/{number}.json").write_text(json.dumps(row))
    ingest(tmp_path / "archive", tmp_path / "desk")
    catalog = Catalog.open(tmp_path / "archive/catalog.sqlite")
    found = catalog.articles_with_spans()
    next(found)
    row = {"title": "Story 4", "text": "A text that became longer. " * 50, "url": "https://a.example/4"}
    (tmp_path / "desk/4.json").write_text(json.dumps(row))
    assert ingest(tmp_path / "archive", tmp_path / "desk").outcomes["updated"] == 1
    for article, spans in found:
        assert spans == gaps(list(article.furniture), len(article.text))
    catalog.close()


@pytest.mark.parametrize("version", [0, -1, 2, 10**30])
def test_an_unknown_version_gives_none(archive: ArchiveFolder, version: int) -> None:
    catalog = Catalog.open(archive.catalog)
    [some, *_] = catalog.articles()
    assert catalog.article(some.id, 1) is not None
    assert catalog.article(some.id, version) is None
    catalog.close()


def test_a_file_that_is_not_a_catalog_is_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE recipes (soup)")
    database.close()
    for opening in (Catalog.open, Catalog.create):
        with pytest.raises(NotAnArchive, match="is not a Backfile catalog"):
            opening(path)
    opened = Path("/proc/self/fd")
    if opened.is_dir():
        assert path not in [link.resolve() for link in opened.iterdir()]


def test_an_archive_of_the_first_schema_is_searched_unchanged_and_upgraded_by_an_ingest(
    tmp_path: Path, archive: ArchiveFolder
) -> None:
    with closing(sqlite3.connect(archive.catalog)) as database:
        for table in ("records", "buckets", "sketches", "removed"):
            database.execute(f"DROP TABLE {table}")
        downgrade(database, schema=1)
    catalog = Catalog.open(archive.catalog)
    assert catalog.lexical("ferry", limit=1)
    with pytest.raises(ArchiveMismatch, match="run `python -m ingest --rebuild` once"):
        catalog.require_newest()
    catalog.close()
    assert ingest(archive.path, tmp_path / "desk.json").outcomes["unchanged"] == 5
    catalog = Catalog.open(archive.catalog)
    catalog.require_newest()
    [lead, copy] = [each for each in catalog.articles() if each.title == "Storm breaks sea wall"]
    assert [each.article for each in catalog.copies({lead.id: lead.id})[lead.id]] == [copy.id]
    catalog.close()


def test_an_archive_of_the_second_schema_gets_sections_and_keywords_with_the_next_ingest(
    tmp_path: Path, archive: ArchiveFolder
) -> None:
    with closing(sqlite3.connect(archive.catalog)) as database:
        downgrade(database, schema=2)
    rows = json.loads((tmp_path / "desk.json").read_text())
    (tmp_path / "desk.json").write_text(
        json.dumps([{**row, "section": "Coast", "tags": ["sea"]} for row in rows])
    )
    for section, keywords in ((None, ()), ("Coast", ("sea",))):
        with closing(Catalog.open(archive.catalog)) as catalog:
            found = [
                *catalog.articles(),
                *catalog.newest(2),
                *(article for article, _ in catalog.articles_with_spans()),
            ]
            found.append(catalog.article(found[0].id) or found[0])
            assert {(article.section, article.keywords) for article in found} == {(section, keywords)}
        assert ingest(archive.path, tmp_path / "desk.json").outcomes["unchanged"] == 5


def downgrade(database: sqlite3.Connection, *, schema: int) -> None:
    for column in ADDED:
        database.execute(f"ALTER TABLE articles DROP COLUMN {column}")
    database.execute(f"PRAGMA user_version = {schema}")


def test_an_archive_of_a_later_schema_is_refused(archive: ArchiveFolder) -> None:
    with closing(sqlite3.connect(archive.catalog)) as database:
        database.execute("PRAGMA user_version = 99")
    for opening in (Catalog.open, Catalog.create):
        with pytest.raises(ArchiveMismatch, match=r"has schema 99.*use the Backfile that made it"):
            opening(archive.catalog)
