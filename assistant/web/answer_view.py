"""Draws an answer: its sentences with numbered citations, and a card for each of its sources.

The component receives plain data and turns it into text nodes, so article text never becomes markup.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from assistant.answer import UNSUPPORTED, Answer, Citation, ListedPassage
from assistant.json_object import JsonObject
from assistant.question.kinds import lacks_wanted
from assistant.text.counting import counted
from assistant.web import wording
from assistant.web.article_view import OpenedArticle, open_article

HEADLINE_CONFIDENCE = 0.8
"""Least confidence of the reader for a short answer that is shown alone above its sentence.

Chosen strictly, not measured: a short answer without its sentence may mislead. A calibrated threshold can replace it.
"""
UNSURE_HEADING = "Passages that may answer this"
NEAREST_ARTICLES = 5
"""Articles listed below an answer or instead of one: as many as fit without scrolling."""

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "backfile_answer",
    html='<div class="answer"></div>',
    js=(_FOLDER / "shared.js").read_text("utf-8") + (_FOLDER / "answer.js").read_text("utf-8"),
    css=(_FOLDER / "answer.css").read_text("utf-8"),
)


def answer_view(answer: Answer, *, key: str, newest: bool, opened: OpenedArticle | None) -> None:
    """Draw `answer`; a click on a citation, a card or a listed article opens it in the article view.

    `newest` scrolls to the answer's question when it is first drawn.
    """
    _component(
        key=key,
        data={"answer": component_data(answer), "newest": newest, "opened": _opened_citation(answer, opened)},
        on_open_change=_open_handler(answer, key),
    )


def component_data(answer: Answer) -> JsonObject:
    """Return what the component shows of an answer, as JSON."""
    alone = headline(answer)
    cited = {(citation.article, citation.version) for citation in answer.citations}
    sentences = {sentence.text for sentence in answer.sentences}
    is_quote = answer.mode == "quote"
    date = answer.short_answer_date
    return {
        "headline": alone,
        "headlineDate": wording.published(date) if alone and date else None,
        "heading": UNSURE_HEADING if is_quote and answer.sentences and not alone else None,
        "sentences": _sentences(answer),
        "quoting": is_quote,
        "sources": [_source(citation, sentences) for citation in answer.citations],
        "reason": answer.reason if answer.abstained else None,
        "nearest": [
            {
                "index": index,
                "title": passage.source.title or "Untitled",
                "sourceLine": wording.source_line(passage.source),
            }
            for index, passage in _best_of_each_article(answer.passages, without=cited)
        ],
        "notes": [*answer.notes, *_dropped_citations(answer.dropped_citations)],
        "about": _about(answer),
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
    stated = bool(answer.sentences) and _split_at(short, answer.sentences[0].text)[1]
    return (
        short if answer.wanted and confident and stated and not lacks_wanted(short, answer.wanted) else None
    )


def _sentences(answer: Answer) -> list[JsonObject]:
    """Return the sentences, each introduced by its source and split at the short answer.

    Consecutive quotes of one source are introduced once. A chat model's sentences are not quotes and have no
    introduction.
    """
    sources = {citation.n: citation.source for citation in answer.citations}
    short = answer.short_answer
    data = []
    last = None
    for number, sentence in enumerate(answer.sentences):
        introduction = None
        if answer.mode == "quote" and sentence.citations and sentence.citations[0] in sources:
            introduction = wording.quote_introduction(sources[sentence.citations[0]])
        before, emphasis, after = _split_at(short if number == 0 else None, sentence.text)
        data.append(
            {
                "introduction": None if introduction == last else introduction,
                "before": before,
                "emphasis": emphasis,
                "after": after + (f" ({UNSUPPORTED})" if sentence.check == "unsupported" else ""),
                "citations": list(sentence.citations),
            }
        )
        last = introduction
    return data


def _split_at(short: str | None, sentence: str) -> tuple[str, str, str]:
    """Return the text before, in and after the first place of `short`, as whole words, in `sentence`.

    >>> _split_at("12", "On day 112 they sold 12.")
    ('On day 112 they sold ', '12', '.')
    >>> _split_at(None, "They sold 12.")
    ('They sold 12.', '', '')
    """
    words = " ".join((short or "").split())
    found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence) if words else None
    if found is None:
        return sentence, "", ""
    return sentence[: found.start()], found[0], sentence[found.end() :]


def _source(citation: Citation, sentences: set[str]) -> JsonObject:
    source = citation.source
    return {
        "n": citation.n,
        # A quote that is a sentence of the answer is not shown again below it.
        "quote": None if citation.quote in sentences else citation.quote,
        "title": source.title or "Untitled",
        "sourceLine": wording.source_line(source),
        "corrected": source.corrected,
        "unverified": citation.verified is False,
        "also": [copy.outlet or "an unknown outlet" for copy in source.also],
        "reference": wording.reference(
            citation.quote, source, article=citation.article, version=citation.version
        ),
    }


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
    if answer.standalone != answer.question:
        lines.append(f"Searched as: {answer.standalone}")
    filters = wording.filters(answer.filters)
    if filters:
        lines.append("Searched only: " + " · ".join(filters))
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


def _open_handler(answer: Answer, key: str) -> Callable[[], None]:
    """Return the callback that opens the article clicked in the component with this key."""

    def open_clicked() -> None:
        clicked = st.session_state[key].open
        places: Sequence[Citation | ListedPassage] = (
            answer.citations if clicked["list"] == "citations" else answer.passages
        )
        if 0 <= clicked["index"] < len(places):
            open_article(OpenedArticle.at(places[clicked["index"]]))

    return open_clicked


def _opened_citation(answer: Answer, opened: OpenedArticle | None) -> int | None:
    """Return the number of the citation that the article view shows now."""
    if opened is None:
        return None
    for citation in answer.citations:
        if citation.article == opened.article and (citation.start, citation.end) == opened.span:
            return citation.n
    return None
