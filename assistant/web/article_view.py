"""The article view: an article beside the conversation, its cited words highlighted and scrolled into view."""

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.answer import Citation, ListedPassage
from assistant.article import Article, Source, Span
from assistant.web import wording

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
_tools = st.components.v2.component(
    "backfile_article_tools",
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
class OpenedArticle:
    """What the article view shows: one version of an article, with one span highlighted."""

    article: str
    version: int | None = None
    """None for the newest."""
    span: Span | None = None
    """What to highlight, as a span of the cited version."""
    cited_version: int | None = None
    """The version that `span` belongs to; no other version is highlighted."""
    also: tuple[tuple[str, str | None], ...] = ()
    """Article id and outlet of each copy in another outlet."""
    open_count: int = 0
    """How often an article was opened in this session. A new number scrolls to the highlight again."""

    @classmethod
    def at(cls, place: Citation | ListedPassage) -> "OpenedArticle":
        """Return the article of a citation or passage, opened at its words."""
        return cls(
            article=place.article,
            version=place.version,
            span=(place.start, place.end),
            cited_version=place.version,
            also=tuple((copy.article, copy.outlet) for copy in place.source.also),
        )


def open_article(opened: OpenedArticle) -> None:
    """Show an article from the next run of the page on."""
    st.session_state.open_count = count = st.session_state.get("open_count", 0) + 1
    st.session_state.opened_article = replace(opened, open_count=count)


def close_article() -> None:
    """Show no article from the next run of the page on."""
    st.session_state.opened_article = None


def opened_article() -> OpenedArticle | None:
    """Return what the article view shows now."""
    opened: OpenedArticle | None = st.session_state.get("opened_article")
    return opened


def article_view(assistant: "Assistant") -> None:
    """Draw the article view, if an article is open."""
    opened = opened_article()
    if opened is None:
        return
    with st.container(key="article-view"):
        article = assistant.article(opened.article, opened.version)
        with st.container(key="article-view-bar", horizontal=True, wrap=False, vertical_alignment="center"):
            st.html(bar_html(article))
            st.button(
                "Close",
                key="article-view-close",
                icon=":material/close:",
                on_click=close_article,
                shortcut="Esc",
            )
        if article is None:
            st.warning("This article is no longer in the archive.")
            return
        _draw_article(assistant, opened, article)


def _draw_article(assistant: "Assistant", opened: OpenedArticle, article: Article) -> None:
    st.html(header_html(article))
    _draw_versions(assistant, opened, article)
    if opened.also:
        _draw_copies(opened.also)
    span = opened.span if article.version == opened.cited_version else None
    quote = article.text[slice(*span)] if span else None
    _tools(
        key="article-view-tools",
        data={
            "openCount": opened.open_count,
            "address": wording.web_address(article.url),
            "reference": quote
            and wording.reference(quote, _source(article), article=article.id, version=article.version),
        },
    )
    st.html(text_html(article.text, span))


def _draw_copies(copies: tuple[tuple[str, str | None], ...]) -> None:
    """Draw a button for each copy of the article in another outlet."""
    with st.container(key="article-view-copies", horizontal=True, gap="small", vertical_alignment="center"):
        st.html('<span class="bf-faint">Also carried by</span>')
        for number, (id, outlet) in enumerate(copies):
            st.button(
                wording.escape_markdown(outlet or "an unknown outlet"),
                key=f"article-view-copy-{number}",
                type="tertiary",
                on_click=open_article,
                args=(OpenedArticle(id),),
            )


def _draw_versions(assistant: "Assistant", opened: OpenedArticle, article: Article) -> None:
    """Say that the article was corrected, if it was, and draw a button for each other version."""
    versions = assistant.versions(article.id)
    if len(versions) < 2:
        return
    newest = max(versions)
    if article.version == newest:
        st.info(f"This article was corrected. You are reading version {article.version}, the newest.")
    else:
        st.warning(f"This is version {article.version}. The article was corrected later (version {newest}).")
    with st.container(horizontal=True):
        for version in sorted(versions):
            if version != article.version:
                st.button(
                    f"Read version {version}",
                    key=f"article-view-version-{version}",
                    on_click=open_article,
                    args=(replace(opened, version=version),),
                )


def _source(article: Article) -> Source:
    return Source(
        title=article.title, outlet=article.outlet, published=article.published.iso, url=article.url
    )


def bar_html(article: Article | None) -> str:
    """Return the bar that stays in view above the text, with title, outlet and date, as HTML."""
    if article is None:
        return '<p class="bf-eyebrow">Source</p>'
    return (
        f'<p class="bf-bar"><strong>{escape(article.title or "Untitled")}</strong><br>'
        f'<span class="bf-faint">{escape(wording.source_line(_source(article)))}</span></p>'
    )


def header_html(article: Article) -> str:
    """Return the article's title, outlet, date and other details as HTML."""
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
        f'<p class="bf-outlet">{escape(article.outlet or wording.UNKNOWN_OUTLET)}</p>'
        f"<h2>{escape(article.title or 'Untitled')}</h2>"
        f'<ul class="bf-facts">{facts}</ul></header>'
    )


def _dates(article: Article) -> str:
    published = article.published
    words = wording.published(published.iso)
    line = escape(words[:1].upper() + words[1:])
    if published.origin in _ORIGINS:
        line += f' <span class="bf-faint">({_ORIGINS[published.origin]})</span>'
    if article.updated.iso and article.updated.iso != published.iso:
        line += f" · updated {escape(wording.published(article.updated.iso))}"
    return line


def text_html(text: str, span: Span | None) -> str:
    r"""Return the paragraphs of `text` as HTML, with the code points of `span` in `<mark>`.

    >>> text_html("One < two.\n\nThree.", (4, 9))
    '<article class="bf-text"><p>One <mark>&lt; two</mark>.</p><p>Three.</p></article>'
    """
    start, end = span or (0, 0)
    paragraphs = []
    offset = 0
    for paragraph in text.split("\n\n"):
        # Start and end of the span within this paragraph; equal if the span does not touch it.
        first, last = (min(max(edge - offset, 0), len(paragraph)) for edge in (start, end))
        html = escape(paragraph[:first])
        if first < last:
            html += f"<mark>{escape(paragraph[first:last])}</mark>"
        html += escape(paragraph[last:])
        if paragraph.strip():
            paragraphs.append(f"<p>{html}</p>")
        offset += len(paragraph) + len("\n\n")
    return f'<article class="bf-text">{"".join(paragraphs)}</article>'
