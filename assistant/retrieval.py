"""From a question to ranked passages: words and meaning searched apart, their rankings fused.

The retriever is a LangChain BaseRetriever, so any LangChain pipeline can use an archive through it.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from assistant.answer import Filters, RetrievedPassage
from assistant.catalog import Catalog, Located
from assistant.dense import DenseIndex, Keys
from assistant.embedding import TextEncoder
from assistant.errors import QuestionError
from assistant.identity import check_name
from assistant.timeframe import TimeFrame

CANDIDATES = 200
"""Passages that each way of searching proposes."""

RANK_OFFSET = 10
"""The k of reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009, who took 60."""

NEARNESS = 0.6
NEARNESS_DAYS = 14.0
"""With an as-of date or a time frame, evidence of that very time weighs 1 + NEARNESS times as much, of NEARNESS_DAYS
before or after it 1 + NEARNESS / e times."""

RETURNED = 100
"""Passages returned at most: enough for 20 families even where articles are long."""

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


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
    """Weights of the two rankings; a ranking of weight 0 is not made."""

    lexical: float
    dense: float


FUSED = Fusion(lexical=1.0, dense=0.5)
LEXICAL = Fusion(lexical=1.0, dense=0.0)
DENSE = Fusion(lexical=0.0, dense=1.0)


@dataclass
class Evidence:
    """What speaks for a passage."""

    score: float = 0.0
    cosine: float = 0.0


class Retriever:
    """Searches an archive."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._dense = dense
        self._encoder = encoder

    def retrieve(
        self,
        question: str,
        filters: Filters = Filters(),
        *,
        as_of: date | None = None,
        frame: TimeFrame | None = None,
        fusion: Fusion = FUSED,
    ) -> Retrieved:
        """Find the passages that may answer a question, asked on the day `as_of` about the time `frame`.

        Articles near the frame rank higher, or without one those near the day of the question; none is hidden by it.

        Raises:
            ArchiveMismatch: the archive was made anew with another encoder.
            QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
        """
        # The archive may have been made anew with another encoder since it was opened.
        check_name(self._catalog, self._encoder)
        among, undated = None, 0
        notes = [self._dense.note] if self._dense.note else []
        if filters:
            among, undated = self._catalog.selected(self._known(filters))
        evidence = self._fused(question, among, fusion)
        if frame is None and as_of is not None and not _YEAR.search(question):
            frame = TimeFrame(as_of, as_of, (0, 0), hard=False)
        if frame is not None:
            self._favour_near(frame, evidence)
        ranked = sorted(evidence, key=lambda key: (-evidence[key].score, key))
        passages = self._described(ranked, evidence)
        return Retrieved(tuple(passages), None if among is None else len(among), undated, tuple(notes))

    def _fused(self, question: str, among: Keys | None, fusion: Fusion) -> dict[int, Evidence]:
        """Add up the reciprocal ranks of both rankings."""
        evidence: dict[int, Evidence] = {}
        if fusion.lexical:
            hits = self._catalog.lexical(question, limit=CANDIDATES, among=among)
            for rank, (key, _) in enumerate(hits, start=1):
                evidence.setdefault(key, Evidence()).score += fusion.lexical / (RANK_OFFSET + rank)
        if fusion.dense:
            vector = self._encoder.encode([question])[0]
            hits = self._dense.search(vector, limit=CANDIDATES, among=among)
            for rank, (key, cosine) in enumerate(hits, start=1):
                found = evidence.setdefault(key, Evidence())
                found.cosine = cosine
                found.score += fusion.dense / (RANK_OFFSET + rank)
        return evidence

    def _favour_near(self, frame: TimeFrame, evidence: dict[int, Evidence]) -> None:
        """Let articles of about that time weigh more; undated ones weigh as they are."""
        for key, day in self._catalog.days(list(evidence)).items():
            apart = frame.apart(date.fromordinal(day))
            evidence[key].score *= 1 + NEARNESS * math.exp(-apart / NEARNESS_DAYS)

    def _described(self, ranked: Sequence[int], evidence: dict[int, Evidence]) -> list[RetrievedPassage]:
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
        corrected = self._catalog.corrected(list({found.passage.article for found in located.values()}))
        return [self._passage(located[key], evidence[key], corrected) for key in chosen if key in located]

    def _passage(self, found: Located, evidence: Evidence, corrected: set[str]) -> RetrievedPassage:
        article = found.passage.article
        return RetrievedPassage(
            passage=found.passage,
            score=evidence.score,
            similarity=evidence.cosine,
            title=found.title,
            outlet=found.outlet,
            published=found.published,
            place=found.place,
            url=found.url,
            corrected=article in corrected,
            also=self._catalog.copies(found.family, article),
        )

    def _known(self, filters: Filters) -> Filters:
        """Return the filters with outlets named as the archive names them."""
        if filters.since and filters.until and filters.since > filters.until:
            raise QuestionError(f"no day is both since {filters.since} and until {filters.until}: swap them")
        names = self._catalog.outlets() if filters.outlets else []
        wanted: list[str] = []
        for asked in filters.outlets:
            same = [name for name in names if _same_outlet(name, asked)]
            if not same:
                near = difflib.get_close_matches(asked, names, n=3, cutoff=0.5) or names[:5]
                raise QuestionError(
                    f"the archive has no outlet {asked!r}; it has {', '.join(near)}"
                    + (" and others" if len(names) > len(near) else "")
                )
            wanted += same
        return Filters(since=filters.since, until=filters.until, outlets=tuple(dict.fromkeys(wanted)))


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


def _same_outlet(name: str, asked: str) -> bool:
    """Whether an outlet is meant: its name in any case, or a site by the first part of its host.

    >>> _same_outlet("cnn.com", "CNN"), _same_outlet("The Week", "week")
    (True, False)
    """
    name, asked = name.casefold(), asked.strip().casefold()
    return asked == name or ("." in name and " " not in name and asked == name.partition(".")[0])
