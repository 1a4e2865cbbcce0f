"""Finds and ranks the passages for a question.

Lexical and dense search propose candidates, and the weighted sum of five signals ranks them. `ArchiveRetriever` offers
this as a LangChain BaseRetriever, so any LangChain pipeline can search an archive.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from assistant.answer import ListedPassage
from assistant.archive.catalog import Catalog, Located
from assistant.archive.dense import DenseIndex
from assistant.archive.identity import check_name, check_prefix
from assistant.archive.matrix import Keys
from assistant.article import Copy, Correction, Source
from assistant.errors import QuestionError
from assistant.fitted import load
from assistant.models.encoder import TextEncoder
from assistant.query import Filters, RetrievedPassage
from assistant.question.followups import Wordings
from assistant.question.outlets import OutletNames
from assistant.question.timeframe import TimeFrame
from assistant.text.words import by_stem, rarity

CANDIDATES = 200
"""Candidates of lexical and of dense search, each.

Of RealTimeQA's questions of 2022 and 2023, .967 have a relevant article among them; with 100 each, .956."""

COMMON_RARITY = 2.3
"""Rarity below which a word proposes no candidates: that of a word in a tenth of all passages.

Such words make a search of 100,000 passages slow. They still count in the scores of candidates. On every fourth
question, hit@10 was .879 and the search took 99 ms without this limit, .882 and 79 ms with it."""

ENOUGH_MATCHES = 60_000
"""Passages with the rarest words of a question after which more frequent words propose no candidates.

Scoring these passages takes most of the time of a search. Over 106,006 passages the limit changed the result of one of
423 questions; over 1,000,016 a search takes about 210 ms with it and 380 ms without. With a tenth of it over 106,006
passages, hit@1, @5 and @10 are not lower."""

NEAR_DAYS = 5.0
"""Days outside the time frame at which the signal `near` falls to 1 / e.

With 3 or 8 days, no measure on those questions changed by more than .002."""

NEWS_DAYS = 7
DATED_AHEAD_DAYS = 1
"""A question without a time counts as being about the week before it: NEWS_DAYS before to DATED_AHEAD_DAYS after.

Of the candidates for those questions that are 1 to 5 days older than the question, .09 to .12 are relevant. Of those
dated the day after it and the same day, .03 and .05; of those 7 days older .02; of those 8 to 14 days older less than
.01."""

LATER_DAYS = 3
"""An article that is dated more than this many days after the question is `late`: the question cannot be about it.

Of 58,000 such candidates 39 are relevant, because of wrong dates or by chance. Without this signal, hit@1 falls by .010
and hit@5 by .008."""

RETURNED = 100
"""Most passages that are returned: enough for 20 families even if articles are long."""


@dataclass(frozen=True)
class _AboutArticles:
    """What is known of articles beside their own text, by id."""

    corrected: set[str]
    corrections: Mapping[str, tuple[Correction, ...]]
    recognised: Mapping[str, str]
    copies: Mapping[str, tuple[Copy, ...]]


@dataclass(frozen=True)
class Retrieved:
    """The result of a search."""

    passages: tuple[RetrievedPassage, ...]
    """Best first. Of copies of one story, only the best article's passages."""
    considered: int | None = None
    """Number of passages that pass the filters; None without filters."""
    undated: int = 0
    """Number of articles without a date that a date filter excludes."""
    notes: tuple[str, ...] = ()
    """What the user should know about the search."""
    articles: int | None = None
    """Number of articles that contain the words asked for; None for other searches."""


@dataclass(frozen=True, kw_only=True)
class Signals:
    """The signals of a candidate, each between 0 and about 1."""

    lexical: float = 0.0
    """BM25 score of the passage, as a share of the rarity of all words of the question."""
    dense: float = 0.0
    """Cosine similarity of the passage and the question."""
    covered: float = 0.0
    """Share of the question's words, weighted by rarity, that are anywhere in the article."""
    near: float = 0.0
    """How near the article's date is to the time frame: 1 within it, less with each day outside."""
    late: float = 0.0
    """1 for an article that is dated after the question (see LATER_DAYS), else 0."""


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """The weight of each signal. Lexical or dense search with weight 0 is left out."""

    lexical: float
    dense: float
    covered: float
    near: float
    late: float

    def score(self, signals: Signals) -> float:
        """Return the weighted sum of a passage's signals."""
        return (
            self.lexical * signals.lexical
            + self.dense * signals.dense
            + self.covered * signals.covered
            + self.near * signals.near
            + self.late * signals.late
        )


WEIGHTS = Path(__file__).with_name("weights.json")
"""Conditional logistic regression of "is a relevant article" on the signals, over the candidates for questions.

docs/evaluation.md says how much each signal contributes."""

FUSED = Fusion(**load(WEIGHTS, frozenset(each.name for each in fields(Fusion))).weights)
LEXICAL = replace(FUSED, dense=0.0)
DENSE = replace(FUSED, lexical=0.0, covered=0.0)


class Retriever:
    """Searches an archive with lexical and dense search."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._dense = dense
        self._encoder = encoder
        self._outlets: tuple[int, OutletNames] | None = None

    def outlets(self) -> OutletNames:
        """Return the outlets that the archive has now."""
        last = self._catalog.last_vector()
        if self._outlets is None or self._outlets[0] != last:
            self._outlets = last, OutletNames(self._catalog.outlets())
        return self._outlets[1]

    def retrieve(
        self,
        question: str,
        filters: Filters = Filters(),
        *,
        as_of: date | None = None,
        frame: TimeFrame | None = None,
        fusion: Fusion = FUSED,
        wordings: Wordings | None = None,
    ) -> Retrieved:
        """Return the passages that may answer a question, asked on the day `as_of` about the time `frame`.

        A follow-up has several `wordings`, of which `question` is the fullest. The score of a passage is the weighted
        sum of its scores for each of them.

        Articles near the frame rank higher. Without a frame, articles of the week before the question do. Articles
        dated after the question rank lower. No article is excluded because of its date. A name that the archive spells
        in another way is searched as the archive spells it.

        Raises:
            ArchiveMismatch: the archive was rebuilt with another encoder.
            QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
        """
        # The archive may have been rebuilt with another encoder since it was opened.
        check_name(self._catalog, self._encoder)
        check_prefix(self._catalog, self._encoder)
        among, undated = None, 0
        notes = [self._dense.note] if self._dense.note else []
        if filters:
            among, undated = self._catalog.selected(self._with_archive_outlets(filters))
        respelled = {
            self._catalog.respelled(each): weight for each, weight in (wordings or {question: 1.0}).items()
        }
        question = self._catalog.respelled(question)
        signals = self.signals(question, respelled, as_of=as_of, frame=frame, fusion=fusion, among=among)
        scores = {key: fusion.score(each) for key, each in signals.items()}
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        passages = self._without_copies(ranked, scores, signals)
        return Retrieved(tuple(passages), None if among is None else len(among), undated, tuple(notes))

    def mentions(self, words: str, filters: Filters = Filters(), *, limit: int = RETURNED) -> Retrieved:
        """Return the number of articles with all of these words in a passage, and that passage of the newest ones.

        Without words, all articles count, each with its first passage. At most `limit` are returned.

        Raises:
            QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
        """
        among, undated = None, 0
        if filters:
            among, undated = self._catalog.selected(self._with_archive_outlets(filters))
        if words.strip():
            keys = self._catalog.mentioning(words, among=among)
        else:
            keys = self._catalog.first_passages(None if among is None else among.tolist())
        located = self._catalog.locate(keys[:limit])
        ids = [found.passage.article for found in located.values()]
        about = self._about(ids, dict.fromkeys(ids, ()))
        passages = tuple(_passage(located[key], 0.0, 0.0, about) for key in keys[:limit] if key in located)
        return Retrieved(passages, None if among is None else len(among), undated, articles=len(keys))

    def signals(
        self,
        question: str,
        wordings: Wordings,
        *,
        as_of: date | None = None,
        frame: TimeFrame | None = None,
        fusion: Fusion = FUSED,
        among: Keys | None = None,
    ) -> dict[int, Signals]:
        """Return the candidates of lexical and dense search, by key, with all their signals."""
        proposed: set[int] = set()
        if fusion.dense:
            # The weighted sum of the products with several vectors is the product with their weighted sum.
            vector = np.array([*wordings.values()], np.float32) @ self._encoder.encode_queries(list(wordings))
            length = float(np.linalg.norm(vector))
            vector /= length
            found = self._dense.search(vector, limit=CANDIDATES, among=among)
            proposed.update(key for key, _ in found)
        words, rarities = by_stem(question), {}
        if fusion.lexical:
            counts, total = self._catalog.frequencies(list(words))
            rarities = rarity(counts, list(words), total)
            rare = [stem for stem in words if rarities[stem] >= COMMON_RARITY] or list(words)
            search_terms = " ".join(words[stem] for stem in _rarest(rare, counts, ENOUGH_MATCHES))
            found = self._catalog.lexical(search_terms, limit=CANDIDATES, among=among)
            proposed.update(key for key, _ in found)
        candidates = sorted(proposed)
        keys = np.array(candidates, dtype=np.int64)
        dense, lexical, covered = (dict.fromkeys(candidates, 0.0) for _ in range(3))
        if fusion.dense:
            for key, cosine in self._dense.search(vector, limit=len(keys), among=keys):
                dense[key] = length * cosine
        if fusion.lexical:
            weights = _stem_weights(wordings, rarities)
            # Words of equal weight, which are in the same wordings, are scored in one query.
            for weight in dict.fromkeys(weights.values()):
                equal = " ".join(word for stem, word in words.items() if weights[stem] == weight)
                query = question if len(wordings) == 1 else equal
                for key, bm25 in self._catalog.lexical(query, limit=len(keys), among=keys):
                    lexical[key] += bm25 * weight
            containing = self._catalog.holding(list(words.values()), candidates)
            for stem, word in words.items():
                for key in containing[word]:
                    covered[key] += rarities[stem] * weights[stem]
        near, late = self._timeliness(candidates, frame, as_of)
        return {
            key: Signals(
                lexical=lexical[key],
                dense=dense[key],
                covered=covered[key],
                near=near.get(key, 0.0),
                late=late.get(key, 0.0),
            )
            for key in candidates
        }

    def _timeliness(
        self, keys: Sequence[int], frame: TimeFrame | None, as_of: date | None
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return the signals `near` and `late` of passages by key. Undated passages have neither."""
        in_future = as_of and frame and frame.first and frame.first > as_of
        if as_of and (frame is None or in_future):
            # News about the future is in the articles of today.
            week = as_of - timedelta(NEWS_DAYS), as_of + timedelta(DATED_AHEAD_DAYS)
            frame = TimeFrame(*week, words=(0, 0), hard=False)
        if frame is None:
            return {}, {}
        days = self._catalog.days(keys)
        near = {
            key: math.exp(-frame.distance(date.fromordinal(last)) / NEAR_DAYS)
            for key, (_, last) in days.items()
        }
        if as_of is None:
            return near, {}
        latest = as_of.toordinal() + LATER_DAYS
        return near, {key: float(first > latest) for key, (first, _) in days.items()}

    def _without_copies(
        self, ranked: Sequence[int], scores: Mapping[int, float], signals: Mapping[int, Signals]
    ) -> list[RetrievedPassage]:
        """Return the best passages with their sources, without copies of a story that ranks higher."""
        families = self._catalog.families(ranked)
        chosen: list[int] = []
        best_of_family: dict[str, str] = {}
        for key in ranked:
            if key in families and len(chosen) < RETURNED:
                family, article = families[key]
                if best_of_family.setdefault(family, article) == article:
                    chosen.append(key)
        located = self._catalog.locate(chosen)
        families_of = {found.passage.article: found.family for found in located.values()}
        about = self._about(list(families_of), self._catalog.copies(families_of))
        return [
            _passage(located[key], scores[key], signals[key].dense, about) for key in chosen if key in located
        ]

    def _about(self, ids: Sequence[str], copies: Mapping[str, tuple[Copy, ...]]) -> _AboutArticles:
        """Return what is said about articles beside their own text."""
        catalog = self._catalog
        return _AboutArticles(
            catalog.corrected(ids), catalog.corrections(ids), catalog.recognised(ids), copies
        )

    def _with_archive_outlets(self, filters: Filters) -> Filters:
        """Return the filters with the outlets' names in the archive.

        Raises:
            QuestionError: the archive has no such outlet, or `since` is after `until`.
        """
        if filters.since and filters.until and filters.since > filters.until:
            raise QuestionError(f"since {filters.since} is after until {filters.until}: swap them")
        outlets: list[str] = []
        for name in filters.outlets:
            own_names = self.outlets().named(name)
            if not own_names:
                names = self._catalog.outlets()
                similar = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:5]
                raise QuestionError(
                    f"the archive has no outlet {name!r}; it has {', '.join(similar)}"
                    + (" and others" if len(names) > len(similar) else "")
                )
            outlets += own_names
        return replace(filters, outlets=tuple(dict.fromkeys(outlets)))


def _passage(found: Located, score: float, similarity: float, about: _AboutArticles) -> RetrievedPassage:
    """Return a found passage with its source."""
    article = found.passage.article
    return RetrievedPassage(
        passage=found.passage,
        score=score,
        similarity=similarity,
        source=Source(
            title=found.title,
            outlet=found.outlet,
            published=found.published,
            place=found.place,
            url=found.url,
            corrected=article in about.corrected,
            also=about.copies[article],
            corrections=about.corrections.get(article, ()),
            recognised=about.recognised.get(article),
        ),
    )


def _rarest(stems: Sequence[str], counts: Mapping[str, int], passages: int) -> list[str]:
    """Return the rarest stems, in their given order, whose passages add up to at least `passages`."""
    kept, total = set(), 0
    for stem in sorted(stems, key=lambda stem: counts.get(stem, 0)):
        if total >= passages:
            break
        kept.add(stem)
        total += counts.get(stem, 0)
    return [stem for stem in stems if stem in kept]


def _stem_weights(wordings: Wordings, rarities: Mapping[str, float]) -> dict[str, float]:
    """Return the weight of each stem per unit of its rarity, so that the words of each wording add up to its weight."""
    weights = dict.fromkeys(rarities, 0.0)
    for wording, weight in wordings.items():
        present = [stem for stem in by_stem(wording) if stem in rarities]
        total = sum(rarities[stem] for stem in present)
        for stem in present:
            weights[stem] += weight / total
    return weights


class ArchiveRetriever(BaseRetriever):
    """A LangChain retriever over an archive. Its documents have exact spans in their metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    filters: Filters = Field(default_factory=Filters)
    k: int = 24

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            to_document(found) for found in self.retriever.retrieve(query, self.filters).passages[: self.k]
        ]


def to_document(found: RetrievedPassage) -> Document:
    """Return a passage as a LangChain Document, with its place in the article as metadata."""
    listed = ListedPassage.of(found).to_json()
    metadata = {key: value for key, value in listed.items() if key != "also" and value is not None}
    return Document(page_content=found.passage.text, metadata=metadata)
