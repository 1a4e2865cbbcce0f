"""Draws a turn below its question: how the question was read, its answer with numbered citations, and their sources.

The component receives plain data and turns it into text nodes, so article text never becomes markup.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import streamlit as st

from assistant.answer import UNSUPPORTED, Answer, Citation, ListedPassage, Searched
from assistant.conversations import NO_OPTIONS, Feedback, Options, Turn
from assistant.conversations.turns import VERDICTS
from assistant.json_object import JsonObject
from assistant.query import NO_FILTERS
from assistant.question.kinds import lacks_wanted
from assistant.text.counting import counted
from assistant.web import address, wording
from assistant.web.address import Place
from assistant.web.relative_dates import resolved

HEADLINE_CONFIDENCE = 0.8
"""Least confidence of the reader for a short answer that is shown alone above its sentence.

A short answer without its sentence may mislead. Of the gold set's short answers with this confidence, .96 of the
choosing half and .91 of the measuring half are right; from .6, .87 and .83.
"""
UNSURE_HEADING = "Passages that may answer this"
NEAREST_ARTICLES = 5
"""Articles listed below an answer or instead of one: as many as fit without scrolling."""

LONGEST_NOTE = 2_000
"""Code points of a note on an answer that are stored."""

STATES = {"asked": "Not finished", "stopped": "Stopped", "failed": "No answer", "answered": "No answer"}
"""What the page says of a question without an answer."""

Revise = Callable[[str, Options], None]
"""Asks a question in the place of a turn."""

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "backfile_answer",
    html='<div class="answer"></div>',
    js=(_FOLDER / "shared.js").read_text("utf-8") + (_FOLDER / "answer.js").read_text("utf-8"),
    css=(_FOLDER / "answer.css").read_text("utf-8"),
)


Judge = Callable[[Feedback | None], object]
"""Stores what the user thinks of an answer."""


def answer_view(turn: Turn, *, key: str, scrolls: bool, arrived: bool, revise: Revise, judge: Judge) -> None:
    """Draw a turn; a click on a citation, a card or a listed article opens it in the article view.

    `scrolls` scrolls to its question when it is first drawn. `arrived` announces the answer to a screen reader.
    """
    opened = address.place() if address.turn() in (None, turn.number) else None
    answer = turn.answer if isinstance(turn.answer, Answer) else None
    _component(
        key=key,
        data={
            "answer": component_data(turn),
            "turn": turn.number,
            "scrolls": scrolls,
            "arrived": arrived,
            "opened": opened and answer and _opened_citation(answer, opened),
        },
        on_open_change=_open_handler(answer, turn.number, key),
        on_revise_change=_revise_handler(turn, key, revise),
        on_feedback_change=_feedback_handler(key, judge),
    )


def component_data(turn: Turn) -> JsonObject:
    """Return what the component shows of a turn, as JSON."""
    answer = turn.answer
    if not isinstance(answer, Answer):
        return {
            "understood": _understood(turn),
            "unanswered": STATES[turn.state],
            "error": turn.error and turn.error.replace("`", ""),
        }
    alone = headline(answer)
    cited = {(citation.article, citation.version) for citation in answer.citations}
    sentences = {sentence.text for sentence in answer.sentences}
    is_quote = answer.mode == "quote"
    date = answer.short_answer_date
    return {
        "understood": _understood(turn),
        "unanswered": None,
        "headline": alone,
        "headlineDate": wording.published(date) if alone and date else None,
        "heading": UNSURE_HEADING if is_quote and answer.sentences and not alone else None,
        "warnings": [*answer.notes, *_dropped_citations(answer.dropped_citations)],
        "sentences": _sentences(answer),
        "quoting": is_quote,
        "sources": [_source(citation, sentences) for citation in answer.citations],
        "reason": answer.reason if answer.abstained else None,
        "searched": _searched(answer.searched) if answer.searched else None,
        "withoutFilters": answer.reason_code in ("hidden_by_filter", "outside_dates")
        and bool(answer.filters),
        "nearest": [
            {
                "index": index,
                "title": passage.source.title or "Untitled",
                "outlet": passage.source.outlet or wording.UNKNOWN_OUTLET,
                "date": wording.published(passage.source.published),
            }
            for index, passage in _best_of_each_article(answer.passages, without=cited)
        ],
        "about": _about(answer),
        "feedback": turn.feedback and vars(turn.feedback),
        "copied": wording.answer_with_sources(answer),
    }


def headline(answer: Answer) -> str | None:
    """Return the short answer if it may be shown alone above its sentence.

    "Yes" and "no" are not part of a sentence, so they always may. Other words must fit a question that asks for a
    number, a time or a name, be in the first sentence, and come from the reader with high confidence.
    """
    short = answer.short_answer
    if short is None or short.lower() in ("yes", "no"):
        return short
    read = answer.made_with is not None and answer.made_with.reader is not None
    confident = read and answer.confidence is not None and answer.confidence >= HEADLINE_CONFIDENCE
    stated = bool(answer.sentences) and _emphasis(short, answer.sentences[0].text) is not None
    return (
        short if answer.wanted and confident and stated and not lacks_wanted(short, answer.wanted) else None
    )


def _understood(turn: Turn) -> JsonObject:
    """Return how a question was read: what the line below it shows, and what the field to edit it holds."""
    options = turn.options
    filters = options.filters
    disregarded = {
        "all dates": options.any_time,
        "all outlets": options.any_outlet,
        "on its own": options.alone,
    }
    chips = [
        {"what": "since", "words": f"from {wording.day(filters.since)}"} if filters.since else None,
        {"what": "until", "words": f"until {wording.day(filters.until)}"} if filters.until else None,
        *({"what": f"outlet {name}", "words": name} for name in wording.outlet_names(filters.outlets)),
    ]
    restrictions = _restrictions(turn.answer) if isinstance(turn.answer, Answer) else []
    return {
        "standalone": _standalone(turn),
        "isFollowUp": _standalone(turn) != " ".join((turn.question or "").split()),
        "chips": [*restrictions, *filter(None, chips)],
        "disregarded": [words for words, is_so in disregarded.items() if is_so],
    }


def _standalone(turn: Turn) -> str:
    """Return the question as it was searched, or as it was asked if it was not searched yet."""
    return turn.answer.standalone if isinstance(turn.answer, Answer) else turn.question or ""


def _restrictions(answer: Answer) -> list[JsonObject]:
    """Return what the question itself says that restricted its search."""
    time, outlets = answer.time_frame, answer.reported_by
    found = []
    if time and time.applied:
        found.append({"what": "time", "words": wording.asked_time(time)})
    if outlets and outlets.applied:
        found.append({"what": "outlets", "words": wording.asked_outlets(outlets)})
    return found


def _sentences(answer: Answer) -> list[JsonObject]:
    """Return the sentences, each introduced by its source and cut into pieces.

    Consecutive quotes of one source are introduced once. A chat model's sentences are not quotes and have no
    introduction.
    """
    citations = {citation.n: citation for citation in answer.citations}
    data = []
    last = None
    for number, sentence in enumerate(answer.sentences):
        cited = [citations[n] for n in sentence.citations if n in citations]
        first = cited[0] if cited and answer.mode == "quote" else None
        introduction = first and [
            first.source.outlet or wording.UNKNOWN_OUTLET,
            wording.day_published(first.source.published),
        ]
        short = answer.short_answer if number == 0 else None
        data.append(
            {
                "introduction": None if introduction == last else introduction,
                "pieces": [
                    *_pieces(sentence.text, short, first.source.published if first else None),
                    *(
                        [{"text": f" ({UNSUPPORTED})", "kind": None}]
                        if sentence.check == "unsupported"
                        else []
                    ),
                ],
                "citations": list(sentence.citations),
                "unverified": any(citation.verified is False for citation in cited),
            }
        )
        last = introduction
    return data


def _pieces(text: str, short: str | None, published: str | None) -> Iterator[JsonObject]:
    """Yield the pieces of a sentence: its words, the short answer emphasised, and dates added to its relative ones.

    >>> [piece["text"] for piece in _pieces("It sold 12 on Friday.", "12", "2024-03-02")]
    ['It sold ', '12', ' on Friday', '1 March 2024', '.']
    """
    emphasis = _emphasis(short, text)
    days = {each.end: each.day for each in resolved(text, published)}
    edges = sorted({0, len(text), *days, *(emphasis or ())})
    for start, end in pairwise(edges):
        is_emphasised = emphasis is not None and emphasis[0] <= start < emphasis[1]
        yield {"text": text[start:end], "kind": "emphasis" if is_emphasised else None}
        if end in days:
            yield {"text": wording.day(days[end]), "kind": "date"}


def _emphasis(short: str | None, sentence: str) -> tuple[int, int] | None:
    """Return the span of the first place of `short`, as whole words, in `sentence`.

    >>> _emphasis("12", "On day 112 they sold 12.")
    (21, 23)
    """
    words = " ".join((short or "").split())
    found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence) if words else None
    return found and found.span()


def _source(citation: Citation, sentences: set[str]) -> JsonObject:
    source = citation.source
    return {
        "n": citation.n,
        "quote": citation.quote,
        # A quote that is a sentence of the answer is not shown again below it.
        "isSentence": citation.quote in sentences,
        "title": source.title or "Untitled",
        "outlet": source.outlet or wording.UNKNOWN_OUTLET,
        "date": wording.published(source.published),
        "corrected": source.corrected,
        "recognised": source.recognised,
        "unverified": citation.verified is False,
        "also": [copy.outlet or "an unknown outlet" for copy in source.also],
        "reference": wording.reference(
            citation.quote, source, article=citation.article, version=citation.version
        ),
        "place": str(Place.of(citation)),
    }


def _searched(searched: Searched) -> str:
    """Return what was searched in vain, as a sentence."""
    parts = [f"{counted(searched.articles, 'article')} of {counted(searched.outlets, 'outlet')}"]
    if searched.first and searched.last:
        parts.append(f"from {wording.day(searched.first)} to {wording.day(searched.last)}")
    if searched.last_ingest:
        parts.append(f"last updated on {wording.timestamp(searched.last_ingest)}")
    return f"The archive holds {', '.join(parts)}."


def _best_of_each_article(
    passages: Sequence[ListedPassage], *, without: set[tuple[str, int]]
) -> list[tuple[int, ListedPassage]]:
    """Return the best passage of each article that is not cited, with its index, best first."""
    seen = set(without)
    best = []
    for index, passage in enumerate(passages):
        article = passage.article, passage.version
        if article not in seen:
            seen.add(article)
            best.append((index, passage))
    return best[:NEAREST_ARTICLES]


def _dropped_citations(count: int) -> list[str]:
    if not count:
        return []
    return [f"Removed: {counted(count, 'citation')} that the passages found do not bear out."]


def _about(answer: Answer) -> list[str]:
    """Return the small print: how the answer was made."""
    lines = []
    time = answer.time_frame
    if time and not time.applied and not time.hard:
        lines.append(f"Ranked first: articles from around {wording.asked_time(time)}")
    if answer.abstained:
        maker = "Searched"
    else:
        maker = "Quoted from the archive" if answer.mode == "quote" else f"Written by {answer.model}"
    checks = Counter(sentence.check for sentence in answer.sentences if sentence.check)
    if checks:
        lines.append(
            "Checked: " + ", ".join(f"{counted(n, 'sentence')} {check}" for check, n in checks.items())
        )
    total = answer.timings_ms.get("total")
    lines.append(maker if total is None else f"{maker} in {total / 1000:.1f} s")
    return lines


def _open_handler(answer: Answer | None, number: int, key: str) -> Callable[[], None]:
    """Return the callback that opens the article clicked in the component with this key."""

    def open_clicked() -> None:
        clicked = st.session_state[key].open
        places: Sequence[Citation | ListedPassage] = ()
        if answer is not None:
            places = answer.citations if clicked["list"] == "citations" else answer.passages
        if 0 <= clicked["index"] < len(places):
            address.open_place(Place.of(places[clicked["index"]]), at=number)

    return open_clicked


def _revise_handler(turn: Turn, key: str, revise: Revise) -> Callable[[], None]:
    """Return the callback that asks the turn's question again, as the user changed it in the component."""

    def revise_turn() -> None:
        question, options = revision(turn, st.session_state[key].revise)
        if question:
            revise(question, options)

    return revise_turn


def _feedback_handler(key: str, judge: Judge) -> Callable[[], None]:
    """Return the callback that stores what the user thinks of the answer in the component with this key."""

    def store_feedback() -> None:
        given = st.session_state[key].feedback
        verdict = next((each for each in VERDICTS if each == given["verdict"]), None)
        judge(verdict and Feedback(verdict, str(given["note"])[:LONGEST_NOTE]))

    return store_feedback


def revision(turn: Turn, change: JsonObject) -> tuple[str, Options]:
    """Return a turn's question as the user changed it: its text, or without something that restricted its search."""
    options, question = turn.options, turn.question or ""
    filters = options.filters
    if "text" in change:
        # The field shows the question with what the conversation adds, so it needs the conversation no more.
        alone = options.alone or _standalone(turn) != question
        return wording.question(change["text"]), replace(NO_OPTIONS, filters=filters, alone=alone)
    what = str(change.get("without", ""))
    outlet = what.removeprefix("outlet ") if what.startswith("outlet ") else None
    if outlet is not None:
        removed = wording.outlet_spellings(outlet, filters.outlets)
        kept = tuple(name for name in filters.outlets if name not in removed)
        return question, replace(options, filters=replace(filters, outlets=kept))
    changed = {
        "filters": replace(options, filters=NO_FILTERS),
        "since": replace(options, filters=replace(filters, since=None)),
        "until": replace(options, filters=replace(filters, until=None)),
        "time": replace(options, any_time=True),
        "outlets": replace(options, any_outlet=True),
        "history": replace(options, alone=True),
    }
    return question, changed.get(what, options)


def _opened_citation(answer: Answer, opened: Place) -> int | None:
    """Return the number of the citation that the article view shows now."""
    return next((citation.n for citation in answer.citations if Place.of(citation) == opened), None)
