"""The archive without a question: what it holds by month, every article that mentions something, what was rejected."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from assistant.answer import Answer
from assistant.answering.counting import sentence_about
from assistant.errors import BackfileError
from assistant.query import NO_FILTERS, Filters, RetrievedPassage
from assistant.text.counting import counted
from assistant.text.names import names
from assistant.web import address, sidebar, wording
from assistant.web.address import Place

if TYPE_CHECKING:
    from assistant.archive.catalog import Coverage
    from assistant.archive.overview import Overview
    from assistant.assistant import Assistant

SHOWN = 1_000
"""Articles in the table, the newest. More would make the page slow."""

EXPORTED = 10_000
"""Articles in the file, the newest."""

CHARTED_OUTLETS = 6
"""Outlets that have a colour of their own in the chart: those with the most articles."""

COLUMNS = ("Date", "Outlet", "Title", "Sentence")


class Row(NamedTuple):
    """An article in the table."""

    date: str
    """As published: "2024", "2024-03" or "2024-03-04"; empty if undated."""
    outlet: str
    title: str
    sentence: str
    place: Place


def navigation() -> bool:
    """Draw the choice between the page's two views, and return whether the archive is to be shown."""
    chosen = st.segmented_control(
        "View",
        address.VIEWS,
        default=address.ASK,
        required=True,
        key=address.VIEW,
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return chosen == address.ARCHIVE


def mentions_of(answer: Answer) -> str:
    """Return the names in a question, as words to search all articles for; empty if it has none.

    >>> from types import SimpleNamespace
    >>> mentions_of(SimpleNamespace(standalone="Did Ida Brandt open the pier in Ellery?"))
    '"Ida Brandt" Ellery'
    """
    found = names(answer.standalone)
    return " ".join(f'"{name}"' if " " in name else name for name in found)


def mentions_button(answer: Answer, key: str) -> None:
    """Draw a button that lists every article with the names and the time of a question, if it has names."""
    words = mentions_of(answer)
    if words:
        st.button(
            "All articles that mention this",
            key=key,
            type="tertiary",
            icon=":material/table_rows:",
            help=wording.escape_markdown(f"List every article with {words}"),
            on_click=_open,
            args=(words, answer),
        )


def _open(words: str, answer: Answer) -> None:
    st.session_state[address.VIEW] = address.ARCHIVE
    st.session_state.words = words
    time = answer.time_frame
    if time and time.applied:
        st.session_state.since, st.session_state.until = time.first, time.last
    address.close_place()


def archive_view(assistant: "Assistant", coverage: "Coverage", filters: Filters) -> None:
    """Draw the view; a click on an article opens it in the article view."""
    overview = assistant.overview()
    span = ""
    if coverage.first and coverage.last:
        span = f", {wording.day(coverage.first)} to {wording.day(coverage.last)}"
    copies = coverage.articles - overview.families
    held = counted(coverage.articles, "article") + (f", {copies:,} of them copies" if copies else "")
    st.html(f'<header class="bf-masthead"><h1>Archive</h1><p>{escape(held + span)}</p></header>')
    if overview.without_vector:
        st.info(
            f"{counted(overview.without_vector, 'passage')} cannot be found by meaning yet, only by their words: "
            "the last ingest did not finish. Run it again to complete them."
        )
    _draw_months(overview, coverage)
    _draw_articles(assistant, filters)
    _draw_rejections(overview)


def _draw_months(overview: "Overview", coverage: "Coverage") -> None:
    if not overview.months:
        return
    months = by_month(overview, coverage)
    st.html('<h2 class="bf-eyebrow">Articles by month</h2>')
    undated = f" {counted(coverage.undated, 'article')} without a date not shown." if coverage.undated else ""
    st.bar_chart(
        months,
        x="month",
        y="articles",
        color="outlet",
        x_label="",
        y_label="articles",
        height=220,
        alt=f"Articles by month and outlet, {overview.months[0].month} to {overview.months[-1].month}.{undated}",
    )
    if undated:
        st.html(f'<p class="bf-faint">{escape(undated.strip())}</p>')


def by_month(overview: "Overview", coverage: "Coverage") -> list[Mapping[str, date | str | int]]:
    """Return the rows of the chart; outlets with few articles are counted together."""
    shown = sidebar.outlets(coverage)
    largest = list(shown)[:CHARTED_OUTLETS]
    name_of = {name: label for label in largest for name in shown[label].names}
    counts: dict[tuple[date, str], int] = {}
    for each in overview.months:
        key = date.fromisoformat(f"{each.month}-01"), name_of.get(each.outlet or "", "others")
        counts[key] = counts.get(key, 0) + each.articles
    return [{"month": month, "outlet": outlet, "articles": n} for (month, outlet), n in counts.items()]


def _draw_articles(assistant: "Assistant", filters: Filters) -> None:
    st.html('<h2 class="bf-eyebrow">Articles</h2>')
    words = st.text_input(
        "All of these words",
        key="words",
        type="search",
        bind="query-params",
        placeholder='Words in any article, such as "sea wall" budget',
        help="An article is listed if one of its passages has all of the words. Words in quotation marks must stand "
        "in a row. “Search only” in the sidebar restricts the list too.",
    )
    try:
        number, rows = find(assistant, words or "", filters, SHOWN)
    except BackfileError as error:
        st.warning(wording.error_markdown(str(error)))
        return
    if not rows:
        st.markdown("No article has all of these words in one passage.")
        return
    newest = f"; the newest {len(rows):,} are listed" if number > len(rows) else ""
    said = f"{counted(number, 'article')}{newest}. Press one to read it."
    st.html(f'<p class="bf-faint" role="status">{escape(said)}</p>')
    st.dataframe(
        [dict(zip(COLUMNS, row[:-1], strict=True)) for row in rows],
        key="articles",
        hide_index=True,
        height=420,
        on_select=_open_selected([row.place for row in rows]),
        selection_mode="single-cell",
        column_config={
            "Date": st.column_config.TextColumn(width=90),
            "Outlet": st.column_config.TextColumn(width=130),
            "Title": st.column_config.TextColumn(width=280),
            "Sentence": st.column_config.TextColumn(width="large"),
        },
        alt="The articles, with date, outlet, title and a sentence",
    )
    st.download_button(
        "Download all as CSV",
        lambda: table(find(assistant, words or "", filters, EXPORTED)[1]),
        file_name="articles.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download-articles",
    )


def find(
    assistant: "Assistant", words: str, filters: Filters = NO_FILTERS, limit: int = SHOWN
) -> tuple[int, list[Row]]:
    """Return the number of articles with all of these words, and the newest of them.

    Raises:
        QuestionError: a filter is not valid.
    """
    found = assistant.mentions(words, filters, limit=limit)
    return found.articles or 0, [_row(each, words) for each in found.passages]


def _row(found: RetrievedPassage, words: str) -> Row:
    passage, source = found.passage, found.source
    start, end = sentence_about(passage, words)
    sentence = " ".join(passage.text[start - passage.start : end - passage.start].split())
    return Row(
        (source.published or "").partition("T")[0],
        source.outlet or wording.UNKNOWN_OUTLET,
        source.title,
        sentence,
        Place(passage.article, passage.version, (start, end)),
    )


def table(rows: Sequence[Row]) -> bytes:
    """Return articles as CSV, with the place of each sentence, that spreadsheets open without running anything.

    >>> table([Row("2024", "Beacon", "=1+1", "It rose.", Place("0f3c", 1, (0, 8)))]).decode("utf-8-sig").splitlines()[1]
    "2024,Beacon,'=1+1,It rose.,0f3c,1,0,8"
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*(name.lower() for name in COLUMNS), "article", "version", "start", "end"])
    for row in rows:
        start, end = row.place.span or (0, 0)
        writer.writerow([*map(_as_text, row[:-1]), row.place.article, row.place.version, start, end])
    # Excel takes UTF-8 for another encoding without this mark.
    return file.getvalue().encode("utf-8-sig")


def _as_text(value: str) -> str:
    """Return a value that a spreadsheet does not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _open_selected(places: Sequence[Place]) -> Callable[[], None]:
    def open_selected() -> None:
        cells = st.session_state["articles"].selection.cells
        if cells and cells[0][0] < len(places):
            address.open_place(places[cells[0][0]])

    return open_selected


def _draw_rejections(overview: "Overview") -> None:
    if not overview.rejections:
        return
    with st.expander(f"{counted(overview.rejections, 'record')} could not be read"):
        st.dataframe(
            [{"Record": source, "Reason": reason} for source, reason in overview.rejected],
            hide_index=True,
            column_config={"Reason": st.column_config.TextColumn(width="large")},
            alt="Records that could not be read, and why",
        )
