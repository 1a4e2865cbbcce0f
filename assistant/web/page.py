"""Draws the page over an open archive: sidebar, conversation and article view; or what to do without one."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.conversations import Conversations
from assistant.errors import BackfileError
from assistant.query import Filters
from assistant.settings import ARCHIVE, SAMPLE_ARCHIVE
from assistant.text.counting import counted
from assistant.web import conversation_view, sidebar, wording
from assistant.web.article_view import article_view

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
SIDEBAR_WIDTH = 300
"""Pixels: the narrowest width that shows a date and most first questions in full."""


def frame() -> None:
    """Set title and style. Every run of the page must call this first."""
    st.set_page_config(
        page_title="Backfile", page_icon=_FOLDER / "icon.svg", initial_sidebar_state=SIDEBAR_WIDTH
    )
    st.html(_FOLDER / "page.css")


def page(assistant: "Assistant", conversations: Conversations, archive: Path) -> None:
    """Draw the page over an open archive in the folder `archive`."""
    try:
        _page(assistant, conversations, archive)
    except BackfileError as error:
        failure(error)


def failure(error: BackfileError) -> None:
    """Draw an error's message."""
    st.error(wording.error_markdown(str(error)))
    st.button("Try again", key="try-again")


def no_archive(archive: Path) -> None:
    """Draw the first screen of an archive without articles: the command that adds some."""
    _masthead("There are no articles here yet.")
    option = "" if archive == ARCHIVE else f' --archive "{archive}"'
    st.markdown("To add articles, type this in a terminal, in Backfile's folder:")
    st.code(f"python -m ingest PATH{option}", language="bash")
    st.markdown(
        "`PATH` is a file or a folder of articles. A folder may mix formats. "
        "Most formats in which news is stored can be read, also compressed; `docs/formats.md` lists them all."
    )
    st.button("Look again", icon=":material/refresh:", key="look-again")


def _page(assistant: "Assistant", conversations: Conversations, archive: Path) -> None:
    coverage = assistant.coverage()
    conversation: str | None = st.query_params.get("c")
    answers = conversations.answers(conversation) if conversation else []
    running = conversation_view.running_answer()
    if running and running.conversation != conversation:
        running = None
    filters = _sidebar(assistant, conversations, coverage, conversation)
    if archive.name == SAMPLE_ARCHIVE.name:
        _demonstration()
    if coverage.articles == 0:
        no_archive(archive)
        return
    body = st.container(key="conversation")
    _input(filters)
    question = conversation_view.next_question()
    if question is not None:
        if conversation is None or not (answers or running):
            st.query_params["c"] = conversation = conversations.new_id()
        conversation_view.start_answer(
            question,
            filters,
            conversation=conversation,
            answers=answers,
            assistant=assistant,
            conversations=conversations,
        )
        running = conversation_view.running_answer()
    article_view(assistant)
    with body:
        if conversation:
            conversation_view.turns(answers, conversation)
        if running:
            conversation_view.current_turn(running)
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
    # A callback runs before the page is drawn, so the question survives a click that ends the drawing early.
    conversation_view.ask_next(st.session_state.question)


def _first_screen(assistant: "Assistant", coverage: "Coverage", *, unknown: bool) -> None:
    if unknown:
        st.info("This conversation is not stored here. It was deleted, or it belongs to another archive.")
    span = ""
    if coverage.first and coverage.last:
        span = f", {wording.day(coverage.first)} to {wording.day(coverage.last)}"
    outlets = sum(outlet is not None for outlet, _ in coverage.outlets)
    _masthead(f"{counted(coverage.articles, 'article')} from {counted(outlets, 'outlet')}{span}")
    st.markdown(
        "Ask a question in plain English. Each sentence of the answer has the number of its source. "
        "Click the number to read the sentence in its article."
    )
    starters = assistant.starter_questions()
    if starters:
        st.html('<h2 class="bf-eyebrow">For example</h2>')
        with st.container(key="starters", gap="small"):
            for number, question in enumerate(starters):
                st.button(
                    wording.escape_markdown(question),
                    key=f"starter-{number}",
                    width="stretch",
                    on_click=conversation_view.ask_next,
                    args=(question,),
                )


def _masthead(line: str) -> None:
    st.html(f'<header class="bf-masthead"><h1>Backfile</h1><p>{escape(line)}</p></header>')


def _demonstration() -> None:
    st.html(
        '<p class="bf-banner" role="note"><strong>Demonstration archive.</strong> '
        "Its articles were written to show how Backfile works; most of their news is invented.</p>"
    )
