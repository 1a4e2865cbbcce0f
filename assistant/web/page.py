"""Draws the page over an open archive: sidebar, conversation and article view; or what to do without one."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value

from assistant.answer import Answer, Citation
from assistant.conversations import Conversations, Options, Turn
from assistant.errors import BackfileError
from assistant.query import NO_FILTERS, Filters
from assistant.settings import ARCHIVE, SAMPLE_ARCHIVE
from assistant.text.counting import counted
from assistant.web import address, archive_view, conversation_view, sidebar, wording
from assistant.web.answering import Answering
from assistant.web.article_view import article_view

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
_whole_page = st.components.v2.component(
    "backfile_page",
    html="<div></div>",
    js=(_FOLDER / "shared.js").read_text("utf-8") + (_FOLDER / "page.js").read_text("utf-8"),
)
SIDEBAR_WIDTH = 300
"""Pixels: the narrowest width that shows a date and most first questions in full."""

STARTER_SECONDS = 2
"""Time between drawings of the questions to begin with, until all are found."""


def frame() -> None:
    """Set title and style. Every run of the page must call this first."""
    # Without `fastReruns`, Streamlit 1.67 begins a run that follows a fragment's in the place of the fragment. Then the
    # browser gets the page inside itself, and shows nothing at the next drawing.
    context_dg_stack.set(get_default_dg_stack_value())
    st.set_page_config(
        page_title="Backfile", page_icon=_FOLDER / "icon.svg", initial_sidebar_state=SIDEBAR_WIDTH
    )
    st.html(_FOLDER / "page.css")


def page(assistant: "Assistant", conversations: Conversations, answering: Answering, archive: Path) -> None:
    """Draw the page over an open archive in the folder `archive`."""
    try:
        _page(assistant, conversations, answering, archive)
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


def _page(assistant: "Assistant", conversations: Conversations, answering: Answering, archive: Path) -> None:
    coverage = assistant.coverage()
    conversation = address.conversation()
    if conversation is None:
        # The address has it before the first question, so that a reload at any moment finds the conversation.
        conversation = answering.new_conversation()
        address.go(**{address.CONVERSATION: conversation})
    with st.sidebar:
        st.html('<p class="bf-name">Backfile</p>')
        browsing = archive_view.navigation() and coverage.articles > 0
    question, chips = _input() if coverage.articles and not browsing else (None, None)
    with st.sidebar:
        sidebar.new_conversation(answering)
        filters = sidebar.filter_controls(coverage) if coverage.articles else NO_FILTERS
    asked = question or st.session_state.pop("next_question", None)
    if asked:
        conversation = _ask(asked, filters, conversation, conversations, answering)
    with st.sidebar:
        sidebar.conversation_list(conversations, answering, conversation)
        sidebar.coverage_panel(assistant, coverage)
    if chips is not None:
        with chips:
            sidebar.filter_chips(filters)
    if archive.name == SAMPLE_ARCHIVE.name:
        _demonstration()
    if coverage.articles == 0:
        no_archive(archive)
        return
    if browsing:
        with st.container(key="archive-view"):
            archive_view.archive_view(assistant, coverage, filters)
        article_view(assistant, ())
        return
    with st.container(key="conversation"):
        _draw_failure()
        running = answering.running(conversation)
        turns = conversations.turns(conversation)
        conversation_view.turns(turns, running, conversation, answering, conversations)
        if not turns:
            _first_screen(answering, coverage, unknown=not answering.is_new(conversation))
    article_view(assistant, _cited(turns))
    _whole_page(
        key="page",
        data={"conversation": conversation, "turns": len(turns)},
        on_unsent_change=_ask_unsent(conversation, len(turns)),
    )


def _ask(
    question: str, filters: Filters, conversation: str, conversations: Conversations, answering: Answering
) -> str:
    """Ask a question in a conversation, or in a new one if it is not stored here, and return the conversation."""
    question = wording.question(question)
    if not question:
        return conversation
    if not answering.is_new(conversation) and not conversations.turns(conversation):
        conversation = answering.new_conversation()
    address.go(**{address.CONVERSATION: conversation, address.TURN: None})
    try:
        answering.ask(question, Options(filters=filters), conversation)
    except BackfileError as error:
        st.session_state.failure = str(error), question
    return conversation


def _draw_failure() -> None:
    """Draw why a question could not be stored, and a button that asks it again."""
    failure = st.session_state.pop("failure", None)
    if failure is not None:
        error, question = failure
        st.error(wording.error_markdown(error))
        st.button(
            wording.escape_markdown(f"Ask again “{question}”"),
            key="ask-again",
            on_click=_ask_next,
            args=(question,),
        )


def _ask_next(question: str) -> None:
    st.session_state.next_question = question


def _ask_unsent(conversation: str, turns: int) -> Callable[[], None]:
    """Return the callback that asks a question which did not reach the server before the page was loaded again."""

    def ask_unsent() -> None:
        unsent = st.session_state["page"].unsent
        if (unsent["conversation"], unsent["turns"]) == (conversation, turns):
            _ask_next(str(unsent["text"]))

    return ask_unsent


def _cited(turns: Sequence[Turn]) -> Sequence[Citation]:
    """Return the citations of the turn in the address."""
    number = address.turn()
    answer = turns[number - 1].answer if number and number <= len(turns) else None
    return answer.citations if isinstance(answer, Answer) else ()


def _input() -> tuple[str | None, DeltaGenerator]:
    """Draw the question box, and return what was asked and the place for the filters above it.

    This comes before anything that may fail. A callback would not do: after a restart of the server, Streamlit does not
    call it for a question that was typed before the page was drawn again.
    """
    with st.bottom:
        chips = st.container()
        return st.chat_input("Ask the archive", key="question"), chips


def _first_screen(answering: Answering, coverage: "Coverage", *, unknown: bool) -> None:
    if unknown:
        st.info(
            "This conversation is not stored here. Nothing was asked in it yet, it was deleted, or it belongs to "
            "another archive."
        )
    span = ""
    if coverage.first and coverage.last:
        span = f", {wording.day(coverage.first)} to {wording.day(coverage.last)}"
    outlets = len(sidebar.outlets(coverage))
    _masthead(f"{counted(coverage.articles, 'article')} from {counted(outlets, 'outlet')}{span}")
    st.markdown(
        "Ask a question in plain English. Each sentence of the answer has the number of its source. "
        "Click the number to read the sentence in its article."
    )
    interval = None if answering.starters(coverage).is_complete else STARTER_SECONDS
    st.fragment(run_every=interval)(_draw_starters)(answering, coverage)


def _draw_starters(answering: Answering, coverage: "Coverage") -> None:
    starters = answering.starters(coverage)
    if not starters.questions:
        return
    st.html('<h2 class="bf-eyebrow">For example</h2>')
    with st.container(key="starters", gap="small"):
        for number, question in enumerate(starters.questions):
            if st.button(wording.escape_markdown(question), key=f"starter-{number}", width="stretch"):
                _ask_next(question)
                st.rerun()


def _masthead(line: str) -> None:
    st.html(f'<header class="bf-masthead"><h1>Backfile</h1><p>{escape(line)}</p></header>')


def _demonstration() -> None:
    st.html(
        '<p class="bf-banner" role="note"><strong>Demonstration archive.</strong> '
        "Its articles were written to show how Backfile works; most of their news is invented.</p>"
    )
