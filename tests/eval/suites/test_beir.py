import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import ir_measures
import pytest

from assistant.errors import BackfileError
from assistant.settings import Settings
from eval.suites import beir
from eval.suites.corpus import Corpus, article_id
from tests.fakes import WordEncoder

CORPUS = [
    {"_id": "1", "title": "", "text": "The storm broke the sea wall."},
    {"_id": "2", "title": "Budget", "text": "The council passed the budget."},
    {"_id": "3", "title": "Storm", "text": "Ferries stay in port."},
    {"_id": "4", "title": "The harbour wall is mended.", "text": ""},
]
QUERIES = [
    {"_id": "q1", "text": "storm and sea"},
    {"_id": "2", "text": "council budget"},
    {"_id": "q3", "text": "Who is asked nothing?"},
]
QRELS = ["q1\t3\t2", "q1\t1\t1", "q1\t2\t0", "2\t4\t1", "q3\t1\t0"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set in BEIR's format."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "beir"
    (made / "qrels").mkdir(parents=True)
    (made / "corpus.jsonl").write_text("\n".join(map(json.dumps, CORPUS)))
    (made / "queries.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, QUERIES)).encode()))
    (made / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *QRELS]))
    return made


@pytest.fixture
def corpus(folder: Path) -> Iterator[Corpus]:
    """The set's documents, embedded by their words."""
    with Corpus.opened("beir", beir.texts(folder), Settings(), encoder=WordEncoder()) as opened:
        yield opened


def test_a_set_is_read(folder: Path) -> None:
    assert beir.folder_of(folder.parent) == beir.folder_of(folder) == folder
    assert [(query.id, dict(query.gains)) for query in beir.load(folder)] == [
        ("q1", {"3": 2, "1": 1, "2": 0}),
        ("2", {"4": 1}),
    ]
    assert [(text.id, text.title, text.text) for text in beir.texts(folder)][3] == (
        "4",
        "The harbour wall is mended.",
        "The harbour wall is mended.",
    )


def test_documents_are_found_and_scored_as_in_beir(folder: Path, corpus: Corpus) -> None:
    results = [beir.run(corpus, query) for query in beir.load(folder)]
    assert str(corpus) == "4 articles in 4 passages"
    # The first document has "storm" and "sea", the third only "storm"; a document with the query's id is left out.
    assert results[0].ranked["lexical"] == [article_id("1"), article_id("3")]
    assert article_id("2") not in results[1].ranked["fused"]
    found = beir.summarize(results[:1]).metrics
    # The less relevant document is first: 1 / log2(2) + 2 / log2(3); the best is 2 / log2(2) + 1 / log2(3).
    assert found["lexical nDCG@10"].value == pytest.approx((1 + 2 * 0.63093) / (2 + 0.63093), abs=1e-5)
    assert found["lexical recall@100"].value == found["recall@100"].value == 1
    kept = beir.record("a set", results[0])
    assert (kept.id, kept.kind, kept.question) == ("q1", "a set", "storm and sea")
    assert kept.scores == {name: found[name].value for name in found if not name.startswith("milliseconds")}
    # The answer to the second query has none of its words.
    assert beir.summarize(results[1:]).metrics["lexical recall@100"].value == 0


def test_ndcg_agrees_with_trec_eval() -> None:
    chance = random.Random(7)
    documents = [f"document {number}" for number in range(30)]
    ranked = {f"query {number}": chance.sample(documents, 20) for number in range(40)}
    gains = {query: {id: chance.randint(1, 3) for id in chance.sample(documents, 6)} for query in ranked}
    run = {query: {id: float(-rank) for rank, id in enumerate(found)} for query, found in ranked.items()}
    published = list(ir_measures.iter_calc([ir_measures.nDCG @ 10], gains, run))
    assert len(published) == 40
    for each in published:
        ours = beir.graded_ndcg(ranked[each.query_id], gains[each.query_id], 10)
        assert ours == pytest.approx(each.value, abs=1e-6)
    with pytest.raises(ValueError, match="nothing is relevant"):
        beir.graded_ndcg(["a"], {"a": 0}, 10)


def test_an_archive_is_made_once_per_version_of_the_documents(folder: Path) -> None:
    def embedded() -> int:
        encoder = WordEncoder()
        with Corpus.opened("beir", beir.texts(folder), Settings(), encoder=encoder):
            return len(encoder.encoded)

    made = embedded()
    assert made >= len(CORPUS)
    assert embedded() == 0
    with (folder / "corpus.jsonl").open("a") as file:
        file.write('\n{"_id": "5", "title": "", "text": "A fifth."}\n')
    assert embedded() == made + 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "corpus.jsonl",
            '{"_id": "1", "text": "x"}\n\n{"_id": "2"}',
            "line 3: it lacks 'text'; each line must be",
        ),
        ("corpus.jsonl", '{"_id": 1, "text": "x"}', "line 1: _id must be text; each line must be"),
        ("corpus.jsonl", "{broken", "line 1: Expecting property name"),
        ("queries.jsonl", "[1]", "line 1: it is list, not an object; each line must be"),
        ("qrels/test.tsv", "head\nq1\t1", "line 2: this is not query-id, corpus-id and a whole number"),
        ("qrels/test.tsv", "head\nq1\t1\tone", "line 2: this is not query-id"),
        ("qrels/test.tsv", "head\nq1\t1\t1\nq9\t1\t1", "line 3: "),
        ("qrels/test.tsv", "head\nq1\t1\t0", "marks no document as relevant"),
        ("qrels/test.tsv", None, "cannot read"),
        ("corpus.jsonl", None, "cannot read"),
    ],
)
def test_an_error_names_file_line_and_remedy(
    name: str, content: str | None, message: str, folder: Path
) -> None:
    path = folder / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(BackfileError) as caught:
        beir.load(folder)
        list(beir.texts(folder))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "get the file again" in str(caught.value) or "give --data" in str(caught.value)


def test_a_pool_needs_texts() -> None:
    with (
        pytest.raises(BackfileError, match="there is no text to search in the data of beir"),
        Corpus.opened("beir", [], Settings(), encoder=WordEncoder()),
    ):
        pass
