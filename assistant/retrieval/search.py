"""Searches an archive for a plan: with its filters, and with passages of every outlet that the question asks about."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.query import Filters, RetrievedPassage
from assistant.question.plan import Plan
from assistant.retrieval.retriever import FUSED, Fusion, Retrieved, Retriever

LISTED = 20
"""Passages listed in an answer, one of each family."""

EACH = 4
"""Passages of every outlet asked about that are among those listed, however much larger another outlet is."""


def search(retriever: Retriever, plan: Plan, fusion: Fusion = FUSED) -> Retrieved:
    """Return the passages found for a plan, best first.

    Raises:
        ArchiveMismatch: the archive was made again with another encoder.
        QuestionError: the filters name an outlet that the archive does not have, or dates that exclude all.
    """
    found = _within(retriever, plan, plan.where, fusion)
    if not plan.by_outlets:
        return found
    passages = list(found.passages)
    for names in plan.outlets:
        if not any(_is_by(each, names) for each in passages[:LISTED]):
            own = [each for each in passages if _is_by(each, names)]
            own = own or list(_within(retriever, plan, replace(plan.where, outlets=names), fusion).passages)
            rest = [each for each in passages if each not in own[:EACH]]
            passages = [*rest[: LISTED - EACH], *own[:EACH], *rest[LISTED - EACH :]]
    return replace(found, passages=tuple(passages))


def one_per_family(passages: Sequence[RetrievedPassage]) -> tuple[RetrievedPassage, ...]:
    """Return the best passage of each article; the retriever has already left out copies of an article."""
    first: dict[str, RetrievedPassage] = {}
    for found in passages:
        first.setdefault(found.passage.article, found)
    return tuple(first.values())


def _within(retriever: Retriever, plan: Plan, where: Filters, fusion: Fusion) -> Retrieved:
    return retriever.retrieve(
        plan.standalone, where, as_of=plan.as_of, frame=plan.frame, fusion=fusion, readings=plan.readings
    )


def _is_by(found: RetrievedPassage, names: Sequence[str]) -> bool:
    """Whether one of these outlets carries the passage's article or a copy of it."""
    return found.source.outlet in names or any(copy.outlet in names for copy in found.source.also)
