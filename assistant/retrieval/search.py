"""Searches an archive for a plan. Every outlet that the question asks about is among the results."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.query import Filters, RetrievedPassage
from assistant.question.plan import Plan
from assistant.retrieval.retriever import FUSED, Fusion, Retrieved, Retriever

LISTED = 20
"""Most passages that an answer lists, one of each family."""

PER_OUTLET = 4
"""Passages among the first LISTED of an outlet that the question asks about and that larger outlets push out."""


def search(retriever: Retriever, plan: Plan, fusion: Fusion = FUSED) -> Retrieved:
    """Return the passages found for a plan, best first.

    Raises:
        ArchiveMismatch: the archive was rebuilt with another encoder.
        QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
    """
    if plan.mentioned:
        return retriever.mentions(plan.mentioned, plan.search_filters)
    found = _search(retriever, plan, plan.search_filters, fusion)
    if not plan.by_outlets:
        return found
    passages = list(found.passages)
    for names in plan.outlets:
        if not any(_is_by(each, names) for each in passages[:LISTED]):
            own = [each for each in passages if _is_by(each, names)]
            own = own or list(
                _search(retriever, plan, replace(plan.search_filters, outlets=names), fusion).passages
            )
            rest = [each for each in passages if each not in own[:PER_OUTLET]]
            passages = [*rest[: LISTED - PER_OUTLET], *own[:PER_OUTLET], *rest[LISTED - PER_OUTLET :]]
    return replace(found, passages=tuple(passages))


def one_per_family(passages: Sequence[RetrievedPassage]) -> tuple[RetrievedPassage, ...]:
    """Return the best passage of each article. The retriever has already removed copies of a story."""
    best: dict[str, RetrievedPassage] = {}
    for found in passages:
        best.setdefault(found.passage.article, found)
    return tuple(best.values())


def _search(retriever: Retriever, plan: Plan, filters: Filters, fusion: Fusion) -> Retrieved:
    return retriever.retrieve(
        plan.standalone, filters, as_of=plan.as_of, frame=plan.frame, fusion=fusion, wordings=plan.wordings
    )


def _is_by(found: RetrievedPassage, names: Sequence[str]) -> bool:
    """Whether one of these outlets published the passage's article or a copy of it."""
    return found.source.outlet in names or any(copy.outlet in names for copy in found.source.also)
