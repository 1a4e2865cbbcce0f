"""The conversation on the page: its kept turns, and the one being answered."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from assistant.conversations import Conversations, StoredAnswer
from assistant.query import Exchange, Filters
from assistant.web import wording
from assistant.web.answer_view import answer_view
from assistant.web.article_view import opened_article
from assistant.web.running_answer import Asking
from assistant.web.sidebar import remove_filters

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_to_question = st.components.v2.component(
    "backfile_to_question",
    html="<div></div>",
    js=(Path(__file__).with_name("shared.js")).read_text("utf-8")
    + "export default ({ parentElement }) => void scrollToQuestion(parentElement.firstElementChild);",
)

LATEST = 20
"""Turns drawn before "Show earlier questions": a page of hundreds answers clicks slowly."""
DRAW_SECONDS = 0.08
"""Time between drawings of a coming answer: text still seems to flow, and a click is heard at once."""


_RESTRICTIONS = {
    "time_frame": ("about", wording.stored_time_frame, "of any time"),
    "reported_by": ("by", wording.stored_outlets, "of any outlet"),
}
"""What a question may say that restricts the search: how the page says it, and what it is to do without."""


def turns(answers: Sequence[StoredAnswer], conversation: str) -> None:
    """Draw the kept turns of a conversation."""
    shown = st.session_state.get("turns_shown", LATEST)
    if len(answers) > shown:
        st.button("Show earlier questions", type="tertiary", on_click=_show_earlier, args=(len(answers),))
    for number in range(max(len(answers) - shown, 0), len(answers)):
        answer = answers[number]
        newest = number == len(answers) - 1
        with st.container(key=f"turn-{number}"):
            _question(answer["question"])
            answer_view(answer, key=f"answer-{conversation}-{number}", newest=newest, opened=opened_article())
            if newest and _applied(answer):
                _restrictions(answer, number)
            elif newest and answer["reason_code"] in ("hidden_by_filter", "outside_dates"):
                st.button(
                    "Ask again without filters",
                    key=f"unfiltered-{number}",
                    on_click=_ask_unfiltered,
                    args=(answer["question"],),
                )


def _applied(answer: StoredAnswer) -> list[str]:
    """What the question says that restricted the search; old answers do not say."""
    return [said for said in _RESTRICTIONS if (answer.get(said) or {}).get("applied")]


def _restrictions(answer: StoredAnswer, number: int) -> None:
    """Draw what the question restricted its answer to, each as a button that asks again without it."""
    with st.container(key="restrictions", horizontal=True, gap="small", vertical_alignment="center"):
        before = "Searched only articles"
        for said in _applied(answer):
            preposition, words, without = _RESTRICTIONS[said]
            st.html(f'<span class="bf-faint">{before} {preposition}</span>', width="content")
            st.button(
                wording.label(words(answer[said])),
                key=f"{said}-{number}",
                icon=":material/close:",
                icon_position="right",
                help=f"Ask again in articles {without}",
                on_click=_ask_without,
                args=(answer["question"], said),
            )
            before = "and"


def _show_earlier(number: int) -> None:
    st.session_state.turns_shown = number


def ask_next(question: str) -> None:
    """Ask `question` at the next drawing."""
    st.session_state.to_ask = question
    st.session_state.lifted = "", frozenset()


def _ask_without(question: str, restriction: str) -> None:
    """Ask `question` again, without one more of its own restrictions."""
    st.session_state.lifted = question, _lifted(question) | {restriction}
    _ask_again(question)


def _ask_again(question: str) -> None:
    st.session_state.to_ask = question


def _lifted(question: str) -> frozenset[str]:
    """What `question` says that is not to restrict its answer."""
    asked, lifted = st.session_state.get("lifted", ("", frozenset()))
    return lifted if asked == question else frozenset()


def _ask_unfiltered(question: str) -> None:
    remove_filters()
    ask_next(question)


def next_question() -> str | None:
    """The question to be asked at this drawing; it stays until `begin` has taken it up."""
    question: str | None = st.session_state.get("to_ask")
    return question


def begin(
    question: str,
    filters: Filters,
    *,
    conversation: str,
    answers: Sequence[StoredAnswer],
    assistant: "Assistant",
    conversations: Conversations,
) -> None:
    """Start to answer `question` as the next turn of `conversation`."""
    before = asking()
    if before:
        before.stop()
    history = [Exchange(answer["question"], answer["answer"]) for answer in answers]
    st.session_state.asking = started = Asking(
        question,
        filters,
        conversation,
        any_time="time_frame" in _lifted(question),
        any_outlet="reported_by" in _lifted(question),
    )
    started.start(assistant, conversations, history)
    st.session_state.to_ask = None


def asking() -> Asking | None:
    """The question this page asked last, until its answer is kept."""
    current: Asking | None = st.session_state.get("asking")
    return current


def current_turn(current: Asking) -> None:
    """Draw the turn being answered until it has ended; then the kept turns take its place."""
    with st.container(key="turn-current"):
        _question(current.question)
        _to_question(key="to-question", data=current.question)
        place = st.empty()
        try:
            while not current.ended:
                place.html(_coming(current.text))
                current.wait(DRAW_SECONDS)
        except StopException:
            # The stop button ends this drawing. Any other click only begins a new one.
            current.stop()
            raise
        if current.problem is None and not current.stopped:
            st.session_state.asking = None
            st.rerun()
        place.empty()
        _unkept(current)


def _unkept(current: Asking) -> None:
    if current.answer is not None:
        answer_view(current.answer.to_json(), key="answer-unkept", newest=True, opened=opened_article())
    elif current.text:
        st.html(f'<p class="bf-coming bf-faint">{escape(current.text)}</p>')
    if current.problem is None:
        st.info("Stopped before the answer was complete.")
    else:
        st.error(wording.message(current.problem))
    if current.mendable:
        st.button("Ask again", key="ask-again", on_click=_ask_again, args=(current.question,))


def _coming(text: str) -> str:
    if not text:
        return '<p class="bf-coming bf-faint bf-busy" role="status">Reading the archive</p>'
    return f'<p class="bf-coming bf-busy">{escape(text)}</p>'


def _question(question: str) -> None:
    st.html(f'<h2 class="bf-question">{escape(question)}</h2>')
