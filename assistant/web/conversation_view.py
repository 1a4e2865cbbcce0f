"""Draws the conversation: each question with its answer, what has arrived of it, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from assistant.answer import Answer
from assistant.conversations import Conversations, Options, Turn
from assistant.errors import BackfileError
from assistant.web import address, wording
from assistant.web.answer_view import Revise, answer_view
from assistant.web.answering import Answering, RunningAnswer
from assistant.web.archive_view import mentions_button
from assistant.web.keys import element_key

_FOLDER = Path(__file__).parent
_scroll_to_question = st.components.v2.component(
    "backfile_scroll_to_question",
    html="<div></div>",
    js=(_FOLDER / "shared.js").read_text("utf-8")
    + "export default ({ parentElement }) => void scrollToQuestion(parentElement.firstElementChild);",
)

LATEST = 20
"""Turns drawn before "Show earlier questions": a page of hundreds responds slowly to clicks."""
DRAW_SECONDS = 0.2
"""Time between drawings of a running answer: short enough that text seems to flow."""


def turns(
    stored: Sequence[Turn],
    running: Mapping[int, RunningAnswer],
    conversation: str,
    answering: Answering,
    conversations: Conversations,
) -> None:
    """Draw the turns of a conversation. `running` was read before `stored`, so no answer falls between them."""
    target = address.turn() or len(stored)
    shown = max(st.session_state.get("turns_shown", LATEST), len(stored) - target + 1)
    if len(stored) > shown:
        st.button(
            f"Show earlier questions ({len(stored) - shown})",
            key="show-earlier",
            type="tertiary",
            on_click=_show_earlier,
            args=(shown + LATEST,),
        )
    for turn in stored[-shown:]:
        number = turn.number
        with st.container(key=f"turn-{number}"):
            _question(turn.question or "A question that cannot be read")
            if number in running:
                _running_turn(turn, running[number], answering, conversations)
            elif turn.answer is None or isinstance(turn.answer, Answer):
                answer_view(
                    turn,
                    key=element_key("answer", conversation, number),
                    scrolls=number == target,
                    arrived=st.session_state.get("arrived") == (conversation, number),
                    revise=_revise(answering, conversation, number),
                    judge=partial(conversations.give_feedback, conversation, number),
                )
                if turn.answer is not None:
                    mentions_button(turn.answer, element_key("mentions", conversation, number))
            else:
                st.warning("This answer cannot be shown: its record in the conversations file is damaged.")


def _revise(answering: Answering, conversation: str, number: int) -> Revise:
    """Return the function that asks a question in the place of this turn."""

    def revise(question: str, options: Options) -> None:
        try:
            answering.ask(question, options, conversation, number)
        except BackfileError as error:
            st.session_state.failure = str(error), question

    return revise


def _show_earlier(number: int) -> None:
    st.session_state.turns_shown = number


def _running_turn(
    turn: Turn, running: RunningAnswer, answering: Answering, conversations: Conversations
) -> None:
    """Draw the text of an answer that has arrived so far, until it is complete and stored."""
    if running.error is not None:
        _unstored(turn, running, answering, conversations)
        return
    _scroll_to_question(
        key=element_key("scroll", running.conversation, running.number), data=running.question
    )
    # Only this part of the page is drawn again and again, so that the rest reacts to clicks at once.
    st.fragment(run_every=DRAW_SECONDS)(_arriving)(running, answering)


def _arriving(running: RunningAnswer, answering: Answering) -> None:
    if running.ended.is_set():
        st.session_state.arrived = running.conversation, running.number
        st.rerun()
    st.html(_partial_answer(running.text))
    st.button(
        "Stop answering",
        key=element_key("stop", running.conversation, running.number),
        icon=":material/stop_circle:",
        on_click=answering.stop,
        args=(running,),
    )


def _unstored(turn: Turn, running: RunningAnswer, answering: Answering, conversations: Conversations) -> None:
    """Draw an answer that is complete but could not be stored."""
    st.error(wording.error_markdown(running.error or ""))
    if running.answer is not None:
        answer_view(
            replace(turn, answer=running.answer),
            key=element_key("answer", running.conversation, running.number),
            scrolls=True,
            arrived=False,
            revise=_revise(answering, running.conversation, running.number),
            judge=partial(conversations.give_feedback, running.conversation, running.number),
        )


def _partial_answer(text: str) -> str:
    if not text:
        return '<p class="bf-partial-answer bf-faint bf-busy" role="status">Searching the archive</p>'
    return f'<p class="bf-partial-answer bf-busy" dir="auto">{escape(text)}</p>'


def _question(question: str) -> None:
    st.html(f'<h2 class="bf-question" dir="auto">{escape(question)}</h2>')
