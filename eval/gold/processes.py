"""Asks many questions of one archive, in as many processes as there is use for."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import cache, partial
from multiprocessing import get_context

from assistant.answer import Citation
from assistant.assistant import Assistant
from assistant.errors import BackfileError
from assistant.models.encoder import device
from assistant.settings import Settings
from eval.gold.questions import GoldQuestion
from eval.gold.scores import Outcome, cited_place
from eval.metrics import Place
from eval.runs import CitedExcerpt
from ingest.parsing.workers import cores

MANY = 100
"""Questions from which on more than one process is started: each takes some seconds to open the archive."""

PROCESSES = 4
"""At most: each holds models and archive, some gigabyte of memory."""

AROUND = 300
"""Characters kept on each side of a citation, to be read with it."""


def useful_processes(settings: Settings, questions: Sequence[GoldQuestion]) -> int:
    """Return in how many processes questions are asked.

    In one process the processor's cores share the work of one question after another, and wait for each other and for
    Python in between. In several, each has its own questions and its own part of the cores. Not where something else
    does the work, a graphics processor or a server: that is not faster for being asked more at once.
    """
    if len(questions) < MANY or settings.model or device() != "cpu":
        return 1
    return min(cores(), PROCESSES)


def asked(settings: Settings, questions: Sequence[GoldQuestion], *, processes: int = 1) -> Iterator[Outcome]:
    """Ask an archive every question, and yield what came of each, in their order.

    Raises:
        BackfileError: a question cannot be asked; names it. Or the archive cannot be opened.
    """
    if processes == 1:
        with closing(Assistant.open(settings)) as assistant:
            yield from run(assistant, questions)
        return
    # Started anew, not forked: what the threads of torch hold in this process is not held by anything in a copy of it.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_asked, settings, cores() // processes), questions)


def run(assistant: Assistant, questions: Sequence[GoldQuestion]) -> Iterator[Outcome]:
    """Ask every question.

    Raises:
        BackfileError: a question cannot be asked; names it.
    """
    for question in questions:
        try:
            answer = assistant.ask(
                question.text, history=question.history, filters=question.filters, as_of=question.as_of
            ).answer
        except BackfileError as error:
            raise BackfileError(f"the question {question.id!r} cannot be asked: {error}") from error
        sources = tuple(_source(assistant, citation, question) for citation in answer.citations)
        proofs = tuple(_text(assistant, places[0], 0)[1] for places in question.proofs)
        yield Outcome(question, answer, sources, proofs)


def about(title: str, outlet: str | None, published: str | None) -> str:
    """Say which article something is from."""
    return " · ".join(part for part in (title, outlet, (published or "")[:10]) if part)


@cache
def _opened(settings: Settings, threads: int) -> Assistant:
    """Open the archive once in a process, which ends with its questions."""
    import torch

    torch.set_num_threads(threads)
    return Assistant.open(settings)


def _asked(settings: Settings, threads: int, question: GoldQuestion) -> Outcome:
    [outcome] = run(_opened(settings, threads), [question])
    return outcome


def _source(assistant: Assistant, citation: Citation, question: GoldQuestion) -> CitedExcerpt:
    place = cited_place(citation)
    before, cited, after = _text(assistant, place, AROUND)
    return CitedExcerpt(
        n=citation.n,
        about=about(citation.source.title, citation.source.outlet, citation.source.published),
        before=before,
        cited=cited,
        after=after,
        proves=any(place.overlaps(other) for proof in question.proofs for other in proof),
    )


def _text(assistant: Assistant, place: Place, around: int) -> tuple[str, str, str]:
    """What stands before, at and after a place; nothing where the archive has no such article."""
    article = assistant.article(place.article, place.version)
    text = article.text if article else ""
    return (
        text[max(place.start - around, 0) : place.start],
        text[place.start : place.end],
        text[place.end : place.end + around],
    )
