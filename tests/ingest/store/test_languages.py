"""The language of an article is detected, kept, shown and filtered by."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from assistant.archive.catalog import Catalog
from assistant.query import Filters
from ingest.store.languages import DETECTED
from tests.fakes import ingest

TEXTS = {
    "en": "The council of Ellerau voted on Monday to mend the old bridge, which has been closed since the spring.",
    "de": "Der Rat von Ellerau stimmte am Montag für die Sanierung der alten Brücke, die seit Mai gesperrt ist.",
    "fr": "Le conseil d'Ellerau a voté lundi la réparation du vieux pont, qui est fermé depuis le printemps.",
    "es": "El consejo de Ellerau votó el lunes la reparación del viejo puente, que está cerrado desde la primavera.",
    "it": "Il consiglio di Ellerau ha votato lunedì la riparazione del vecchio ponte, chiuso dalla primavera.",
    "pt": "O conselho de Ellerau votou na segunda-feira o conserto da velha ponte, fechada desde a primavera.",
    "nl": "De raad van Ellerau stemde maandag voor het herstel van de oude brug, die sinds het voorjaar dicht is.",
    "und": "12 : 3",
}


def put(tmp_path: Path) -> Path:
    rows = [
        {"title": code, "text": text, "language": "en", "url": f"https://a.example/{code}"}
        for code, text in TEXTS.items()
    ]
    (tmp_path / "desk.json").write_text(json.dumps(rows))
    ingest(tmp_path / "archive", tmp_path / "desk.json")
    return tmp_path / "archive/catalog.sqlite"


def test_a_language_is_detected_whatever_the_record_states(tmp_path: Path) -> None:
    with closing(Catalog.open(put(tmp_path))) as catalog:
        assert {each.title: each.detected for each in catalog.articles()} == {code: code for code in TEXTS}
        assert {
            each.title: each.written_in for each in catalog.articles() if each.title in ("de", "und")
        } == {
            "de": "de",
            "und": "en",
        }


def test_articles_are_filtered_by_language(tmp_path: Path) -> None:
    with closing(Catalog.open(put(tmp_path))) as catalog:
        keys, _ = catalog.selected(Filters(languages=("de", "nl")))
        assert {each.title for each in catalog.locate(keys.tolist()).values()} == {"de", "nl"}


def test_an_older_archive_gets_them_with_its_next_ingest(tmp_path: Path) -> None:
    path = put(tmp_path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE articles SET detected = NULL")
        database.execute(f"DELETE FROM properties WHERE name = '{DETECTED}'")
        database.commit()
    (tmp_path / "one.json").write_text(
        json.dumps({"title": "new", "text": TEXTS["fr"] + " Oui.", "url": "https://b.example"})
    )
    assert ingest(tmp_path / "archive", tmp_path / "one.json").outcomes["copies"] == 1
    with closing(Catalog.open(path)) as catalog:
        assert {each.title: each.detected for each in catalog.articles()} == {
            code: code for code in TEXTS
        } | {"new": "fr"}
