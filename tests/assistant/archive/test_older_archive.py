"""An archive that Backfile 0.1.0 made, with its conversations, is opened as it is: no --rebuild, no ingest."""

import re
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.answer import Answer
from assistant.archive.catalog import Catalog
from assistant.archive.chroma import VectorStore
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.conversations import Conversations
from assistant.models.encoder import Encoder
from assistant.query import Filters
from assistant.retrieval.retriever import Retriever
from ingest.store.check import check

FIXTURE = Path(__file__).parents[2] / "fixtures/archive-0.1.0.tar.gz"
DIMENSION = 384

STORM = "bfa08f63fffc3e9a"
CANNERY = "3de95a9099e4d723"


@pytest.fixture
def older(tmp_path: Path) -> ArchiveFolder:
    with tarfile.open(FIXTURE) as archive:
        archive.extractall(tmp_path / "archive", filter="data")
    return ArchiveFolder(tmp_path / "archive")


@pytest.fixture
def catalog(older: ArchiveFolder) -> Iterator[Catalog]:
    older.require()
    with closing(Catalog.open(older.catalog)) as opened:
        opened.require_ledger()
        yield opened


def test_its_articles_are_there_in_all_their_versions(catalog: Catalog) -> None:
    assert [(each.id, each.version, each.title) for each in catalog.articles()] == [
        (STORM, 2, "Storm Hedda death toll is three, coroner finds"),
        (CANNERY, 1, "Cannery fire was started on purpose, police source says"),
    ]
    assert catalog.versions(STORM) == [1, 2]
    former, current = catalog.article(STORM, 1), catalog.article(STORM)
    assert former is not None
    assert current is not None
    assert former.title == "Storm Hedda death toll rises to four"
    assert former.text.startswith("PORT ELLERY — Four people are now known to have died")
    assert current.text.startswith("Correction, 28 November 2023: An earlier version")
    assert (current.outlet, current.url) == (
        "The Harbour Ledger",
        "https://harbourledger.example/2023/11/26/storm-hedda-death-toll",
    )
    assert current.published.iso == "2023-11-26T16:20:00+00:00"
    assert catalog.corrected([STORM, CANNERY]) == {STORM}


def test_its_passages_and_vectors_are_there(catalog: Catalog) -> None:
    passages = [passage for _, _, passage in catalog.passages_after(0, limit=10)]
    assert [(each.article, each.version, each.start, each.end) for each in passages] == [
        (STORM, 2, 0, 727),
        (STORM, 2, 728, 1342),
        (CANNERY, 1, 126, 1154),
    ]
    for passage in passages:
        article = catalog.article(passage.article, passage.version)
        assert article is not None
        assert article.text[passage.start : passage.end] == passage.text
    [(keys, vectors)] = catalog.stored_vectors()
    assert keys.tolist() == [3, 4, 5]
    assert vectors.shape == (3, DIMENSION)
    assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx([1, 1, 1], abs=1e-3)


def test_its_full_text_index_is_searched(catalog: Catalog) -> None:
    [(best, _), *_] = catalog.lexical("Who lit the fire in the cannery?", limit=3)
    assert catalog.locate([best])[best].passage.article == CANNERY
    among, _ = catalog.selected(Filters(outlets=("The Harbour Ledger",)))
    assert catalog.lexical("cannery", limit=3, among=among) == []


def test_its_chroma_holds_every_vector(older: ArchiveFolder, catalog: Catalog) -> None:
    with closing(VectorStore(older.chroma)) as chroma:
        assert chroma.names() == {f"{STORM}/2/0", f"{STORM}/2/728", f"{CANNERY}/1/126"}
    assert check(older).differences == []


def test_its_vectors_are_searched_through_chroma(older: ArchiveFolder, catalog: Catalog) -> None:
    [(keys, vectors)] = catalog.stored_vectors()
    with closing(DenseIndex(older, catalog, DIMENSION)) as dense:
        for key, vector in zip(keys, vectors, strict=True):
            [(nearest, cosine), *_] = dense.search(vector.astype(np.float32), limit=3)
            assert nearest == key
            assert cosine == pytest.approx(1, abs=1e-2)
        assert dense.note is None
        assert dense._chroma is not None


@pytest.mark.models
def test_it_is_searched_by_meaning_with_the_encoder_that_made_it(
    older: ArchiveFolder, catalog: Catalog
) -> None:
    encoder = Encoder.open()
    with closing(DenseIndex(older, catalog, encoder.dimension)) as dense:
        retriever = Retriever(catalog, dense, encoder)
        for question, article in [("Who died in the gale?", STORM), ("Was it arson?", CANNERY)]:
            assert retriever.retrieve(question).passages[0].passage.article == article
        assert dense.note is None


def test_its_conversations_open_with_their_answers(older: ArchiveFolder, catalog: Catalog) -> None:
    with closing(Conversations(older.conversations)) as conversations:
        assert {each.id: each.title for each in conversations.list()} == {
            "oAj__1zT-fixture_id-0": "How many people died in Storm Hedda in November 2023?",
            "plainIdWithout-Dunder": "What did Zelenograd Gazette report about Mars?",
        }
        toll, fire = conversations.answers("oAj__1zT-fixture_id-0")
        [mars] = conversations.answers("plainIdWithout-Dunder")
    assert isinstance(toll, Answer) and isinstance(fire, Answer) and isinstance(mars, Answer)
    assert (toll.question, toll.short_answer) == (
        "How many people died in Storm Hedda in November 2023?",
        "Three",
    )
    assert fire.question == "Who was hurt in the cannery fire?"
    assert mars.abstained
    assert mars.citations == ()
    for answer in (toll, fire):
        [citation] = answer.citations
        article = catalog.article(citation.article, citation.version)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote


def test_it_is_upgraded_when_it_is_opened_for_writing(older: ArchiveFolder) -> None:
    with closing(Catalog.create(older.catalog)) as catalog:
        with catalog.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, version, origin, standing FROM articles ORDER BY pk"
            ).all()
        assert {(id, version): standing for id, version, _, standing in rows} == {
            (STORM, 1): None,
            (STORM, 2): None,
            (CANNERY, 1): None,
        }
        # The digest of the file and the place in it, from the ledger.
        assert all(re.fullmatch(r"[0-9a-f]{64}.*", origin) for *_, origin, _ in rows)
        assert catalog.corrected([STORM, CANNERY]) == {STORM}
        [(best, _), *_] = catalog.lexical("Who lit the fire in the cannery?", limit=3)
        assert catalog.locate([best])[best].passage.article == CANNERY
    assert check(older).differences == []
