"""Draws the sidebar: conversations, filters for the next question, and what the archive holds."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from assistant.conversations import UNDO, Conversations, Summary
from assistant.query import Filters
from assistant.question.outlets import Names, OutletNames
from assistant.text.counting import counted
from assistant.web import address, wording
from assistant.web.answering import Answering
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


def new_conversation(answering: Answering) -> None:
    """Draw the button for a new conversation."""
    st.button(
        "New conversation",
        icon=":material/edit_square:",
        width="stretch",
        on_click=_open_new_conversation,
        args=(answering,),
    )


def _open_new_conversation(answering: Answering) -> None:
    address.open_conversation(answering.new_conversation())


def conversation_list(conversations: Conversations, answering: Answering, current: str) -> None:
    """Draw the list of stored conversations, or those that a search finds."""
    _draw_undo(conversations)
    summaries = conversations.list()
    if not summaries:
        return
    st.html('<h2 class="bf-eyebrow">Conversations</h2>')
    words = st.text_input(
        "Search conversations",
        key="conversation_search",
        placeholder="Search conversations",
        label_visibility="collapsed",
    )
    if words and words.strip():
        matches = conversations.search(words)
        if not matches:
            st.html('<p class="bf-faint">No conversation has these words.</p>')
        rows = [(match.summary, next(iter(match.turns), None)) for match in matches]
    else:
        rows = [(summary, None) for summary in summaries]
    show_all = st.session_state.get("all_conversations", False)
    with st.container(key="conversations", gap=None):
        for summary, turn in rows if show_all else rows[:RECENT]:
            _conversation_row(summary, turn, conversations, answering, current)
        if len(rows) > RECENT and not show_all:
            st.button(f"Show all {len(rows)}", type="tertiary", on_click=_show_all)


def _show_all() -> None:
    st.session_state.all_conversations = True


def _conversation_row(
    summary: Summary, turn: int | None, conversations: Conversations, answering: Answering, current: str
) -> None:
    """Draw a conversation: a button that opens it, at a turn if one is given, and those that change it."""
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
            icon=":material/keep:" if summary.pinned else None,
            width="stretch",
            wrap=False,
            on_click=address.open_conversation,
            args=(summary.id,),
            kwargs={"at": turn},
        )
        if st.button(
            "",
            key=element_key("edit", summary.id),
            type="tertiary",
            icon=":material/edit:",
            help=f"Rename or pin “{title}”",
        ):
            _edit_conversation(summary, conversations)
        st.button(
            "",
            key=element_key("delete", summary.id),
            type="tertiary",
            icon=":material/delete:",
            help=f"Delete “{title}”",
            on_click=_discard,
            args=(summary, conversations, answering, current),
        )


@st.dialog("Rename or pin")
def _edit_conversation(summary: Summary, conversations: Conversations) -> None:
    title = st.text_input(
        "Title",
        summary.title,
        key=element_key("title", summary.id),
        help="Without a title, the first question is shown.",
    )
    pinned = st.toggle("Pin to the top of the list", summary.pinned, key=element_key("pin", summary.id))
    with st.container(horizontal=True):
        if st.button("Save", type="primary", key="save-conversation"):
            found = conversations.rename(summary.id, title) is not None
            if not (found and conversations.pin(summary.id, pinned)):
                st.session_state.gone = summary.title
            st.rerun()
        if st.button("Cancel"):
            st.rerun()


def _discard(summary: Summary, conversations: Conversations, answering: Answering, current: str) -> None:
    if conversations.discard(summary.id):
        st.session_state.discarded = summary
        if summary.id == current:
            _open_new_conversation(answering)
    else:
        st.session_state.gone = summary.title


def _draw_undo(conversations: Conversations) -> None:
    """Draw a button that undoes the last deletion, or say that somebody else has deleted the conversation."""
    gone = st.session_state.pop("gone", None)
    if gone is not None:
        st.warning(f"“{wording.escape_markdown(gone)}” is not there any more: it was deleted elsewhere.")
    discarded: Summary | None = st.session_state.get("discarded")
    if discarded is None:
        return
    with st.container(key="undo", horizontal=True, gap="small", vertical_alignment="center"):
        minutes = int(UNDO.total_seconds() // 60)
        st.html(
            f'<p class="bf-faint" role="status"><bdi>{escape(discarded.title)}</bdi> is deleted. '
            f"You can undo this for {minutes} minutes.</p>"
        )
        st.button("Undo", key="undo-deletion", on_click=_restore, args=(discarded, conversations))


def _restore(discarded: Summary, conversations: Conversations) -> None:
    st.session_state.discarded = None
    if conversations.restore(discarded.id):
        address.open_conversation(discarded.id)
    else:
        st.session_state.gone = discarded.title


def filter_controls(coverage: "Coverage") -> Filters:
    """Draw the filters and return those that apply to the next question."""
    st.html('<h2 class="bf-eyebrow">Search only</h2>')
    if "filters_at_start" not in st.session_state:
        # Streamlit removes what it cannot use from the address when it draws the filters.
        st.session_state.filters_at_start = {
            name: st.query_params.get_all(name) for name in ("since", "until", "outlets")
        }
    first, last = _calendar(coverage)
    since = st.date_input("From", None, first, last, key="since", format="YYYY-MM-DD", bind="query-params")
    until = st.date_input("Until", None, first, last, key="until", format="YYYY-MM-DD", bind="query-params")
    if since and until and until < since:
        st.error("“From” is later than “Until”, so no article can match.")
    offered = outlets(coverage)
    chosen = st.multiselect(
        "Outlets", list(offered), key="outlets", placeholder="All outlets", bind="query-params"
    )
    _report_unusable_filters(offered)
    return Filters(
        since=since, until=until, outlets=tuple(name for each in chosen for name in offered[each].names)
    )


class ShownOutlet(NamedTuple):
    """An outlet as the page shows it: one, even if the articles spell its name in several ways."""

    names: Names
    """Its names in the archive."""
    articles: int


def outlets(coverage: "Coverage") -> dict[str, ShownOutlet]:
    """Return the outlets by the names that the page shows, those with the most articles first."""
    counts = dict(coverage.outlets)
    groups = OutletNames(coverage.outlet_names).groups()
    if st.session_state.get("separate_spellings", False):
        groups = [(name,) for group in groups for name in group]
    shown = [
        (wording.outlet_name(group), ShownOutlet(group, sum(counts[name] for name in group)))
        for group in groups
    ]
    return dict(sorted(shown, key=lambda each: (-each[1].articles, each[0])))


def _report_unusable_filters(offered: Mapping[str, ShownOutlet]) -> None:
    """Say so if the address that was opened has filters that the archive does not have."""
    for name, values in st.session_state.filters_at_start.items():
        for value in values:
            if value not in offered if name == "outlets" else not _is_date(value):
                st.warning(
                    f"The address asks for “{wording.escape_markdown(value)}”, which this archive does not have, "
                    "so it filters nothing."
                )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


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
        for outlet in st.session_state.outlets:
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


def coverage_panel(assistant: "Assistant", coverage: "Coverage") -> None:
    """Draw what the archive holds, and update it every few seconds while an ingest runs."""
    interval = REFRESH_SECONDS if coverage.ingesting else None
    st.fragment(run_every=interval)(_coverage)(assistant, coverage.ingesting)


def _coverage(assistant: "Assistant", ingesting: bool) -> None:
    coverage = assistant.coverage()
    if ingesting and not coverage.ingesting:
        st.rerun()
    st.html('<h2 class="bf-eyebrow">Archive</h2>' + coverage_html(coverage))
    if any(len(group) > 1 for group in OutletNames(coverage.outlet_names).groups()):
        st.checkbox("Treat each spelling of an outlet as its own", key="separate_spellings")


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
        f'<dl class="bf-coverage">{rows}<dt>Outlets</dt><dd>{_outlets(coverage)}</dd></dl>'
        f"{running if coverage.ingesting else ''}"
    )


def _outlets(coverage: "Coverage") -> str:
    shown = outlets(coverage)
    lines = [_outlet(name, outlet) for name, outlet in list(shown.items())[:LARGEST]]
    if len(shown) > LARGEST:
        lines.append(f"<span>and {len(shown) - LARGEST:,} more</span>")
    unknown = dict(coverage.outlets).get(None)
    if unknown:
        lines.append(f"Unknown <span>{unknown:,}</span>")
    return "<br>".join(lines)


def _outlet(name: str, outlet: ShownOutlet) -> str:
    line = f"<bdi>{escape(name)}</bdi> <span>{outlet.articles:,}</span>"
    others = [other for other in outlet.names if other != name]
    return line + (f"<br><span>also spelt {escape(', '.join(others))}</span>" if others else "")
