"""MultiHop-RAG's questions searched over all their evidence, with and without the outlets that they ask about.

This protocol is our own, because the available copy of the set has no articles. Each article consists of the facts
that prove answers, with title, outlet and date. So a search is easier than over whole articles. Only questions whose
evidence all has an outlet are asked; evidence without one is searched too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from assistant.errors import BackfileError
from assistant.query import Filters, RetrievedPassage
from assistant.question.attribution import attribution
from assistant.question.outlets import OutletNames
from eval.metrics import Estimate, recall
from eval.suites.corpus import Corpus, CorpusText, article_id, articles
from eval.suites.multihop_rag import Query, known_outlets, load, outlets_asked
from eval.suites.protocol import MetricSummary, SuiteOptions, SuiteResult, require_data_folder

NEEDS_DATA = True
HEADLINES = ("evidence recall@10", "all evidence@10", "facts@4", "hits@4")

IN_ALL_OUTLETS = "in all outlets"
IN_NAMED_OUTLETS = "in those asked about"
"""The outlets searched; the assistant does the second."""


@dataclass(frozen=True)
class EvidenceRecall:
    """How much of a question's evidence a search found."""

    articles: float
    """Share of the articles among the first ten."""
    facts: float
    """Share of the facts among the first four passages."""

    @classmethod
    def of(
        cls, passages: Sequence[RetrievedPassage], evidence: Sequence[RetrievedPassage]
    ) -> "EvidenceRecall":
        """Compare the passages found with the evidence."""
        proving = {article_id(each.passage.article) for each in evidence}
        first = [_squeezed(each.passage.text) for each in passages[:4]]
        held = [any(_squeezed(each.passage.text) in text for text in first) for each in evidence]
        return cls(recall(articles(passages), proving, 10), sum(held) / len(held))


def measure(options: SuiteOptions) -> SuiteResult:
    """Search for each question.

    Raises:
        BackfileError: the data are missing or broken, or the archive cannot be made.
    """
    queries = load(require_data_folder(options, "multihop_rag_retrieval"))
    with Corpus.opened("multihop-rag", texts(queries), options.settings) as corpus:
        return measure_corpus(corpus, queries, every=options.every)


def measure_corpus(corpus: Corpus, queries: Sequence[Query], *, every: int = 1) -> SuiteResult:
    """Search for the queries whose evidence all has an outlet."""
    outlets = known_outlets(queries)
    asked = [query for query in queries if outlets_asked(query, outlets)][::every]
    if not asked:
        raise BackfileError(
            "no query of multihop_rag/queries.jsonl has evidence with outlets: get the data set again"
        )
    found: dict[str, list[EvidenceRecall]] = {IN_ALL_OUTLETS: [], IN_NAMED_OUTLETS: []}
    for query in tqdm(asked, disable=None):
        for place, filters in ((IN_ALL_OUTLETS, Filters()), (IN_NAMED_OUTLETS, _asked(query, outlets))):
            found[place].append(EvidenceRecall.of(corpus.search(query.text, filters=filters), query.evidence))
    parts = {place: _summarize(some) for place, some in found.items()}
    return SuiteResult(parts[IN_NAMED_OUTLETS], parts, notes=(f"corpus: {corpus}",))


def texts(queries: Sequence[Query]) -> Iterator[CorpusText]:
    """Yield each article, made of everything that queries quote of it."""
    facts: dict[str, dict[str, RetrievedPassage]] = {}
    for query in queries:
        for each in query.evidence:
            facts.setdefault(each.passage.article, {})[each.passage.text] = each
    for article, quoted in facts.items():
        one = next(iter(quoted.values()))
        yield CorpusText(
            article, "\n\n".join(quoted), one.source.title, one.source.published, one.source.outlet
        )


def _asked(query: Query, outlets: OutletNames) -> Filters:
    found = attribution(query.text, outlets)
    return Filters(outlets=found.names) if found else Filters()


def _summarize(found: Sequence[EvidenceRecall]) -> MetricSummary:
    return MetricSummary(
        len(found),
        {
            "evidence recall@10": Estimate.of([each.articles for each in found]),
            "all evidence@10": Estimate.of([float(each.articles == 1) for each in found]),
            "facts@4": Estimate.of([each.facts for each in found]),
            "hits@4": Estimate.of([float(each.facts > 0) for each in found]),
        },
    )


def _squeezed(text: str) -> str:
    """Return a text without spaces, as the set's own script compares facts."""
    return "".join(text.split())
