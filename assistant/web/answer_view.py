"""An answer on the page: its sentences with numbered citations, and a card for each of its sources.

The component is given plain data and makes text nodes of it, so nothing an article says can be markup.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from assistant.conversations import StoredAnswer
from assistant.text.counting import counted
from assistant.web import wording
from assistant.web.article_view import Opened, open_reader

NEAREST = 5
"""Articles offered for reading below an answer or instead of one: what fits without scrolling."""

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "backfile_answer",
    html='<div class="answer"></div>',
    js=(_FOLDER / "shared.js").read_text("utf-8") + (_FOLDER / "answer.js").read_text("utf-8"),
    css=(_FOLDER / "answer.css").read_text("utf-8"),
)


def answer_view(answer: StoredAnswer, *, key: str, newest: bool, opened: Opened | None) -> None:
    """Draw `answer`; a press on a citation, a card or a further article opens it in the reader."""
    _component(
        key=key,
        data={"answer": view(answer), "newest": newest, "opened": _mark(answer, opened)},
        on_open_change=_opener(answer, key),
    )


def view(answer: StoredAnswer) -> dict[str, Any]:
    """What the component shows of a stored answer."""
    cited = {(citation["article"], citation["version"]) for citation in answer["citations"]}
    said = {sentence["text"] for sentence in answer["sentences"]}
    return {
        "short": answer["short_answer"],
        "shortDate": answer["short_answer_date"] and wording.published(answer["short_answer_date"]),
        "sentences": answer["sentences"],
        "quoting": answer["mode"] == "quote",
        "sources": [_source(citation, said) for citation in answer["citations"]],
        "reason": answer["reason"] if answer["abstained"] else None,
        "nearest": [
            {"index": index, "title": passage["title"], "byline": _byline(passage)}
            for index, passage in _articles(answer["passages"], without=cited)
        ],
        "notes": list(answer["notes"]) + _dropped(answer["dropped_citations"]),
        "about": _about(answer),
    }


def _source(citation: dict[str, Any], said: set[str]) -> dict[str, Any]:
    return {
        "n": citation["n"],
        # A quote that is a sentence of the answer is not shown a second time below it.
        "quote": None if citation["quote"] in said else citation["quote"],
        "title": citation["title"] or "Untitled",
        "byline": _byline(citation),
        "corrected": citation["corrected"],
        "unverified": citation["verified"] is False,
        "also": [copy["outlet"] or "an outlet not named" for copy in citation["also"]],
        "reference": wording.reference(
            quote=citation["quote"],
            title=citation["title"],
            outlet=citation["outlet"],
            published_iso=citation["published"],
            url=citation["url"],
            article=citation["article"],
            version=citation["version"],
        ),
    }


def _byline(source: dict[str, Any]) -> str:
    return wording.byline(source["outlet"], source["published"])


def _articles(
    passages: list[dict[str, Any]], *, without: set[tuple[str, int]]
) -> list[tuple[int, dict[str, Any]]]:
    """The best passage of each article that is not cited, with its index, best first."""
    seen = set(without)
    best = []
    for index, passage in enumerate(passages):
        article = passage["article"], passage["version"]
        if article not in seen:
            seen.add(article)
            best.append((index, passage))
    return best[:NEAREST]


def _dropped(count: int) -> list[str]:
    if not count:
        return []
    return [f"Left out: {counted(count, 'citation')} naming no passage that was found."]


def _about(answer: StoredAnswer) -> list[str]:
    """Small print: how the answer was made."""
    lines = []
    if answer["standalone"] != answer["question"]:
        lines.append(f"Searched as: {answer['standalone']}")
    filters = wording.stored_filters(answer["filters"])
    if filters:
        lines.append("Searched only: " + " · ".join(filters))
    frame = answer.get("time_frame")
    if frame and not frame["applied"] and not frame["hard"]:
        lines.append(f"Articles near to {wording.stored_time_frame(frame)} first")
    maker = "Quoted from the archive" if answer["mode"] == "quote" else f"Written by {answer['model']}"
    if answer["abstained"]:
        maker = "Searched"
    total = answer["timings_ms"].get("total")
    lines.append(maker if total is None else f"{maker} in {total / 1000:.1f} s")
    return lines


def _opener(answer: StoredAnswer, key: str) -> Callable[[], None]:
    def opened() -> None:
        pressed = st.session_state[key].open
        sources: list[dict[str, Any]] = answer[pressed["list"]]
        if 0 <= pressed["index"] < len(sources):
            open_reader(_opened(sources[pressed["index"]]))

    return opened


def _opened(source: dict[str, Any]) -> Opened:
    return Opened(
        article=source["article"],
        version=source["version"],
        span=(source["start"], source["end"]),
        cited=source["version"],
        also=tuple((copy["article"], copy["outlet"]) for copy in source["also"]),
    )


def _mark(answer: StoredAnswer, opened: Opened | None) -> int | None:
    """The number of the citation that the reader shows now."""
    if opened is None:
        return None
    for citation in answer["citations"]:
        same_span = (citation["start"], citation["end"]) == opened.span
        if citation["article"] == opened.article and same_span:
            number: int = citation["n"]
            return number
    return None
