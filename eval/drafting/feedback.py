"""Draft questions made from what people thought of answers in conversations.

An answer judged right comes with its words and quotes. One judged wrong comes without them, for a person to add.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

from assistant.answer import Answer, Sentence
from assistant.archive.catalog import Catalog
from assistant.conversations import Conversations, Feedback, Turn
from assistant.conversations.turns import history
from assistant.json_object import JsonObject
from assistant.query import Exchange, Filters
from assistant.question import kinds
from eval.gold.questions import OPEN, REASONS, Kind

BY_KIND: dict[kinds.Kind, Kind] = {
    "reasons": "why",
    "several": "list",
    "course": "timeline",
    "yes_no": "yes_no",
    "one": "what",
}
BY_WANTED: dict[kinds.Wanted, Kind] = {"number": "how_many", "time": "when", "name": "who"}

JUDGED = {
    "right": "Judged right",
    "wrong": "Judged wrong",
    "wrong_citation": "Judged to cite the wrong words",
}


def feedback_rows(conversations: Conversations, catalog: Catalog) -> Iterator[JsonObject]:
    """Yield the line for a gold file of each answer that somebody judged."""
    for summary in conversations.list():
        turns = conversations.turns(summary.id)
        for index, turn in enumerate(turns):
            if turn.feedback and isinstance(turn.answer, Answer):
                before = [] if turn.options.alone else history(turns[:index])
                yield _row(turn, turn.answer, turn.feedback, before, catalog)


def _row(
    turn: Turn, answer: Answer, feedback: Feedback, before: Sequence[Exchange], catalog: Catalog
) -> JsonObject:
    kind = _kind(answer, feedback, before)
    row: JsonObject = {"question": answer.question}
    if kind == "unanswerable":
        row["reason_code"] = answer.reason_code
    else:
        said = feedback.verdict != "wrong" and answer.short_answer
        row["answers"] = [answer.short_answer] if said else []
        row.update(_support(answer, catalog) if feedback.verdict == "right" else {"support": []})
    row["note"] = _note(answer, feedback)
    row |= {"accepted": False, "type": kind}
    if as_of := turn.options.as_of or (answer.time_frame and turn.asked and turn.asked.astimezone().date()):
        row["as_of"] = as_of.isoformat()
    if answer.filters:
        row["filters"] = _filters(answer.filters)
    if before:
        row["history"] = [vars(exchange) for exchange in before]
    key = json.dumps([answer.question, row.get("history"), row.get("filters")])
    return {**row, "id": f"feedback-{hashlib.sha256(key.encode()).hexdigest()[:8]}"}


def _kind(answer: Answer, feedback: Feedback, before: Sequence[Exchange]) -> Kind:
    """Return the type that the question probably has; a person can change it."""
    if answer.abstained and feedback.verdict == "right" and answer.reason_code in REASONS:
        return "unanswerable"
    if before and answer.standalone != answer.question:
        return "follow_up"
    kind = BY_KIND[kinds.kind(answer.question)]
    if kind == "what" and answer.wanted:
        kind = BY_WANTED[answer.wanted]
    has_answer = answer.short_answer in ("yes", "no") if kind == "yes_no" else bool(answer.short_answer)
    # Only open questions may lack a short answer.
    return kind if has_answer or feedback.verdict == "wrong" or kind in OPEN else "list"


def _support(answer: Answer, catalog: Catalog) -> JsonObject:
    """Return the quotes of an answer that prove it: the first of each sentence, and those that can replace it."""
    support: list[JsonObject] = []
    others: list[JsonObject] = []
    for sentence in answer.sentences:
        quotes = list(_quotes(sentence, answer, catalog))
        support += quotes[:1]
        others += [{**quote, "instead_of": len(support)} for quote in quotes[1:]]
    return {"support": support, **({"also_support": others} if others else {})}


def _quotes(sentence: Sentence, answer: Answer, catalog: Catalog) -> Iterator[JsonObject]:
    """Yield the quotes of a sentence that are still in the archive."""
    cited = {citation.n: citation for citation in answer.citations}
    for n in sentence.citations:
        citation = cited[n]
        article = catalog.article(citation.article, citation.version)
        if article is None:
            continue
        current = catalog.article(citation.article)
        version = {} if current and current.version == article.version else {"version": article.version}
        yield {"quote": citation.quote, "article": article.source, **version}


def _note(answer: Answer, feedback: Feedback) -> str:
    note = f": {' '.join(feedback.note.split())}" if feedback.note.strip() else "."
    said = f" Backfile answered: {answer.text}" if feedback.verdict != "right" else ""
    return f"{JUDGED[feedback.verdict]}{note}{said}"


def _filters(filters: Filters) -> JsonObject:
    return {name: value for name, value in filters.to_json().items() if value}
