"""Draws the conversation: its stored turns, and the turn that is being answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from assistant.answer import Answer
from assistant.conversations import Conversations, StoredAnswer
from assistant.query import Exchange, Filters
from assistant.web import wording
from assistant.web.answer_view import answer_view
from assistant.web.article_view import opened_article
from assistant.web.keys import element_key
from assistant.web.running_answer import RunningAnswer
from assistant.web.sidebar import remove_filters

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_scroll_to_question = st.components.v2.component(
    "backfile_scroll_to_question",
    html="<div></div>",
    js=(Path(__file__).with_name("shared.js")).read_text("utf-8")
    + "export default ({ parentElement }) => void scrollToQuestion(parentElement.firstElementChild);",
)

LATEST = 20
"""Turns drawn before "Show earlier questions": a page of hundreds responds slowly to clicks."""
DRAW_SECONDS = 0.08
"""Time between drawings of a running answer: short enough that text seems to flow and a click takes effect at once."""

RestrictionName = Literal["time", "outlets"]


@dataclass(frozen=True)
class Restriction:
    """Something that the question says and that restricted its search."""

    name: RestrictionName
    preposition: str
    """The text before `words`, after "Searched only articles"."""
    words: str
    removal: str
    """What a question without the restriction does."""


def turns(answers: Sequence[StoredAnswer], conversation: str) -> None:
    """Draw the stored turns of a conversation."""
    shown = st.session_state.get("turns_shown", LATEST)
    if len(answers) > shown:
        st.button("Show earlier questions", type="tertiary", on_click=_show_earlier, args=(len(answers),))
    for number in range(max(len(answers) - shown, 0), len(answers)):
        answer = answers[number]
        with st.container(key=f"turn-{number}"):
            if isinstance(answer, Answer):
                _turn(answer, conversation, number, newest=number == len(answers) - 1)
            else:
                _question(answer.question or "A question that cannot be read")
                st.warning("This answer cannot be shown: its record in the conversations file is damaged.")


def _turn(answer: Answer, conversation: str, number: int, *, newest: bool) -> None:
    _question(answer.question)
    answer_view(
        answer, key=element_key("answer", conversation, number), newest=newest, opened=opened_article()
    )
    if not newest:
        return
    restrictions = _restrictions(answer)
    if restrictions:
        _draw_restrictions(restrictions, answer.question, number)
    elif answer.reason_code in ("hidden_by_filter", "outside_dates"):
        st.button(
            "Ask again without filters",
            key=f"unfiltered-{number}",
            on_click=_ask_unfiltered,
            args=(answer.question,),
        )


def _restrictions(answer: Answer) -> list[Restriction]:
    """Return what the question says that restricted its search."""
    found = []
    time, outlets = answer.time_frame, answer.reported_by
    if time and time.applied:
        found.append(Restriction("time", "about", wording.asked_time(time), "Ask again for all dates"))
    if outlets and outlets.applied:
        found.append(
            Restriction("outlets", "by", wording.asked_outlets(outlets), "Ask again for all outlets")
        )
    return found


def _draw_restrictions(restrictions: Sequence[Restriction], question: str, number: int) -> None:
    """Draw each restriction as a button that asks the question again without it."""
    with st.container(key="restrictions", horizontal=True, gap="small", vertical_alignment="center"):
        before = "Searched only articles"
        for restriction in restrictions:
            st.html(f'<span class="bf-faint">{before} {restriction.preposition}</span>', width="content")
            st.button(
                wording.escape_markdown(restriction.words),
                key=f"restriction-{restriction.name}-{number}",
                icon=":material/close:",
                icon_position="right",
                help=restriction.removal,
                on_click=_ask_without,
                args=(question, restriction.name),
            )
            before = "and"


def _show_earlier(number: int) -> None:
    st.session_state.turns_shown = number


def ask_next(question: str) -> None:
    """Ask `question` at the next run of the page, with all restrictions that it names."""
    st.session_state.next_question = question
    st.session_state.removed_restrictions = "", frozenset()


def _ask_without(question: str, restriction: RestrictionName) -> None:
    """Ask `question` again, also without this restriction."""
    st.session_state.removed_restrictions = question, _removed_restrictions(question) | {restriction}
    _ask_again(question)


def _ask_again(question: str) -> None:
    st.session_state.next_question = question


def _removed_restrictions(question: str) -> frozenset[RestrictionName]:
    """Return the restrictions of `question` that the user has removed."""
    asked, removed = st.session_state.get("removed_restrictions", ("", frozenset()))
    return removed if asked == question else frozenset()


def _ask_unfiltered(question: str) -> None:
    remove_filters()
    ask_next(question)


def next_question() -> str | None:
    """Return the question to ask at this run of the page; it remains until `start_answer` has taken it."""
    question: str | None = st.session_state.get("next_question")
    return question


def start_answer(
    question: str,
    filters: Filters,
    *,
    conversation: str,
    answers: Sequence[StoredAnswer],
    assistant: "Assistant",
    conversations: Conversations,
) -> None:
    """Start to answer `question` as the next turn of `conversation`; stop an answer that is still running."""
    previous = running_answer()
    if previous:
        previous.stop()
    history = [Exchange(answer.question, answer.text) for answer in answers if isinstance(answer, Answer)]
    removed = _removed_restrictions(question)
    st.session_state.running_answer = running = RunningAnswer(
        question, filters, conversation, any_time="time" in removed, any_outlet="outlets" in removed
    )
    running.start(assistant, conversations, history)
    st.session_state.next_question = None


def running_answer() -> RunningAnswer | None:
    """Return the answer to this page's last question, until it is stored."""
    running: RunningAnswer | None = st.session_state.get("running_answer")
    return running


def current_turn(running: RunningAnswer) -> None:
    """Draw the turn that is being answered until it is finished; then the stored turns include it."""
    with st.container(key="turn-current"):
        _question(running.question)
        _scroll_to_question(key="scroll-to-question", data=running.question)
        place = st.empty()
        try:
            while not running.is_finished:
                place.html(_partial_answer(running.text))
                running.wait(DRAW_SECONDS)
        except StopException:
            # Only the stop button ends this run of the page with StopException; other clicks start a new run.
            running.stop()
            raise
        if running.error is None and not running.is_stopped:
            st.session_state.running_answer = None
            st.rerun()
        place.empty()
        _unstored_turn(running)


def _unstored_turn(running: RunningAnswer) -> None:
    """Draw an answer that was stopped, failed, or could not be stored."""
    if running.answer is not None:
        answer_view(running.answer, key="answer-unstored", newest=True, opened=opened_article())
    elif running.text:
        st.html(f'<p class="bf-partial-answer bf-faint">{escape(running.text)}</p>')
    if running.error is None:
        st.info("Stopped before the answer was complete.")
    else:
        st.error(wording.error_markdown(running.error))
    if running.is_retryable:
        st.button("Ask again", key="ask-again", on_click=_ask_again, args=(running.question,))


def _partial_answer(text: str) -> str:
    if not text:
        return '<p class="bf-partial-answer bf-faint bf-busy" role="status">Searching the archive</p>'
    return f'<p class="bf-partial-answer bf-busy">{escape(text)}</p>'


def _question(question: str) -> None:
    st.html(f'<h2 class="bf-question">{escape(question)}</h2>')
