"""What an archive holds, counted in a real catalog."""

import json
from pathlib import Path

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.archive.overview import Month, overview
from assistant.assistant import Assistant
from assistant.query import Filters
from tests.fakes import ingest


def test_articles_are_counted_by_month_and_outlet(archive: ArchiveFolder) -> None:
    catalog = Catalog.open(archive.catalog)
    found = overview(catalog)
    catalog.close()
    assert found.months == (
        Month("2023-11", "Ellery Beacon", 1),
        Month("2023-11", "Tidewater Wire", 1),
        Month("2024-02", "Ellery Beacon", 1),
        Month("2024-03", "Harbour Ledger", 1),
    )
    assert (found.families, found.rejections, found.without_vector) == (4, 0, 0)


def test_rejected_records_are_listed_with_their_reasons(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text(json.dumps([{"title": "Empty"}, {"title": "A", "text": "One. Two."}]))
    ingest(tmp_path / "archive", tmp_path / "desk.json")
    catalog = Catalog.open(ArchiveFolder(tmp_path / "archive").catalog)
    found = overview(catalog)
    catalog.close()
    [(source, reason)] = found.rejected
    assert found.rejections == 1
    assert source.endswith("desk.json#1")
    assert reason


def test_every_article_that_mentions_something_is_found(assistant: Assistant) -> None:
    def titles(words: str, filters: Filters = Filters(), limit: int = 100) -> tuple[int | None, list[str]]:
        found = assistant.mentions(words, filters, limit=limit)
        return found.articles, [each.source.title for each in found.passages]

    assert titles("storm wall") == (2, ["Storm breaks sea wall"] * 2)
    assert titles('"wall storm"') == (0, [])
    assert titles("storm", Filters(outlets=("Ellery Beacon",))) == (1, ["Storm breaks sea wall"])
    assert titles("", limit=2) == (5, ["Ferry strike begins in Port Ellery", "Council passes budget"])
    assert titles("the of") == (0, [])
