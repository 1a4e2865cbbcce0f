"""MultiHop-RAG's questions searched in all outlets and in those that they ask about."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.suites import multihop_rag
from eval.suites import multihop_rag_retrieval as retrieval
from eval.suites.corpus import Corpus
from eval.suites.multihop_rag import Query
from tests.fakes import WordEncoder


def _fact(outlet: str | None, fact: str, title: str = "The sea wall") -> dict[str, Any]:
    return {"title": title, "fact": fact, "source": outlet, "url": f"https://{outlet}.example/{title}"}


BEACON = _fact("Beacon", "The wall broke in three places.")
LEDGER = _fact("Ledger", "A storm broke the wall.")
SAME = _fact("Ledger", "It is mended.")
NAMELESS = _fact(None, "Masons mend the wall.", "Masons")
ROWS = [
    {"query": "Where did the wall break, according to the Beacon?", "evidence_list": [BEACON]},
    {"query": "Did a storm break the wall?", "evidence_list": [LEDGER, SAME]},
    {"query": "What broke, according to the Beacon?", "evidence_list": [BEACON, LEDGER]},
    {"query": "Who mends the wall?", "evidence_list": [NAMELESS, LEDGER]},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("multihop")


@pytest.fixture(scope="module")
def queries(folder: Path) -> list[Query]:
    (folder / "multihop_rag").mkdir()
    rows = ({"answer": "Yes", "question_type": "inference_query", **row} for row in ROWS)
    (folder / "multihop_rag" / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return multihop_rag.load(folder)


@pytest.fixture(scope="module")
def corpus(queries: list[Query], folder: Path) -> Iterator[Corpus]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with Corpus.opened("multihop", retrieval.texts(queries), Settings(), encoder=WordEncoder()) as opened:
            yield opened


def test_an_article_consists_of_all_its_quoted_facts(queries: list[Query]) -> None:
    assert [(text.outlet, text.text) for text in retrieval.texts(queries)] == [
        ("Beacon", "The wall broke in three places."),
        ("Ledger", "A storm broke the wall.\n\nIt is mended."),
        (None, "Masons mend the wall."),
    ]


def test_a_question_is_searched_in_all_outlets_and_in_those_it_asks_about(
    corpus: Corpus, queries: list[Query]
) -> None:
    found = retrieval.measure_corpus(corpus, queries)
    # A question with evidence that has no outlet is not asked.
    assert {name: part.n for name, part in found.parts.items()} == {
        "in all outlets": 3,
        "in those asked about": 3,
    }
    assert {each.value for each in found.parts["in all outlets"].metrics.values()} == {1}
    # Half of the third question's evidence is from an outlet that it does not name.
    assert found.overall == found.parts["in those asked about"]
    assert {name: round(each.value, 3) for name, each in found.overall.metrics.items()} == {
        "evidence recall@10": 0.833,
        "all evidence@10": 0.667,
        "facts@4": 0.833,
        "hits@4": 1,
    }
    assert found.notes == ("corpus: 3 articles in 3 passages",)
    with pytest.raises(BackfileError, match=r"no query of .* has evidence with outlets"):
        retrieval.measure_corpus(corpus, queries[3:])


def test_evidence_counts_by_articles_and_by_facts(corpus: Corpus, queries: list[Query]) -> None:
    [beacon], ledger = queries[0].evidence, queries[1].evidence
    found = corpus.search("Where did the wall break in three places?")
    assert retrieval.EvidenceRecall.of(found, [beacon, *ledger]) == retrieval.EvidenceRecall(
        articles=1, facts=1
    )
    only = [each for each in found if each.source.outlet == "Beacon"]
    assert retrieval.EvidenceRecall.of(only, [beacon, *ledger]) == retrieval.EvidenceRecall(
        articles=0.5, facts=1 / 3
    )
    assert retrieval.EvidenceRecall.of([], [beacon]) == retrieval.EvidenceRecall(articles=0, facts=0)
