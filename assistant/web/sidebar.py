"""Draws the sidebar: conversations, filters for the next question, and what the archive holds."""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from assistant.conversations import Conversations, Summary
from assistant.query import Filters
from assistant.text.counting import counted
from assistant.web import wording
from assistant.web.article_view import close_article
from assistant.web.keys import element_key

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

RECENT = 12
"""Conversations listed before "Show all": more would push the filters out of view."""
LARGEST = 8
"""Outlets listed under "Archive": those with the most articles."""
REFRESH_SECONDS = 5
"""Time between updates of the article counts while an ingest runs."""


def conversation_list(conversations: Conversations, current: str | None) -> None:
    """Draw the button for a new conversation and the list of stored ones."""
    st.button(
        "New conversation",
        icon=":material/edit_square:",
        width="stretch",
        on_click=open_conversation,
        args=(None,),
    )
    summaries = conversations.list()
    if not summaries:
        return
    st.html('<h2 class="bf-eyebrow">Conversations</h2>')
    show_all = st.session_state.get("all_conversations", False)
    with st.container(key="conversations", gap=None):
        for summary in summaries if show_all else summaries[:RECENT]:
            _conversation_row(summary, conversations, current)
        if len(summaries) > RECENT and not show_all:
            st.button(f"Show all {len(summaries)}", type="tertiary", on_click=_show_all)


def open_conversation(conversation: str | None) -> None:
    """Show another conversation, or a new one if None, from the next run of the page on."""
    close_article()
    if conversation is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = conversation


def _show_all() -> None:
    st.session_state.all_conversations = True


def _conversation_row(summary: Summary, conversations: Conversations, current: str | None) -> None:
    with st.container(
        key=element_key("conversation", summary.id),
        horizontal=True,
        wrap=False,
        gap=None,
        vertical_alignment="center",
    ):
        title = wording.escape_markdown(summary.title)
        st.button(
            f"**{title}**" if summary.id == current else title,
            key=element_key("open", summary.id),
            type="tertiary",
            width="stretch",
            wrap=False,
            on_click=open_conversation,
            args=(summary.id,),
        )
        if st.button(
            "",
            key=element_key("delete", summary.id),
            type="tertiary",
            icon=":material/delete:",
            help=f"Delete “{title}”",
        ):
            _confirm_deletion(summary, conversations, current)


@st.dialog("Delete this conversation?")
def _confirm_deletion(summary: Summary, conversations: Conversations, current: str | None) -> None:
    st.markdown(
        f"“{wording.escape_markdown(summary.title)}” and all its answers will be deleted permanently."
    )
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="confirm-deletion"):
            conversations.delete(summary.id)
            if summary.id == current:
                open_conversation(None)
            st.rerun()
        if st.button("Cancel"):
            st.rerun()


def filter_controls(coverage: "Coverage") -> Filters:
    """Draw the filters and return those that apply to the next question."""
    st.html('<h2 class="bf-eyebrow">Search only</h2>')
    first, last = _calendar(coverage)
    since = st.date_input("From", None, first, last, key="since", format="YYYY-MM-DD")
    until = st.date_input("Until", None, first, last, key="until", format="YYYY-MM-DD")
    if since and until and until < since:
        st.error("“From” is later than “Until”, so no article can match.")
    outlets = st.multiselect(
        "Outlets",
        [outlet for outlet, _ in coverage.outlets if outlet],
        key="outlets",
        placeholder="All outlets",
    )
    return Filters(since=since, until=until, outlets=tuple(outlets))


def _calendar(coverage: "Coverage") -> tuple[date, date]:
    """Return the first and last day that the calendars offer: whole years, from the first article to today."""
    today = date.today()
    return date((coverage.first or today).year, 1, 1), date(max(coverage.last or today, today).year, 12, 31)


def filter_chips(filters: Filters) -> None:
    """Draw each filter as a button that removes it."""
    if not filters:
        return
    with st.container(key="chips", horizontal=True, gap="small", vertical_alignment="center"):
        st.html('<span class="bf-faint">Only</span>', width="content")
        if filters.since:
            _chip(f"from {wording.day(filters.since)}", "since", None)
        if filters.until:
            _chip(f"until {wording.day(filters.until)}", "until", None)
        for outlet in filters.outlets:
            _chip(outlet, "outlets", outlet)


def _chip(words: str, control: str, outlet: str | None) -> None:
    st.button(
        wording.escape_markdown(words),
        key=element_key("chip", control, words),
        icon=":material/close:",
        icon_position="right",
        help="Remove this filter",
        on_click=_remove_filter,
        args=(control, outlet),
    )


def _remove_filter(control: str, outlet: str | None) -> None:
    if outlet is None:
        st.session_state[control] = None
    else:
        st.session_state[control] = [each for each in st.session_state[control] if each != outlet]


def remove_filters() -> None:
    """Remove all filters, from the next question on."""
    st.session_state.update(since=None, until=None, outlets=[])


def coverage_panel(assistant: "Assistant", coverage: "Coverage") -> None:
    """Draw what the archive holds, and update it every few seconds while an ingest runs."""
    interval = REFRESH_SECONDS if coverage.ingesting else None
    st.fragment(run_every=interval)(_coverage)(assistant, coverage.ingesting)


def _coverage(assistant: "Assistant", ingesting: bool) -> None:
    coverage = assistant.coverage()
    if ingesting and not coverage.ingesting:
        st.rerun()
    st.html('<h2 class="bf-eyebrow">Archive</h2>' + coverage_html(coverage))


def coverage_html(coverage: "Coverage") -> str:
    """Return what the archive holds as HTML."""
    facts = [("Articles", f"{coverage.articles:,}"), ("Passages", f"{coverage.passages:,}")]
    if coverage.first and coverage.last:
        facts.append(("Dates", f"{wording.day(coverage.first)} to {wording.day(coverage.last)}"))
    if coverage.undated:
        facts.append(("Undated", counted(coverage.undated, "article")))
    if coverage.last_ingest:
        facts.append(("Last update", wording.timestamp(coverage.last_ingest)))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    running = '<p class="bf-faint bf-busy" role="status">Articles are being added</p>'
    return (
        f'<dl class="bf-coverage">{rows}<dt>Outlets</dt><dd>{_outlets(coverage.outlets)}</dd></dl>'
        f"{running if coverage.ingesting else ''}"
    )


def _outlets(outlets: Sequence[tuple[str | None, int]]) -> str:
    lines = [
        f"{escape(outlet or 'Unknown')} <span>{articles:,}</span>" for outlet, articles in outlets[:LARGEST]
    ]
    if len(outlets) > LARGEST:
        lines.append(f"<span>and {len(outlets) - LARGEST:,} more</span>")
    return "<br>".join(lines)
