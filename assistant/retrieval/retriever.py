"""From a question to ranked passages: search by words and by meaning proposes candidates, and five signals rank them.

The retriever is a LangChain BaseRetriever, so any LangChain pipeline can use an archive through it.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from assistant.answer import ListedPassage
from assistant.archive.catalog import Catalog, Located
from assistant.archive.dense import DenseIndex, Keys
from assistant.archive.identity import check_name, check_prefix
from assistant.article import Copy, Source
from assistant.errors import QuestionError
from assistant.fitted import load
from assistant.models.encoder import TextEncoder
from assistant.query import Filters, RetrievedPassage
from assistant.question.followups import Readings
from assistant.question.outlets import OutletNames
from assistant.question.timeframe import TimeFrame
from assistant.text.words import by_stem, rarity

CANDIDATES = 200
"""Passages that each way of searching proposes. Of RealTimeQA's questions of 2022 and 2023, .967 have a relevant
article among them, .956 among 100 of each."""

COMMON = 2.3
"""Rarity below which a word of the question proposes no passages, that of a word in a tenth of all: it makes a search
of 100,000 passages slow, and still counts in what is proposed. On every fourth question, hit@10 was .879 and the search
took 99 ms without this, .882 and 79 ms with it."""

PROPOSING = 60_000
"""Passages that the rarest words of a question propose from, with which more frequent words no longer do: scoring them
takes most of the time of a search. Of 423 questions over 106,006 passages it changed one; over 1,000,016 a search takes
about 210 ms with it and 380 without. With a tenth of it over 106,006 hit@1, @5 and @10 are not lower."""

NEAR_DAYS = 5.0
"""Days outside the time asked about in which the nearness of an article falls to 1 / e. With 3 or 8 days no measure on
those questions changed by more than .002."""

NEWS_DAYS = 7
DATED_AHEAD_DAYS = 1
"""What is asked on a day is about the week up to it. Of the relevant articles of those questions, per candidate of that
age, .09 to .12 are 1 to 5 days older than the question, .03 and .05 dated a day after it and the same day, .02 seven
days older, less than .01 of those 8 to 14 days."""

LATER_DAYS = 3
"""An article that was published more than so many days after the question was asked is late: it cannot be meant. Of
58,000 such candidates 39 are relevant, by wrong dates or chance. Without this hit@1 falls by .010, hit@5 by .008."""

RETURNED = 100
"""Passages returned at most: enough for 20 families even where articles are long."""


@dataclass(frozen=True)
class Retrieved:
    """What was found for a question."""

    passages: tuple[RetrievedPassage, ...]
    """Best first; of a family of copies only one article's passages."""
    considered: int | None = None
    """Passages that the filters left; None without filters."""
    undated: int = 0
    """Articles without a date that a date filter hid."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What speaks for a passage; each lies between 0 and about 1."""

    lexical: float = 0.0
    """BM25 of the passage, as a share of the rarity of all words asked."""
    dense: float = 0.0
    """Cosine of the passage and the question."""
    covered: float = 0.0
    """Share of the question's words, weighted by rarity, that the article holds, in whichever passages."""
    near: float = 0.0
    """How near the article's date is to the time asked about: 1 within it, less with each day outside."""
    late: float = 0.0
    """1 for an article of a later day than the question, else 0."""


@dataclass(frozen=True, kw_only=True)
class Fusion:
    """The weight of each signal; a signal of weight 0 is not computed."""

    lexical: float
    dense: float
    covered: float
    near: float
    late: float

    def score(self, signals: Signals) -> float:
        """Return the fused evidence of a passage."""
        return (
            self.lexical * signals.lexical
            + self.dense * signals.dense
            + self.covered * signals.covered
            + self.near * signals.near
            + self.late * signals.late
        )


WEIGHTS = Path(__file__).with_name("weights.json")
"""Conditional logistic regression of "is a relevant article" on the signals, over the candidates for questions.
docs/evaluation.md says what each signal earns."""

FUSED = Fusion(**load(WEIGHTS, frozenset(each.name for each in fields(Fusion))).weights)
LEXICAL = replace(FUSED, dense=0.0)
DENSE = replace(FUSED, lexical=0.0, covered=0.0)


class Retriever:
    """Searches an archive."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._dense = dense
        self._encoder = encoder
        self._named: tuple[int, OutletNames] | None = None

    def outlets(self) -> OutletNames:
        """Return the outlets of the archive as it is now, and how people name them."""
        last = self._catalog.last_vector()
        if self._named is None or self._named[0] != last:
            self._named = last, OutletNames(self._catalog.outlets())
        return self._named[1]

    def retrieve(
        self,
        question: str,
        filters: Filters = Filters(),
        *,
        as_of: date | None = None,
        frame: TimeFrame | None = None,
        fusion: Fusion = FUSED,
        readings: Readings | None = None,
    ) -> Retrieved:
        """Find the passages that may answer a question, asked on the day `as_of` about the time `frame`.

        A follow-up has several `readings`, of which `question` is the fullest: a passage's evidence is that for each of
        them, weighed.

        Articles near the frame rank higher, or without one those of the week up to the day of the question; those of
        later days rank lower. None is hidden by it.

        Raises:
            ArchiveMismatch: the archive was made anew with another encoder.
            QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
        """
        # The archive may have been made anew with another encoder since it was opened.
        check_name(self._catalog, self._encoder)
        check_prefix(self._catalog, self._encoder)
        among, undated = None, 0
        notes = [self._dense.note] if self._dense.note else []
        if filters:
            among, undated = self._catalog.selected(self._known(filters))
        signals = self.signals(
            question, readings or {question: 1.0}, as_of=as_of, frame=frame, fusion=fusion, among=among
        )
        scores = {key: fusion.score(each) for key, each in signals.items()}
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        passages = self._described(ranked, scores, signals)
        return Retrieved(tuple(passages), None if among is None else len(among), undated, tuple(notes))

    def signals(
        self,
        question: str,
        readings: Readings,
        *,
        as_of: date | None = None,
        frame: TimeFrame | None = None,
        fusion: Fusion = FUSED,
        among: Keys | None = None,
    ) -> dict[int, Signals]:
        """Return the candidates that each way of searching proposes, by key, with all signals of each."""
        proposed: set[int] = set()
        if fusion.dense:
            # The sum of the cosines with several vectors is the product with the sum of the vectors.
            vector = np.array([*readings.values()], np.float32) @ self._encoder.encode_queries(list(readings))
            length = float(np.linalg.norm(vector))
            vector /= length
            found = self._dense.search(vector, limit=CANDIDATES, among=among)
            proposed.update(key for key, _ in found)
        words, rarities = by_stem(question), {}
        if fusion.lexical:
            counts, total = self._catalog.frequencies(list(words))
            rarities = rarity(counts, list(words), total)
            telling = [stem for stem in words if rarities[stem] >= COMMON] or list(words)
            proposing = " ".join(words[stem] for stem in _rarest(telling, counts, PROPOSING))
            found = self._catalog.lexical(proposing, limit=CANDIDATES, among=among)
            proposed.update(key for key, _ in found)
        candidates = sorted(proposed)
        keys = np.array(candidates, dtype=np.int64)
        dense, lexical, covered = (dict.fromkeys(candidates, 0.0) for _ in range(3))
        if fusion.dense:
            for key, cosine in self._dense.search(vector, limit=len(keys), among=keys):
                dense[key] = length * cosine
        if fusion.lexical:
            weights = _shares(readings, rarities)
            # Words that the same readings have are looked up together, so that each is looked up once.
            for weight in dict.fromkeys(weights.values()):
                alike = " ".join(word for stem, word in words.items() if weights[stem] == weight)
                sought = question if len(readings) == 1 else alike
                for key, bm25 in self._catalog.lexical(sought, limit=len(keys), among=keys):
                    lexical[key] += bm25 * weight
            holding = self._catalog.holding(list(words.values()), candidates)
            for stem, word in words.items():
                for key in holding[word]:
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
        """Return the signals `near` and `late` of passages by key; an undated one has neither."""
        ahead = as_of and frame and frame.first and frame.first > as_of
        if as_of and (frame is None or ahead):
            # News about a time to come is news of today.
            week = as_of - timedelta(NEWS_DAYS), as_of + timedelta(DATED_AHEAD_DAYS)
            frame = TimeFrame(*week, words=(0, 0), hard=False)
        if frame is None:
            return {}, {}
        days = self._catalog.days(keys)
        near = {
            key: math.exp(-frame.distance(date.fromordinal(last)) / NEAR_DAYS) for key, (_, last) in days.items()
        }
        if as_of is None:
            return near, {}
        latest = as_of.toordinal() + LATER_DAYS
        return near, {key: float(first > latest) for key, (first, _) in days.items()}

    def _described(
        self, ranked: Sequence[int], scores: Mapping[int, float], signals: Mapping[int, Signals]
    ) -> list[RetrievedPassage]:
        """Return the best passages with their sources, without copies of an article ranked higher."""
        families = self._catalog.families(ranked)
        chosen: list[int] = []
        leads: dict[str, str] = {}
        for key in ranked:
            if key in families and len(chosen) < RETURNED:
                family, article = families[key]
                if leads.setdefault(family, article) == article:
                    chosen.append(key)
        located = self._catalog.locate(chosen)
        stories = {found.passage.article: found.family for found in located.values()}
        corrected = self._catalog.corrected(list(stories))
        copies = self._catalog.copies(stories)
        return [
            _passage(located[key], scores[key], signals[key].dense, corrected, copies)
            for key in chosen
            if key in located
        ]

    def _known(self, filters: Filters) -> Filters:
        """Return the filters with outlets named as the archive names them."""
        if filters.since and filters.until and filters.since > filters.until:
            raise QuestionError(f"no day is both since {filters.since} and until {filters.until}: swap them")
        wanted: list[str] = []
        for asked in filters.outlets:
            same = self.outlets().named(asked)
            if not same:
                names = self._catalog.outlets()
                near = difflib.get_close_matches(asked, names, n=3, cutoff=0.5) or names[:5]
                raise QuestionError(
                    f"the archive has no outlet {asked!r}; it has {', '.join(near)}"
                    + (" and others" if len(names) > len(near) else "")
                )
            wanted += same
        return Filters(since=filters.since, until=filters.until, outlets=tuple(dict.fromkeys(wanted)))


def _passage(
    found: Located,
    score: float,
    similarity: float,
    corrected: set[str],
    copies: Mapping[str, tuple[Copy, ...]],
) -> RetrievedPassage:
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
            corrected=article in corrected,
            also=copies[article],
        ),
    )


def _rarest(stems: Sequence[str], counts: Mapping[str, int], passages: int) -> list[str]:
    """Return the rarest of stems that at least so many passages hold, each counted for itself, in their order."""
    kept, held = set(), 0
    for stem in sorted(stems, key=lambda stem: counts.get(stem, 0)):
        if held >= passages:
            break
        kept.add(stem)
        held += counts.get(stem, 0)
    return [stem for stem in stems if stem in kept]


def _shares(readings: Readings, rarities: Mapping[str, float]) -> dict[str, float]:
    """Return what a unit of each stem's rarity weighs: in every reading that has it, a share of all its stems."""
    shares = dict.fromkeys(rarities, 0.0)
    for text, weight in readings.items():
        held = [stem for stem in by_stem(text) if stem in rarities]
        whole = sum(rarities[stem] for stem in held)
        for stem in held:
            shares[stem] += weight / whole
    return shares


class ArchiveRetriever(BaseRetriever):
    """A retriever as LangChain pipelines take it: documents with exact spans in their metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Any
    filters: Filters = Field(default_factory=Filters)
    k: int = 24

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            to_document(found) for found in self.retriever.retrieve(query, self.filters).passages[: self.k]
        ]


def to_document(found: RetrievedPassage) -> Document:
    """Return a passage as LangChain knows it; its place in the article stands in the metadata."""
    listed = ListedPassage.of(found).to_json()
    metadata = {key: value for key, value in listed.items() if key != "also" and value is not None}
    return Document(page_content=found.passage.text, metadata=metadata)
