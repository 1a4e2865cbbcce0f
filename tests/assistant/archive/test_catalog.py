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
        catalog.require_ledger()
    catalog.close()
    assert ingest(archive.path, tmp_path / "desk.json").outcomes["unchanged"] == 5
    catalog = Catalog.open(archive.catalog)
    catalog.require_ledger()
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


NAMES = [
    "Ærø’s ferry was late. Bjørn Åkerlund, the captain, blamed the fog.",
    "Łucja Wójcik won in Łańcut. The race was short.",
    "Maeve O’Connor sailed to Straßfurt. It rained.",
    "Minister Tarasovskyy resigned. Nobody knew why.",
    "Işıl Kırım spoke. The hall was full.",
]


def named(folder: Path) -> Catalog:
    """Return the catalog of an archive of one article for each of NAMES."""
    rows = [
        {"title": text.split()[0], "text": text, "url": f"https://a.example/{n}"}
        for n, text in enumerate(NAMES)
    ]
    (folder / "names.json").write_text(json.dumps(rows))
    ingest(folder / "archive", folder / "names.json")
    return Catalog.open(folder / "archive/catalog.sqlite")


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Aeroe ferry", None),
        ("Aero", 0),
        ("Akerlund", 0),
        ("Åkerlund", 0),
        ("Lancut", 1),
        ("Łańcut", 1),
        ("Lucja", 1),
        ("Strassfurt", 2),
        ("Straßfurt", 2),
        ("Isil", 4),
        ("Kirim", 4),
    ],
)
def test_names_are_found_with_or_without_their_letters(
    tmp_path: Path, question: str, number: int | None
) -> None:
    with closing(named(tmp_path)) as catalog:
        found = catalog.locate([key for key, _ in catalog.lexical(question, limit=3)])
        assert [NAMES.index(each.passage.text) for each in found.values()] == [
            0 if number is None else number
        ]


def test_the_full_text_index_forgets_names_with_such_letters(tmp_path: Path) -> None:
    named(tmp_path).close()
    rows = json.loads((tmp_path / "names.json").read_text())
    rows[0]["text"] = "The captain was named wrongly. He is Bo Ek."
    (tmp_path / "names.json").write_text(json.dumps(rows))
    ingest(tmp_path / "archive", tmp_path / "names.json")
    with (
        closing(Catalog.create(tmp_path / "archive/catalog.sqlite")) as catalog,
        catalog.writing() as connection,
    ):
        connection.exec_driver_sql(
            "INSERT INTO passages_fts(passages_fts, rank) VALUES ('integrity-check', 1)"
        )
    with closing(Catalog.open(tmp_path / "archive/catalog.sqlite")) as catalog:
        assert catalog.lexical("Bjorn", limit=3) == []
        assert catalog.lexical("captain", limit=3)


@pytest.mark.parametrize(
    ("question", "respelled"),
    [
        ("How old is OConnor?", "How old is connor?"),
        ("Why did Tarasovsky resign?", "Why did tarasovskyi resign?"),
        ("Who is Bjorn Akerlundt?", "Who is Bjorn akerlund?"),
        ("Who is Zembla of Maeve?", "Who is Zembla of Maeve?"),
        ("who was late?", "who was late?"),
    ],
)
def test_a_name_is_searched_in_the_archives_spelling(tmp_path: Path, question: str, respelled: str) -> None:
    with closing(named(tmp_path)) as catalog:
        assert catalog.respelled(question) == respelled


def downgrade(database: sqlite3.Connection, *, schema: int) -> None:
    for column, first in ADDED.items():
        if first > schema:
            database.execute(f"ALTER TABLE articles DROP COLUMN {column}")
    database.execute(f"PRAGMA user_version = {schema}")


def test_an_archive_of_a_later_schema_is_refused(archive: ArchiveFolder) -> None:
    with closing(sqlite3.connect(archive.catalog)) as database:
        database.execute("PRAGMA user_version = 99")
    for opening in (Catalog.open, Catalog.create):
        with pytest.raises(ArchiveMismatch, match=r"has schema 99.*use the Backfile that made it"):
            opening(archive.catalog)
