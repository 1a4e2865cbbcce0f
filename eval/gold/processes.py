"""Asks an archive many questions, in one process or in several."""

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

MIN_QUESTIONS_FOR_SEVERAL = 100
"""Number of questions from which several processes are faster: each needs some seconds to open the archive."""

MAX_PROCESSES = 4
"""Largest number of processes: each holds the models and the archive, about one gigabyte of memory."""

CONTEXT_CHARACTERS = 300
"""Characters kept on each side of a citation, so that a person can read it in its context."""


def useful_processes(settings: Settings, questions: Sequence[GoldQuestion]) -> int:
    """Return the number of processes that ask these questions fastest.

    In one process, the cores share the work of one question at a time, and wait for each other and for Python.
    In several processes, each has its own questions and its own cores. Several are not faster if a graphics
    processor or a server does the work.
    """
    if len(questions) < MIN_QUESTIONS_FOR_SEVERAL or settings.model or device() != "cpu":
        return 1
    return min(cores(), MAX_PROCESSES)


def ask_all(
    settings: Settings, questions: Sequence[GoldQuestion], *, processes: int = 1
) -> Iterator[Outcome]:
    """Ask an archive every question, and yield the outcomes in the order of the questions.

    Raises:
        BackfileError: a question cannot be asked (the message names it), or the archive cannot be opened.
    """
    if processes == 1:
        with closing(Assistant.open(settings)) as assistant:
            yield from run(assistant, questions)
        return
    # Spawned, not forked: a forked copy of torch's threads holds locks that nothing releases.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_ask_in_process, settings, cores() // processes), questions)


def run(assistant: Assistant, questions: Sequence[GoldQuestion]) -> Iterator[Outcome]:
    """Ask an open assistant every question, and yield the outcomes.

    Raises:
        BackfileError: a question cannot be asked; the message names it.
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
    """Return the title, outlet and date of an article on one line."""
    return " · ".join(part for part in (title, outlet, (published or "")[:10]) if part)


@cache
def _open_once(settings: Settings, threads: int) -> Assistant:
    """Open the archive once in a worker process, and keep it until the process ends."""
    import torch

    torch.set_num_threads(threads)
    return Assistant.open(settings)


def _ask_in_process(settings: Settings, threads: int, question: GoldQuestion) -> Outcome:
    """Ask one question in a worker process that uses this many threads."""
    [outcome] = run(_open_once(settings, threads), [question])
    return outcome


def _source(assistant: Assistant, citation: Citation, question: GoldQuestion) -> CitedExcerpt:
    """Return a citation with the text around it, and whether it overlaps a proof of the question."""
    place = cited_place(citation)
    before, cited, after = _text(assistant, place, CONTEXT_CHARACTERS)
    return CitedExcerpt(
        n=citation.n,
        about=about(citation.source.title, citation.source.outlet, citation.source.published),
        before=before,
        cited=cited,
        after=after,
        proves=any(place.overlaps(other) for proof in question.proofs for other in proof),
    )


def _text(assistant: Assistant, place: Place, around: int) -> tuple[str, str, str]:
    """Return the text before, at and after a place; three empty texts if the archive lacks the article."""
    article = assistant.article(place.article, place.version)
    text = article.text if article else ""
    return (
        text[max(place.start - around, 0) : place.start],
        text[place.start : place.end],
        text[place.end : place.end + around],
    )
