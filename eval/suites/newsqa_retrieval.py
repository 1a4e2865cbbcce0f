"""Find the passage that answers a NewsQA question among many CNN stories, beside a comparable system over Chroma.

Below `--data` it reads `newsqa/stories.json` and `newsqa/retrieval-questions.jsonl`: each question as asked, some
also resolved to stand alone. CNN articles of `realtimeqa/articles.jsonl.gz` are added as distractors. The published
system searched 11,064 CNN stories in 19,263 pieces of up to 512 tokens. Most of those are not available, so ours
searches fewer stories of other years in shorter passages. A passage is right if it overlaps the span of the answer.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from assistant.archive.catalog import passage_name
from assistant.article import Passage
from assistant.errors import BackfileError
from assistant.json_object import JsonObject
from eval.metrics import Estimate, hit, ndcg, reciprocal_rank
from eval.runs import QuestionRecord
from eval.suites import squad
from eval.suites.benchmark_files import read_jsonl
from eval.suites.corpus import SEARCH_MODES, Corpus, CorpusText
from eval.suites.protocol import (
    MetricSummary,
    PublishedComparison,
    SuiteOptions,
    SuiteResult,
    SystemFigures,
    mean_scores,
    require_data_folder,
)
from eval.suites.squad import GoldAnswer, SquadQuestion
from ingest.articles.canonical import clean

NEEDS_DATA = True
HEADLINES = ("hit@1", "hit@5", "MRR@5", "nDCG@5", "lexical hit@5", "dense hit@5")
CUT = 5

ORIGINAL, RESOLVED, ALSO_RESOLVED = "original", "resolved", "original of the resolved"

PUBLISHED: Mapping[str, SystemFigures] = {
    ORIGINAL: {
        "dense (all-MiniLM-L6-v2)": {"hit@1": 0.141, "hit@5": 0.281, "MRR@5": 0.193, "nDCG@5": 0.213},
        "BM25": {"hit@1": 0.195, "hit@5": 0.324, "MRR@5": 0.244, "nDCG@5": 0.263},
        "hybrid": {"hit@1": 0.175, "hit@5": 0.320, "MRR@5": 0.231, "nDCG@5": 0.252},
        "dense, reranked": {"hit@1": 0.220, "hit@5": 0.326, "MRR@5": 0.264, "nDCG@5": 0.278},
        "hybrid, reranked": {"hit@1": 0.232, "hit@5": 0.357, "MRR@5": 0.282, "nDCG@5": 0.299},
        "BM25, reranked": {"hit@1": 0.258, "hit@5": 0.368, "MRR@5": 0.304, "nDCG@5": 0.319},
    },
    RESOLVED: {
        "dense (all-MiniLM-L6-v2)": {"hit@1": 0.418, "hit@5": 0.676, "MRR@5": 0.521, "nDCG@5": 0.557},
        "BM25": {"hit@1": 0.571, "hit@5": 0.792, "MRR@5": 0.656, "nDCG@5": 0.689},
        "hybrid": {"hit@1": 0.502, "hit@5": 0.732, "MRR@5": 0.596, "nDCG@5": 0.628},
        "dense, reranked": {"hit@1": 0.587, "hit@5": 0.725, "MRR@5": 0.647, "nDCG@5": 0.664},
        "hybrid, reranked": {"hit@1": 0.612, "hit@5": 0.767, "MRR@5": 0.677, "nDCG@5": 0.697},
        "BM25, reranked": {"hit@1": 0.673, "hit@5": 0.826, "MRR@5": 0.737, "nDCG@5": 0.758},
    },
}
"""From the reports in the repository ThomasdeCarpio/Text-Mining---NewsQA-RAG, over 1,336 questions."""

METRICS = ("hit@1", "hit@5", "MRR@5", "nDCG@5")


@dataclass(frozen=True)
class ResolvedQuestion:
    """A question with its story, and its resolved wording if it has one."""

    gold: SquadQuestion
    resolved: str | None


@dataclass(frozen=True)
class SearchResult:
    """The search results for one wording of a question."""

    id: str
    """Id of the question."""
    wording: str
    ranked: Mapping[str, Sequence[str]]
    """Names of passages, best first, by search mode."""
    relevant: frozenset[str]
    milliseconds: float
    """Time of the fused search."""


def measure(options: SuiteOptions) -> SuiteResult:
    """Search the stories for each question as asked and as resolved.

    Raises:
        BackfileError: the data are missing or broken, or the archive cannot be made.
    """
    data = require_data_folder(options, "newsqa_retrieval")
    asked = load(data)
    with Corpus.opened("newsqa-retrieval", texts(data), options.settings) as corpus:
        return measure_corpus(corpus, asked[:: options.every])


def measure_corpus(corpus: Corpus, asked: Sequence[ResolvedQuestion]) -> SuiteResult:
    """Search for the questions."""
    right = [(each, found) for each in asked if (found := relevant(corpus, each.gold))]
    searches: dict[str, list[SearchResult]] = {ORIGINAL: [], RESOLVED: [], ALSO_RESOLVED: []}
    for each, places in tqdm(right, disable=None):
        searches[ORIGINAL].append(original := search(corpus, each.gold.id, each.gold.text, places))
        if each.resolved:
            searches[RESOLVED].append(search(corpus, each.gold.id, each.resolved, places))
            searches[ALSO_RESOLVED].append(original)
    parts = {name: _summarize(some) for name, some in searches.items() if some}
    if not parts:
        raise BackfileError("no answer occurs in a story of newsqa/stories.json: get the data set again")
    notes = [f"corpus: {corpus}"]
    if len(right) < len(asked):
        notes.append(
            f"{len(asked) - len(right)} questions were left out: no passage overlaps their answer's span"
        )
    published = [_published(name, parts[name]) for name in PUBLISHED if name in parts]
    records = [record(name, each) for name in (ORIGINAL, RESOLVED) for each in searches[name]]
    return SuiteResult(
        parts[ORIGINAL], parts, notes=tuple(notes), published=tuple(published), records=tuple(records)
    )


def load(data: Path) -> list[ResolvedQuestion]:
    """Read the questions below `data`, and find the story of each.

    Raises:
        BackfileError: a file is missing or broken, or a question has no story with its answer; names the place.
    """
    stories = data / "newsqa" / "stories.json"
    by_id = {question.id: question for question in squad.load(stories) if question.answers}

    def parse(row: JsonObject) -> ResolvedQuestion:
        resolved = row["resolved_question"]
        if not isinstance(resolved, str | None):
            raise TypeError("resolved_question must be text or null")
        if row["id"] not in by_id:
            raise ValueError(f"{stories} has no answered question {row['id']!r}")
        return ResolvedQuestion(by_id[row["id"]], resolved)

    form = '{"id": …, "resolved_question": text or null}, with the id of a question in stories.json'
    found = list(read_jsonl(data / "newsqa" / "retrieval-questions.jsonl", parse, form))
    if not found:
        raise BackfileError(
            f"{data / 'newsqa' / 'retrieval-questions.jsonl'} holds no question: get the file again"
        )
    return found


def texts(data: Path) -> Iterator[CorpusText]:
    """Yield the stories of NewsQA, then the CNN articles of RealTimeQA.

    Raises:
        BackfileError: a file is missing or broken.
    """
    stories = {question.context for question in squad.load(data / "newsqa" / "stories.json")}
    for story in sorted(stories):
        yield CorpusText(_story(story), story)
    form = '{"url": …, "title": …, "text": …, "publish_date": …}'
    for article in read_jsonl(data / "realtimeqa" / "articles.jsonl.gz", _cnn, form):
        if article is not None:
            yield article


def _cnn(row: JsonObject) -> CorpusText | None:
    host = urlsplit(row["url"]).hostname or ""
    if not f".{host}".endswith(".cnn.com"):
        return None
    return CorpusText(row["url"], row["text"] or "", row["title"] or "", row["publish_date"])


def _story(text: str) -> str:
    """Return an id for a story, since stories have none."""
    return f"story {hashlib.sha256(text.encode()).hexdigest()}"


def relevant(corpus: Corpus, question: SquadQuestion) -> frozenset[str]:
    """Return the names of the passages that overlap an accepted answer in the question's own story."""
    article = corpus.article(_story(question.context))
    if article is None:
        return frozenset()
    spans = [
        place for gold in question.answers if (place := canonical_span(question.context, gold, article.text))
    ]
    return frozenset(
        _name(passage)
        for passage in corpus.passages(article)
        if any(passage.start < end and start < passage.end for start, end in spans)
    )


def canonical_span(raw: str, gold: GoldAnswer, text: str) -> tuple[int, int] | None:
    """Return an answer's span in the canonical text, which differs from the raw story in white space.

    >>> canonical_span("(CNN) --  Two\\n\\n\\ndied.", GoldAnswer(10, "Two"), "(CNN) -- Two\\n\\ndied.")
    (9, 12)
    """
    start, wanted = len(_letters(raw[: gold.start])), _letters(gold.text)
    places = [place for place, letter in enumerate(text) if not letter.isspace()]
    within = places[start : start + len(wanted)]
    if not wanted or "".join(text[place] for place in within) != wanted:
        return None
    return within[0], within[-1] + 1


def _letters(text: str) -> str:
    return "".join(clean(text).split())


def search(corpus: Corpus, id: str, question: str, places: frozenset[str]) -> SearchResult:
    """Search for a question in every mode."""
    ranked, milliseconds = {}, 0.0
    for mode, fusion in SEARCH_MODES.items():
        started = time.perf_counter()
        found = corpus.search(question, fusion)
        if mode == "fused":
            milliseconds = (time.perf_counter() - started) * 1_000
        ranked[mode] = [_name(each.passage) for each in found]
    return SearchResult(id, question, ranked, places, milliseconds)


def _name(passage: Passage) -> str:
    return passage_name(passage.article, passage.version, passage.start)


def scores(search: SearchResult) -> dict[str, float]:
    """Return the scores of each search mode for one wording."""
    found = {}
    for mode in SEARCH_MODES:
        # The default mode has no prefix.
        name = "" if mode == "fused" else f"{mode} "
        pair = search.ranked[mode], search.relevant
        found[f"{name}hit@1"] = hit(*pair, 1)
        found[f"{name}hit@5"] = hit(*pair, CUT)
        found[f"{name}MRR@5"] = reciprocal_rank(*pair, CUT)
        found[f"{name}nDCG@5"] = ndcg(*pair, CUT)
    return found


def record(name: str, search: SearchResult) -> QuestionRecord:
    """Return the record of a search."""
    return QuestionRecord(
        id=f"{name} {search.id}",
        kind=name,
        question=search.wording,
        scores=scores(search),
        milliseconds=search.milliseconds,
    )


def _summarize(searches: Sequence[SearchResult]) -> MetricSummary:
    found = mean_scores(map(scores, searches))
    times = [each.milliseconds for each in searches]
    found["milliseconds p50"] = Estimate.of(times, percentile=50)
    return MetricSummary(len(searches), found)


def _published(name: str, found: MetricSummary) -> PublishedComparison:
    ours = {
        f"Backfile, {mode}": {
            metric: found.metrics[metric if mode == "fused" else f"{mode} {metric}"].value
            for metric in METRICS
        }
        for mode in SEARCH_MODES
    }
    return PublishedComparison(
        title=f"{name} questions",
        ours=ours,
        others=PUBLISHED[name],
        source="ThomasdeCarpio/CorpusText-Mining---NewsQA-RAG",
        differs="fewer and different distracting stories, split into shorter passages",
    )
