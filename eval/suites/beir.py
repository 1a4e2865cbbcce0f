"""A data set in BEIR's format (Thakur et al., NeurIPS 2021): search documents for queries, with BEIR's metrics.

`--data` is the folder of the set, or a parent with the set in `beir`: `corpus.jsonl`, `queries.jsonl` and
`qrels/test.tsv`, gzipped or not. A document ranks where its best passage ranks. The retriever returns 100 passages,
so recall@100 covers only the documents of those: fewer than 100 where documents are long.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from eval.metrics import Estimate, recall
from eval.runs import QuestionRecord
from eval.suites.benchmark_files import read_jsonl, read_lines
from eval.suites.corpus import SEARCH_MODES, Corpus, CorpusText, article_id, articles
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    mean_scores,
    require_data_folder,
)

NEEDS_DATA = True
HEADLINES = ("nDCG@10", "recall@100")
CUT = 10
DEPTH = 100

PUBLISHED: Mapping[str, SystemFigures] = {
    "trec-news": {"BM25 (Anserini)": {"nDCG@10": 0.395, "recall@100": 0.447}},
    "robust04": {"BM25 (Anserini)": {"nDCG@10": 0.407, "recall@100": 0.375}},
    "scifact": {
        "BM25 (Anserini)": {"nDCG@10": 0.679, "recall@100": 0.925},
        "all-MiniLM-L6-v2 (MTEB)": {"nDCG@10": 0.645, "recall@100": 0.925},
    },
    "nfcorpus": {
        "BM25 (Anserini)": {"nDCG@10": 0.322, "recall@100": 0.246},
        "all-MiniLM-L6-v2 (MTEB)": {"nDCG@10": 0.316, "recall@100": 0.312},
    },
    "fiqa": {
        "BM25 (Anserini)": {"nDCG@10": 0.236, "recall@100": 0.540},
        "all-MiniLM-L6-v2 (MTEB)": {"nDCG@10": 0.369, "recall@100": 0.706},
    },
    "nq": {
        "BM25 (Anserini)": {"nDCG@10": 0.306, "recall@100": 0.751},
        "all-MiniLM-L6-v2 (MTEB)": {"nDCG@10": 0.439, "recall@100": 0.903},
    },
    "hotpotqa": {
        "BM25 (Anserini)": {"nDCG@10": 0.633, "recall@100": 0.796},
        "all-MiniLM-L6-v2 (MTEB)": {"nDCG@10": 0.465, "recall@100": 0.634},
    },
}
"""By the name of the set's folder: Anserini's "flat" regressions, and MTEB's results from its paper."""

Gains = Mapping[str, int]
"""Relevance of documents to a query, by document id; documents not listed are not relevant."""


@dataclass(frozen=True)
class Query:
    """A query and its relevant documents."""

    id: str
    text: str
    gains: Gains


@dataclass(frozen=True)
class QueryResult:
    """The search results for a query."""

    query: Query
    ranked: Mapping[str, Sequence[str]]
    """Articles, best first, by search mode."""
    milliseconds: float
    """Time of the fused search."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Search the set's documents for its test queries.

    Raises:
        BackfileError: the data are missing or broken, or the archive cannot be made.
    """
    folder = folder_of(require_data_folder(options, "beir"))
    queries = load(folder)
    with Corpus.opened(f"beir-{folder.name}", texts(folder), options.settings) as corpus:
        results = [run(corpus, query) for query in tqdm(queries[:: options.every], disable=None)]
        notes = (f"{folder.name}: {corpus}",)
    found = summarize(results)
    others = PUBLISHED.get(folder.name.lower())
    return SuiteResult(
        found,
        notes=notes,
        records=tuple(record(folder.name, result) for result in results),
        published=(_published(folder.name, found, others),) if others else (),
    )


def folder_of(data: Path) -> Path:
    """Return the folder of the set."""
    return data / "beir" if (data / "beir").is_dir() else data


def load(folder: Path) -> list[Query]:
    """Read the test queries that have a relevant document.

    Raises:
        BackfileError: a file is missing or broken, or a judged query does not exist; names file and line.
    """
    queries = _packed(folder / "queries.jsonl")
    form = '{"_id": …, "text": …}'
    texts = dict(read_jsonl(queries, lambda row: (_text(row, "_id"), _text(row, "text")), form))
    judged = _judged(folder / "qrels" / "test.tsv", texts, queries)
    found = [Query(id, texts[id], gains) for id, gains in judged.items() if any(gains.values())]
    if not found:
        raise BackfileError(
            f"{folder / 'qrels' / 'test.tsv'} marks no document as relevant: get the file again"
        )
    return found


def _judged(path: Path, queries: Mapping[str, str], source: Path) -> dict[str, dict[str, int]]:
    """Read the lines after the header: `query-id`, `corpus-id` and `score`, separated by tabs."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(read_lines(_packed(path)), start=1):
        if number == 1 or not line.strip():
            continue
        fields = line.split("\t")
        wrong = ""
        if len(fields) != 3 or not fields[2].strip().lstrip("-").isdecimal():
            wrong = "this is not query-id, corpus-id and a whole number, separated by tabs"
        elif fields[0] not in queries:
            wrong = f"{source} has no query {fields[0]!r}"
        if wrong:
            raise BackfileError(f"{path}, line {number}: {wrong}: correct it, or get the file again")
        found[fields[0]][fields[1]] = max(int(fields[2]), 0)
    return found


def texts(folder: Path) -> Iterator[CorpusText]:
    """Yield the documents of the set; the title is the text of one without any.

    Raises:
        BackfileError: the file is missing or broken; names the line.
    """

    def parse(row: JsonObject) -> CorpusText:
        title = str(row.get("title") or "")
        return CorpusText(_text(row, "_id"), str(row["text"] or title), title)

    return read_jsonl(_packed(folder / "corpus.jsonl"), parse, '{"_id": …, "title": …, "text": …}')


def _packed(path: Path) -> Path:
    """Return the file, or the gzipped one if only that exists."""
    packed = path.with_name(f"{path.name}.gz")
    return packed if packed.is_file() and not path.is_file() else path


def _text(row: JsonObject, key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} must be text")
    return value


def run(corpus: Corpus, query: Query) -> QueryResult:
    """Search for a query in every mode; a document with the query's own id is left out, as BEIR does."""
    itself = article_id(query.id)
    ranked, milliseconds = {}, 0.0
    for mode, fusion in SEARCH_MODES.items():
        started = time.perf_counter()
        found = corpus.search(query.text, fusion)
        if mode == "fused":
            milliseconds = (time.perf_counter() - started) * 1_000
        ranked[mode] = [id for id in articles(found) if id != itself]
    return QueryResult(query, ranked, milliseconds)


def summarize(results: Sequence[QueryResult]) -> MetricSummary:
    """Return the metrics of some results."""
    found = mean_scores(map(scores, results))
    found["milliseconds p50"] = Estimate.of([each.milliseconds for each in results], percentile=50)
    return MetricSummary(len(results), found)


def scores(result: QueryResult) -> dict[str, float]:
    """Return the scores of each search mode for one query."""
    found = {}
    gains = {article_id(id): gain for id, gain in result.query.gains.items()}
    relevant = {id for id, gain in gains.items() if gain}
    for mode in SEARCH_MODES:
        # The default mode has no prefix.
        name = "" if mode == "fused" else f"{mode} "
        found[f"{name}nDCG@{CUT}"] = graded_ndcg(result.ranked[mode], gains, CUT)
        found[f"{name}recall@{DEPTH}"] = recall(result.ranked[mode], relevant, DEPTH)
    return found


def record(name: str, result: QueryResult) -> QuestionRecord:
    """Return the record of a result."""
    return QuestionRecord(
        id=result.query.id,
        kind=name,
        question=result.query.text,
        scores=scores(result),
        milliseconds=result.milliseconds,
    )


def graded_ndcg(ranked: Sequence[str], gains: Gains, k: int) -> float:
    """Return the nDCG of the first k results with graded gains, as trec_eval does.

    Järvelin and Kekäläinen, TOIS 2002; gains are linear, not powers of two.

    >>> round(graded_ndcg(["x", "b", "a"], {"a": 2, "b": 1}, 2), 3)
    0.24

    Raises:
        ValueError: nothing has a gain.
    """
    best = sorted(gains.values(), reverse=True)[:k]
    if not any(best):
        raise ValueError("nothing is relevant: nDCG has no value")
    return _discounted([gains.get(result, 0) for result in ranked[:k]]) / _discounted(best)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _published(name: str, found: MetricSummary, others: SystemFigures) -> PublishedComparison:
    metrics = (f"nDCG@{CUT}", f"recall@{DEPTH}")
    ours = {
        f"Backfile, {mode}": {
            metric: found.metrics[metric if mode == "fused" else f"{mode} {metric}"].value
            for metric in metrics
        }
        for mode in SEARCH_MODES
    }
    return PublishedComparison(
        title=name, ours=ours, others=others, source="Anserini's regressions and MTEB's paper"
    )
