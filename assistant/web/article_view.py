"""The source reader: an article beside the conversation, its cited words marked and scrolled to."""

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.article import Article, Span
from assistant.web import wording

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
_tools = st.components.v2.component(
    "backfile_reader_tools",
    html='<div class="tools"></div>',
    js=(_FOLDER / "shared.js").read_text("utf-8") + (_FOLDER / "article_view.js").read_text("utf-8"),
    css=(_FOLDER / "article_view.css").read_text("utf-8"),
)

_ORIGINS = {
    "feed": "date from the feed",
    "metadata": "date from the page's metadata",
    "url": "date from the address",
    "dateline": "date from the dateline",
    "stamp": "date from the closing stamp",
    "text": "date from the text",
}


@dataclass(frozen=True)
class Opened:
    """What the reader shows: a version of an article, with one span of it marked."""

    article: str
    version: int | None = None
    """None for the newest."""
    span: Span | None = None
    """What to mark, in the version that was cited."""
    cited: int | None = None
    """The version that was cited: a span means nothing in another one."""
    also: tuple[tuple[str, str | None], ...] = ()
    """Article id and outlet of each copy in another outlet."""
    times: int = 0
    """How often the reader was opened; a new number scrolls to the mark again."""


def open_reader(opened: Opened) -> None:
    """Show `opened` from the next drawing on."""
    st.session_state.reader_times = times = st.session_state.get("reader_times", 0) + 1
    st.session_state.reader = replace(opened, times=times)


def close_reader() -> None:
    """Show no article from the next drawing on."""
    st.session_state.reader = None


def opened_article() -> Opened | None:
    """What the reader shows now."""
    opened: Opened | None = st.session_state.get("reader")
    return opened


def reader(assistant: "Assistant") -> None:
    """Draw the reader, if an article is open."""
    opened = opened_article()
    if opened is None:
        return
    with st.container(key="reader"):
        article = assistant.article(opened.article, opened.version)
        with st.container(key="reader-bar", horizontal=True, wrap=False, vertical_alignment="center"):
            st.html(bar_html(article))
            st.button(
                "Close", key="reader-close", icon=":material/close:", on_click=close_reader, shortcut="Esc"
            )
        if article is None:
            st.warning("This article is no longer in the archive.")
            return
        _draw(assistant, opened, article)


def _draw(assistant: "Assistant", opened: Opened, article: Article) -> None:
    st.html(header_html(article))
    _versions(assistant, opened, article)
    if opened.also:
        with st.container(key="reader-also", horizontal=True, gap="small", vertical_alignment="center"):
            st.html('<span class="bf-faint">Also carried by</span>')
            for number, (id, outlet) in enumerate(opened.also):
                st.button(
                    wording.label(outlet or "an outlet not named"),
                    key=f"reader-copy-{number}",
                    type="tertiary",
                    on_click=open_reader,
                    args=(Opened(id),),
                )
    span = opened.span if article.version == opened.cited else None
    quote = article.text[slice(*span)] if span else None
    _tools(
        key="reader-tools",
        data={
            "times": opened.times,
            "address": wording.web_address(article.url),
            "reference": quote
            and wording.reference(
                quote=quote,
                title=article.title,
                outlet=article.outlet,
                published_iso=article.published.iso,
                url=article.url,
                article=article.id,
                version=article.version,
            ),
        },
    )
    st.html(text_html(article.text, span))


def _versions(assistant: "Assistant", opened: Opened, article: Article) -> None:
    versions = assistant.versions(article.id)
    if len(versions) < 2:
        return
    newest = max(versions)
    if article.version == newest:
        st.info(f"This article was corrected. You are reading version {article.version}, the newest.")
    else:
        st.warning(f"This is version {article.version}. The article was corrected later (version {newest}).")
    others = [version for version in sorted(versions) if version != article.version]
    with st.container(horizontal=True):
        for version in others:
            st.button(
                f"Read version {version}",
                key=f"reader-version-{version}",
                on_click=open_reader,
                args=(replace(opened, version=version),),
            )


def bar_html(article: Article | None) -> str:
    """What stays in sight above the text: whose words these are, and of when."""
    if article is None:
        return '<p class="bf-eyebrow">Source</p>'
    return (
        f'<p class="bf-bar"><strong>{escape(article.title or "Untitled")}</strong><br>'
        f'<span class="bf-faint">{escape(wording.byline(article.outlet, article.published.iso))}</span></p>'
    )


def header_html(article: Article) -> str:
    """Title, outlet, date and the rest of what is known of an article, as HTML."""
    lines = [_dates(article)]
    if article.authors:
        lines.append(escape("By " + ", ".join(article.authors)))
    lines.append(escape(article.place or ""))
    if article.section:
        lines.append(f"Section: {escape(article.section)}")
    if article.keywords:
        lines.append(f"Keywords: {escape(', '.join(article.keywords))}")
    if article.url and wording.web_address(article.url) is None:
        lines.append(f"Address as recorded: {escape(article.url)}")
    lines.append(f"Archive article {escape(article.id)} · {escape(article.source)}")
    facts = "".join(f"<li>{line}</li>" for line in lines if line)
    return (
        '<header class="bf-article-head">'
        f'<p class="bf-outlet">{escape(article.outlet or "Outlet not named")}</p>'
        f"<h2>{escape(article.title or 'Untitled')}</h2>"
        f'<ul class="bf-facts">{facts}</ul></header>'
    )


def _dates(article: Article) -> str:
    known = article.published
    line = escape(wording.published(known.iso)[:1].upper() + wording.published(known.iso)[1:])
    if known.origin in _ORIGINS:
        line += f' <span class="bf-faint">({_ORIGINS[known.origin]})</span>'
    if article.updated.iso and article.updated.iso != known.iso:
        line += f" · updated {escape(wording.published(article.updated.iso))}"
    return line


def text_html(text: str, span: Span | None) -> str:
    r"""The paragraphs of `text` as HTML, with the code points of `span` in `<mark>`.

    >>> text_html("One < two.\n\nThree.", (4, 9))
    '<article class="bf-text"><p>One <mark>&lt; two</mark>.</p><p>Three.</p></article>'
    """
    start, end = span or (0, 0)
    paragraphs = []
    at = 0
    for paragraph in text.split("\n\n"):
        # The mark's ends within this paragraph; equal where the paragraph holds none of it.
        first, last = (min(max(edge - at, 0), len(paragraph)) for edge in (start, end))
        html = escape(paragraph[:first])
        if first < last:
            html += f"<mark>{escape(paragraph[first:last])}</mark>"
        html += escape(paragraph[last:])
        if paragraph.strip():
            paragraphs.append(f"<p>{html}</p>")
        at += len(paragraph) + len("\n\n")
    return f'<article class="bf-text">{"".join(paragraphs)}</article>'
