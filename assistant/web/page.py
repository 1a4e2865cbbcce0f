"""The page: sidebar, conversation and source reader about one open archive, or what to do without one."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.conversations import Conversations
from assistant.errors import BackfileError
from assistant.query import Filters
from assistant.settings import ARCHIVE, SAMPLE_ARCHIVE
from assistant.text.counting import counted
from assistant.web import conversation_view as chat
from assistant.web import sidebar, wording
from assistant.web.article_view import reader

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
SIDEBAR_WIDTH = 300
"""Pixels: the narrowest that shows a date and most first questions whole."""


def frame() -> None:
    """Set title and style; the first thing any run of the page does."""
    st.set_page_config(
        page_title="Backfile", page_icon=_FOLDER / "icon.svg", initial_sidebar_state=SIDEBAR_WIDTH
    )
    st.html(_FOLDER / "page.css")


def page(assistant: "Assistant", conversations: Conversations, archive: Path) -> None:
    """Draw the page over an open archive; `archive` is its folder."""
    try:
        _page(assistant, conversations, archive)
    except BackfileError as error:
        failure(error)


def failure(error: BackfileError) -> None:
    """Say what went wrong, in the error's own words."""
    st.error(wording.message(str(error)))
    st.button("Try again", key="try-again")


def no_archive(archive: Path) -> None:
    """The first screen where there is nothing to ask yet: what to type."""
    _masthead("There are no articles here yet.")
    option = "" if archive == ARCHIVE else f' --archive "{archive}"'
    st.markdown("Put articles in: files or folders, in any mix of formats. In a terminal, in this folder:")
    st.code(f"python -m ingest PATH{option}", language="bash")
    st.markdown(
        "`PATH` is a folder of your archive, or a file: text, HTML, JSON, JSON lines or CSV, "
        "also in `.gz` and `.zip`."
    )
    st.button("Look again", icon=":material/refresh:", key="look-again")


def _page(assistant: "Assistant", conversations: Conversations, archive: Path) -> None:
    coverage = assistant.coverage()
    conversation: str | None = st.query_params.get("c")
    answers = conversations.answers(conversation) if conversation else []
    current = chat.asking()
    in_progress = current if current and current.conversation == conversation else None
    filters = _sidebar(assistant, conversations, coverage, conversation)
    if archive.name == SAMPLE_ARCHIVE.name:
        _demonstration()
    if coverage.articles == 0:
        no_archive(archive)
        return
    body = st.container(key="conversation")
    _input(filters)
    question = chat.next_question()
    if question is not None:
        if conversation is None or not (answers or in_progress):
            st.query_params["c"] = conversation = conversations.create()
        chat.begin(
            question,
            filters,
            conversation=conversation,
            answers=answers,
            assistant=assistant,
            conversations=conversations,
        )
        in_progress = chat.asking()
    reader(assistant)
    with body:
        if conversation:
            chat.turns(answers, conversation)
        if in_progress:
            chat.current_turn(in_progress)
        elif not answers:
            _first_screen(assistant, coverage, unknown=conversation is not None)


def _sidebar(
    assistant: "Assistant", conversations: Conversations, coverage: "Coverage", conversation: str | None
) -> Filters:
    with st.sidebar:
        st.html('<p class="bf-name">Backfile</p>')
        sidebar.conversation_list(conversations, conversation)
        filters = sidebar.filter_controls(coverage) if coverage.articles else Filters()
        sidebar.coverage_panel(assistant, coverage)
    return filters


def _input(filters: Filters) -> None:
    with st.bottom:
        sidebar.filter_chips(filters)
        st.chat_input("Ask the archive", key="question", submit_mode="stop", on_submit=_submitted)


def _submitted() -> None:
    # Noted before anything is drawn: a drawing may be cut short by the next click, and with it what was typed.
    chat.ask_next(st.session_state.question)


def _first_screen(assistant: "Assistant", coverage: "Coverage", *, unknown: bool) -> None:
    if unknown:
        st.info("This conversation is not kept here: it was deleted, or it is about another archive.")
    span = ""
    if coverage.first and coverage.last:
        span = f", {wording.day(coverage.first)} to {wording.day(coverage.last)}"
    outlets = sum(outlet is not None for outlet, _ in coverage.outlets)
    _masthead(f"{counted(coverage.articles, 'article')} from {counted(outlets, 'outlet')}{span}")
    st.markdown(
        "Ask a question in plain English. Every sentence of the answer carries the number of its source: "
        "press it to read the sentence where it stands, in its article."
    )
    starters = assistant.starter_questions()
    if starters:
        st.html('<h2 class="bf-eyebrow">For example</h2>')
        with st.container(key="starters", gap="small"):
            for number, question in enumerate(starters):
                st.button(
                    wording.label(question),
                    key=f"starter-{number}",
                    width="stretch",
                    on_click=chat.ask_next,
                    args=(question,),
                )


def _masthead(line: str) -> None:
    st.html(f'<header class="bf-masthead"><h1>Backfile</h1><p>{escape(line)}</p></header>')


def _demonstration() -> None:
    st.html(
        '<p class="bf-banner" role="note"><strong>Demonstration archive.</strong> '
        "Its articles were written to show how Backfile works; most of what they tell is invented.</p>"
    )
