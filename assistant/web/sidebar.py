"""The sidebar: conversations, what the next question is restricted to, and what the archive holds."""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from assistant.conversations import Conversations, Summary
from assistant.query import Filters
from assistant.text.counting import counted
from assistant.web import wording
from assistant.web.article_view import close_reader

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.assistant import Assistant

RECENT = 12
"""Conversations listed before "Show all": more would push the filters out of sight."""
LARGEST = 8
"""Outlets named in the coverage, those with most articles."""
LOOK_AGAIN_SECONDS = 5
"""How often the coverage is read while an ingest runs: new articles are seen within seconds."""


def conversation_list(conversations: Conversations, current: str | None) -> None:
    """Draw the button for a new conversation and the list of the kept ones."""
    st.button(
        "New conversation", icon=":material/edit_square:", width="stretch", on_click=go_to, args=(None,)
    )
    kept = conversations.list()
    if not kept:
        return
    st.html('<h2 class="bf-eyebrow">Conversations</h2>')
    everything = st.session_state.get("all_conversations", False)
    with st.container(key="conversations", gap=None):
        for summary in kept if everything else kept[:RECENT]:
            _entry(summary, conversations, current)
        if len(kept) > RECENT and not everything:
            st.button(f"Show all {len(kept)}", type="tertiary", on_click=_show_all)


def go_to(conversation: str | None) -> None:
    """Show another conversation, or a new one, from the next drawing on."""
    close_reader()
    if conversation is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = conversation


def _show_all() -> None:
    st.session_state.all_conversations = True


def _entry(summary: Summary, conversations: Conversations, current: str | None) -> None:
    with st.container(
        key=f"conversation-{summary.id}", horizontal=True, wrap=False, gap=None, vertical_alignment="center"
    ):
        title = wording.label(summary.title)
        st.button(
            f"**{title}**" if summary.id == current else title,
            key=f"open-{summary.id}",
            type="tertiary",
            width="stretch",
            wrap=False,
            on_click=go_to,
            args=(summary.id,),
        )
        if st.button(
            "",
            key=f"delete-{summary.id}",
            type="tertiary",
            icon=":material/delete:",
            help=f"Delete “{title}”",
        ):
            _confirm_deletion(summary, conversations, current)


@st.dialog("Delete this conversation?")
def _confirm_deletion(summary: Summary, conversations: Conversations, current: str | None) -> None:
    st.markdown(f"“{wording.label(summary.title)}” and all its answers will be gone for good.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", key="confirm-deletion"):
            conversations.delete(summary.id)
            if summary.id == current:
                go_to(None)
            st.rerun()
        if st.button("Keep"):
            st.rerun()


def filter_controls(coverage: "Coverage") -> Filters:
    """Draw the filters; returns what the next question is restricted to."""
    st.html('<h2 class="bf-eyebrow">Search only</h2>')
    first, last = _calendar(coverage)
    since = st.date_input("From", None, first, last, key="since", format="YYYY-MM-DD")
    until = st.date_input("Until", None, first, last, key="until", format="YYYY-MM-DD")
    if since and until and until < since:
        st.error("“From” is later than “Until”, so nothing can be found.")
    outlets = st.multiselect(
        "Outlets",
        [outlet for outlet, _ in coverage.outlets if outlet],
        key="outlets",
        placeholder="All outlets",
    )
    return Filters(since=since, until=until, outlets=tuple(outlets))


def _calendar(coverage: "Coverage") -> tuple[date, date]:
    """The whole years that the archive's articles lie in, so that a calendar offers no empty century."""
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
        wording.label(words),
        key=f"chip-{control}-{words}",
        icon=":material/close:",
        icon_position="right",
        help="Remove this filter",
        on_click=_remove,
        args=(control, outlet),
    )


def _remove(control: str, outlet: str | None) -> None:
    if outlet is None:
        st.session_state[control] = None
    else:
        st.session_state[control] = [kept for kept in st.session_state[control] if kept != outlet]


def remove_filters() -> None:
    """Search everything from the next question on."""
    st.session_state.update(since=None, until=None, outlets=[])


def coverage_panel(assistant: "Assistant", coverage: "Coverage") -> None:
    """Draw what the archive holds; while an ingest runs, anew every few seconds."""
    every = LOOK_AGAIN_SECONDS if coverage.ingesting else None
    st.fragment(run_every=every)(_coverage)(assistant, coverage.ingesting)


def _coverage(assistant: "Assistant", ingesting: bool) -> None:
    coverage = assistant.coverage()
    if ingesting and not coverage.ingesting:
        st.rerun()
    st.html('<h2 class="bf-eyebrow">Archive</h2>' + coverage_html(coverage))


def coverage_html(coverage: "Coverage") -> str:
    """What the archive holds, as HTML."""
    facts = [("Articles", f"{coverage.articles:,}"), ("Passages", f"{coverage.passages:,}")]
    if coverage.first and coverage.last:
        facts.append(("Dates", f"{wording.day(coverage.first)} to {wording.day(coverage.last)}"))
    if coverage.undated:
        facts.append(("Undated", counted(coverage.undated, "article")))
    if coverage.last_ingest:
        facts.append(("Last ingest", wording.moment(coverage.last_ingest)))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    running = '<p class="bf-faint bf-busy" role="status">An ingest is running</p>'
    return (
        f'<dl class="bf-coverage">{rows}<dt>Outlets</dt><dd>{_outlets(coverage.outlets)}</dd></dl>'
        f"{running if coverage.ingesting else ''}"
    )


def _outlets(outlets: Sequence[tuple[str | None, int]]) -> str:
    named = [
        f"{escape(outlet or 'not named')} <span>{articles:,}</span>" for outlet, articles in outlets[:LARGEST]
    ]
    if len(outlets) > LARGEST:
        named.append(f"<span>and {len(outlets) - LARGEST:,} more</span>")
    return "<br>".join(named)
