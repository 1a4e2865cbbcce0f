"""The article view: an article beside the conversation, its cited words highlighted and scrolled into view."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.answer import Citation
from assistant.article import Article, Source, Span
from assistant.text.sentences import sentence_spans
from assistant.web import address, wording
from assistant.web.address import Place

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_FOLDER = Path(__file__).parent
_bar = st.components.v2.component(
    "backfile_article_bar",
    html='<div class="bar"></div>',
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


def article_view(assistant: "Assistant", cited: Sequence[Citation]) -> None:
    """Draw the article in the address, if there is one. `cited` are the citations of the turn in the address."""
    place = address.place()
    if place is None:
        return
    with st.container(key="article-view"):
        article = assistant.article(place.article, place.version)
        missing_version = place.version is not None and article is None
        if missing_version:
            article = assistant.article(place.article)
        span = _span_in(article, place) if article and not missing_version else None
        _draw_bar(place, article, span, cited)
        if article is None:
            st.warning("This article is not in the archive. It was removed, or the address is wrong.")
            return
        st.html(header_html(article))
        if missing_version:
            st.warning(f"The article has no version {place.version}. This is the newest.")
        elif place.span and not span:
            st.warning("The address names words that this version of the article does not have.")
        _draw_versions(assistant, article, cited)
        _draw_copies(assistant, place, article, cited)
        here = [
            place_.span
            for place_ in map(Place.of, cited)
            if (place_.article, place_.version) == (article.id, article.version)
        ]
        st.html(text_html(article, span, [each for each in here if each], opened=_opened(place)))


def _span_in(article: Article, place: Place) -> Span | None:
    """Return the span of a place if the article's text has it."""
    if place.span is None:
        return None
    start, end = place.span
    return place.span if start < end <= len(article.text) else None


def _opened(place: Place) -> str:
    """Return what distinguishes each opening of an article, so that the view scrolls once for each."""
    return f"{place} {address.open_count()}"


def _draw_bar(place: Place, article: Article | None, span: Span | None, cited: Sequence[Citation]) -> None:
    """Draw the buttons for the quote and the article, and those that step through the citations."""
    at = next((index for index, citation in enumerate(cited) if Place.of(citation) == place), None)

    def step() -> None:
        to = -1 if at is None else at + st.session_state["article-view-bar"].step
        if 0 <= to < len(cited):
            address.open_place(Place.of(cited[to]))

    quote = article.text[slice(*span)] if article and span else None
    _bar(
        key="article-view-bar",
        data={
            "opened": _opened(place),
            "title": article.title or "Untitled" if article else "not in the archive",
            "source": article
            and f"{article.outlet or wording.UNKNOWN_OUTLET}, {wording.day_published(article.published.iso)}",
            "place": str(place),
            "address": article and wording.web_address(article.url),
            "reference": article
            and quote
            and wording.reference(quote, _source(article), article=article.id, version=article.version),
            "position": None if at is None else f"{at + 1} of {len(cited)}",
            "previous": at - 1 if at else None,
            "next": at + 1 if at is not None and at + 1 < len(cited) else None,
        },
        on_close_change=address.close_place,
        on_step_change=step,
    )


def _draw_copies(assistant: "Assistant", place: Place, article: Article, cited: Sequence[Citation]) -> None:
    """Draw a button for each copy of the article in another outlet, which opens it at the same words."""
    copies = next((citation.source.also for citation in cited if citation.article == article.id), ())
    if not copies:
        return
    quote = article.text[slice(*place.span)] if place.span else ""
    with st.container(key="article-view-copies", horizontal=True, gap="small", vertical_alignment="center"):
        st.html('<span class="bf-faint">Also carried by</span>')
        for number, copy in enumerate(copies):
            st.button(
                wording.escape_markdown(copy.outlet or "an unknown outlet"),
                key=f"article-view-copy-{number}",
                type="tertiary",
                on_click=_open_copy,
                args=(assistant, copy.article, quote),
            )


def _open_copy(assistant: "Assistant", id: str, quote: str) -> None:
    """Open a copy at the words quoted from another copy, if it has them; the browser's Back leads back."""
    copy = assistant.article(id)
    start = copy.text.find(quote) if copy and quote else -1
    at = None if copy is None or start < 0 else (start, start + len(quote))
    address.open_place(Place(id, copy.version if copy else None, at))


def _draw_versions(assistant: "Assistant", article: Article, cited: Sequence[Citation]) -> None:
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
                quoted = (
                    at for at in map(Place.of, cited) if (at.article, at.version) == (article.id, version)
                )
                st.button(
                    f"Read version {version}",
                    key=f"article-view-version-{version}",
                    on_click=address.open_place,
                    args=(next(quoted, Place(article.id, version)),),
                )
    _draw_changes(assistant, article, versions)


def _draw_changes(assistant: "Assistant", article: Article, versions: Sequence[int]) -> None:
    """Draw what differs between this version and the one before, or after the first one."""
    ordered = sorted(versions)
    at = ordered.index(article.version)
    other = assistant.article(article.id, ordered[at - 1 if at else 1])
    if other is None:
        return
    old, new = sorted((article, other), key=lambda each: each.version)
    with st.expander(f"What differs between version {old.version} and version {new.version}"):
        st.html(changes_html(old, new))


def changes_html(old: Article, new: Article) -> str:
    """Return the sentences that differ between two versions as HTML: those removed, and those added.

    >>> old, new = (Article(title="", source="", text=f"It broke. {n} were hurt. It rained.") for n in ("Two", "Ten"))
    >>> changes_html(old, new)
    '<div class="bf-changes" dir="auto"><p><del>Two were hurt.</del> <ins>Ten were hurt.</ins></p></div>'
    """
    before, after = _sentences(old), _sentences(new)
    changed = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after, False).get_opcodes():
        if kind != "equal":
            removed = [f"<del>{escape(each)}</del>" for each in before[start:end]]
            added = [f"<ins>{escape(each)}</ins>" for each in after[new_start:new_end]]
            changed.append(f"<p>{' '.join([*removed, *added])}</p>")
    return f'<div class="bf-changes" dir="auto">{"".join(changed) or "<p>The text is the same.</p>"}</div>'


def _sentences(article: Article) -> list[str]:
    title = [article.title] if article.title else []
    return title + [" ".join(article.text[start:end].split()) for start, end in sentence_spans(article.text)]


def _source(article: Article) -> Source:
    return Source(
        title=article.title, outlet=article.outlet, published=article.published.iso, url=article.url
    )


def header_html(article: Article) -> str:
    """Return the article's title, outlet, date and other details as HTML."""
    lines = [_dates(article)]
    if article.authors:
        lines.append("By " + ", ".join(f"<bdi>{escape(author)}</bdi>" for author in article.authors))
    lines.append(escape(article.place or ""))
    if article.section:
        lines.append(f"Section: {escape(article.section)}")
    if article.keywords:
        lines.append(f"Keywords: {escape(', '.join(article.keywords))}")
    if article.url and wording.web_address(article.url) is None:
        lines.append(f"Address as recorded: {escape(article.url)}")
    lines.append(f"Archive article {escape(article.id)} · {escape(article.source)}")
    facts = "".join(f"<li>{line}</li>" for line in lines if line)
    language = f' lang="{escape(article.language)}"' if article.language else ""
    return (
        '<header class="bf-article-head">'
        f'<p class="bf-outlet"><bdi>{escape(article.outlet or wording.UNKNOWN_OUTLET)}</bdi></p>'
        f'<h2 dir="auto"{language}>{escape(article.title or "Untitled")}</h2>'
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


def text_html(article: Article, span: Span | None, cited: Sequence[Span] = (), *, opened: str = "") -> str:
    r"""Return the paragraphs of an article as HTML, with the code points of `span` and of the `cited` spans marked.

    >>> article = Article(title="", source="", text="One < two.\n\nThree.", language="en")
    >>> text_html(article, (4, 9), [(0, 3)]).partition(">")[2]
    '<p dir="auto"><mark>One</mark> <mark class="current">&lt; two</mark>.</p><p dir="auto">Three.</p></article>'
    """
    spans = [*cited, *([span] if span else [])]
    language = f' lang="{escape(article.language)}"' if article.language else ""
    paragraphs = []
    offset = 0
    for paragraph in article.text.split("\n\n"):
        edges = {min(max(edge - offset, 0), len(paragraph)) for each in spans for edge in each}
        html = ""
        for start, end in pairwise(sorted({0, len(paragraph), *edges})):
            piece = escape(paragraph[start:end])
            if span and _covers(span, offset + start):
                piece = f'<mark class="current">{piece}</mark>'
            elif any(_covers(each, offset + start) for each in cited):
                piece = f"<mark>{piece}</mark>"
            html += piece
        if paragraph.strip():
            paragraphs.append(f'<p dir="auto">{html}</p>')
        offset += len(paragraph) + len("\n\n")
    return (
        f'<article class="bf-text" data-opened="{escape(opened)}"{language}>{"".join(paragraphs)}</article>'
    )


def _covers(span: Span, offset: int) -> bool:
    return span[0] <= offset < span[1]
