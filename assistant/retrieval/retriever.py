"""From a question to ranked passages: what words and meaning propose is measured by both, by article and by time.

The retriever is a LangChain BaseRetriever, so any LangChain pipeline can use an archive through it.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from assistant.answer import Copy, Filters, RetrievedPassage
from assistant.archive.catalog import Catalog, Located
from assistant.archive.dense import DenseIndex
from assistant.archive.identity import check_name, check_prefix
from assistant.archive.matrix import Keys
from assistant.errors import QuestionError
from assistant.models.encoder import TextEncoder
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

NEAR = 2.4
NEAR_DAYS = 5.0
"""What an article of the very time asked about gains, and within how many days before or after it the gain falls to
1 / e of that. With 3 or 8 days no measure of those questions changed by more than .002."""

NEWS_DAYS = 7
DATED_AHEAD_DAYS = 1
"""What is asked on a day is about the week up to it. Of the relevant articles of those questions, per candidate of that
age, .09 to .12 are 1 to 5 days older than the question, .03 and .05 dated a day after it and the same day, .02 seven
days older, less than .01 of those 8 to 14 days."""

LATER = 2.4
LATER_DAYS = 3
"""What an article loses that was published more than so many days after the day of asking: it cannot have been meant.
Of 58,000 such candidates 39 are relevant, by wrong dates or chance. Without it hit@1 falls by .010, hit@5 by .008."""

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


@dataclass(frozen=True)
class Fusion:
    """What each kind of evidence weighs, all of it being between 0 and about 1; what weighs 0 is not looked for."""

    lexical: float
    """BM25 of the passage, in parts of the rarity of all words asked."""
    dense: float
    """Cosine of the passage and the question."""
    covered: float
    """Share of the question's words, weighed by rarity, that the article holds, be it in other passages."""


FUSED = Fusion(lexical=4.3, dense=8.4, covered=6.5)
"""Conditional logistic regression of "is a relevant article" on these, nearness and lateness, over the candidates for
RealTimeQA's questions of 2022 and 2023. docs/evaluation.md says what each of them earns."""

LEXICAL = replace(FUSED, dense=0.0)
DENSE = replace(FUSED, lexical=0.0, covered=0.0)


@dataclass
class Hit:
    """What speaks for a passage."""

    score: float = 0.0
    cosine: float = 0.0


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
        hits = self._hits(question, readings or {question: 1.0}, among, fusion)
        self._weigh_time(hits, frame, as_of)
        ranked = sorted(hits, key=lambda key: (-hits[key].score, key))
        passages = self._described(ranked, hits)
        return Retrieved(tuple(passages), None if among is None else len(among), undated, tuple(notes))

    def _hits(self, question: str, readings: Readings, among: Keys | None, fusion: Fusion) -> dict[int, Hit]:
        """Collect what each way of searching proposes, and measure all of it by both."""
        proposed: set[int] = set()
        if fusion.dense:
            # What cosines with several vectors add up to is the product with their sum.
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
        hits = {key: Hit() for key in sorted(proposed)}
        keys = np.fromiter(hits, dtype=np.int64)
        if fusion.dense:
            for key, cosine in self._dense.search(vector, limit=len(keys), among=keys):
                hits[key].cosine = cosine
                hits[key].score += fusion.dense * length * cosine
        if fusion.lexical:
            weights = _shares(readings, rarities)
            # Words that the same readings have are looked up together, so that each is looked up once.
            for weight in dict.fromkeys(weights.values()):
                alike = " ".join(word for stem, word in words.items() if weights[stem] == weight)
                sought = question if len(readings) == 1 else alike
                for key, bm25 in self._catalog.lexical(sought, limit=len(keys), among=keys):
                    hits[key].score += fusion.lexical * bm25 * weight
            holding = self._catalog.holding(list(words.values()), list(hits))
            for stem, word in words.items():
                for key in holding[word]:
                    hits[key].score += fusion.covered * rarities[stem] * weights[stem]
        return hits

    def _weigh_time(self, hits: dict[int, Hit], frame: TimeFrame | None, as_of: date | None) -> None:
        """Let articles of the time asked about weigh more, later ones than the asking less, undated ones as they do."""
        ahead = as_of and frame and frame.first and frame.first > as_of
        if as_of and (frame is None or ahead):
            # What is said of a time to come is said now.
            week = as_of - timedelta(NEWS_DAYS), as_of + timedelta(DATED_AHEAD_DAYS)
            frame = TimeFrame(*week, words=(0, 0), hard=False)
        if frame is None:
            return
        for key, (first, last) in self._catalog.days(list(hits)).items():
            hits[key].score += NEAR * math.exp(-frame.apart(date.fromordinal(last)) / NEAR_DAYS)
            if as_of and first > as_of.toordinal() + LATER_DAYS:
                hits[key].score -= LATER

    def _described(self, ranked: Sequence[int], hits: dict[int, Hit]) -> list[RetrievedPassage]:
        """Give the best passages with their articles, leaving out copies of an article ranked above."""
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
        return [self._passage(located[key], hits[key], corrected, copies) for key in chosen if key in located]

    def _passage(
        self, found: Located, hit: Hit, corrected: set[str], copies: Mapping[str, tuple[Copy, ...]]
    ) -> RetrievedPassage:
        article = found.passage.article
        return RetrievedPassage(
            passage=found.passage,
            score=hit.score,
            similarity=hit.cosine,
            title=found.title,
            outlet=found.outlet,
            published=found.published,
            place=found.place,
            url=found.url,
            corrected=article in corrected,
            also=copies[article],
        )

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
    metadata = {key: value for key, value in found.to_json().items() if key != "also" and value is not None}
    return Document(page_content=found.passage.text, metadata=metadata)
