"""Corrections that are printed as articles of their own are linked to the articles that they name."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Citation
from assistant.answering.quote import QuoteAnswerer
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.evidence.sentence_picker import SentencePicker
from assistant.retrieval.retriever import Retriever
from ingest.store.indexer import Indexer
from tests.fakes import MADE_WITH, WordEncoder, ingest

SPILL = {
    "title": "Nine tonnes of diesel spill into the Elle",
    "text": "Nine tonnes of diesel ran into the river Elle on Monday, when a lorry fell from the bridge at Skerra. "
    "The driver swam ashore. Swans were washed in the town hall.",
    "outlet": "Ellery Beacon",
    "published": "2024-03-04",
    "url": "https://beacon.example/spill",
}
FLOOD = {
    "title": "The Elle floods the meadows at Skerra",
    "text": "The river Elle has left its bed near Skerra and covers the meadows. Nobody was hurt.",
    "outlet": "Ellery Beacon",
    "published": "2024-03-01",
    "url": "https://beacon.example/flood",
}
BUDGET = {
    "title": "Council passes the budget",
    "text": "The council passed a budget of 61 million crowns on Tuesday. Mayor Ida Brandt called it prudent.",
    "outlet": "Ellery Beacon",
    "published": "2024-02-20",
    "url": "https://beacon.example/budget",
}


def correction(**stated: Any) -> dict[str, Any]:
    found = {
        "title": "Correction: diesel in the Elle",
        "text": "In our report of Monday on the lorry that fell from the bridge at Skerra, we wrote that nine tonnes "
        "of diesel ran into the river. It was one tonne. We regret the error.",
        "outlet": "Ellery Beacon",
        "published": "2024-03-06",
        "url": "https://beacon.example/correction",
    }
    return found | stated


def linked(archive: Path) -> dict[str, list[str]]:
    """Return the titles of the corrections of each corrected article, by its title."""
    with closing(Catalog.open(archive / "catalog.sqlite")) as catalog:
        titles = {each.id: each.title for each in catalog.articles()}
        found = catalog.corrections(list(titles))
        return {titles[id]: [each.title for each in some] for id, some in found.items()}


def put(tmp_path: Path, *rows: dict[str, Any], name: str = "desk") -> Path:
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(list(rows)))
    ingest(tmp_path / "archive", path)
    return tmp_path / "archive"


NAMING = {
    "by what it was about": correction(),
    "by its headline": correction(
        title="Correction: a headline",
        text="Under the headline “Nine tonnes of diesel spill into the Elle” we gave a wrong number.",
    ),
    "by its address": correction(
        title="Clarification: a wrong number", text="One tonne ran out: https://beacon.example/spill"
    ),
    "in its own title alone": correction(
        title="Correction: lorry and diesel in the river Elle at Skerra", text="It was one tonne."
    ),
}


@pytest.mark.parametrize("kind", NAMING)
def test_a_correction_is_linked_to_the_article_that_it_names(tmp_path: Path, kind: str) -> None:
    archive = put(tmp_path, NAMING[kind], FLOOD, SPILL, BUDGET)
    assert linked(archive) == {SPILL["title"]: [NAMING[kind]["title"]]}


def test_it_is_linked_when_the_article_comes_later(tmp_path: Path) -> None:
    assert linked(put(tmp_path, correction(), FLOOD)) == {}
    assert list(linked(put(tmp_path, SPILL, name="late"))) == [SPILL["title"]]


def test_the_corrected_article_is_never_quoted_without_the_correction(tmp_path: Path) -> None:
    folder = ArchiveFolder(put(tmp_path, correction(), SPILL, BUDGET))
    encoder = WordEncoder()
    catalog = Catalog.open(folder.catalog)
    dense = DenseIndex(folder, catalog, encoder.dimension)
    assistant = Assistant(
        folder=folder,
        catalog=catalog,
        retriever=Retriever(catalog, dense, encoder),
        dense=dense,
        quoting=QuoteAnswerer(SentencePicker(encoder, catalog.frequencies)),
        made_with=MADE_WITH,
    )
    with closing(assistant):
        answer = assistant.ask("Who washed the swans in the town hall?").answer
    [citation] = answer.citations
    assert citation.source.title == SPILL["title"]
    assert [each.title for each in citation.source.corrections] == ["Correction: diesel in the Elle"]
    assert Citation.from_json(citation.to_json()) == citation
    text = correction()["text"]
    assert f"“{SPILL['title']}” was corrected (Ellery Beacon, 2024-03-06): “{text}”" in answer.notes


NOT_NAMING = {
    "another outlet": correction(outlet="Harbour Ledger"),
    "printed before": correction(published="2024-03-02"),
    "long after": correction(published="2025-03-06"),
    "another subject": correction(
        title="Correction: fish prices", text="Mackerel costs four crowns, not five."
    ),
    "no correction": correction(title="Corrections officer sees diesel in the Elle"),
}


@pytest.mark.parametrize("kind", NOT_NAMING)
def test_other_articles_are_not_linked(tmp_path: Path, kind: str) -> None:
    assert linked(put(tmp_path, NOT_NAMING[kind], FLOOD, SPILL, BUDGET)) == {}


def test_a_removal_takes_the_link_with_it(tmp_path: Path) -> None:
    archive = put(tmp_path, correction(), SPILL)
    with Indexer.opened(ArchiveFolder(archive), WordEncoder()) as indexer:
        indexer.remove([SPILL["url"]])
        assert linked(archive) == {}
        indexer.restore([SPILL["url"]])
    assert list(linked(put(tmp_path, correction(), SPILL))) == [SPILL["title"]]
