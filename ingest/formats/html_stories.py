"""Finds the stories of a page that has several, such as a press review or the front of a blog."""

from collections.abc import Iterator, Sequence
from itertools import islice

import lxml.html

from assistant.article import UNDATED, Article, PublicationDate
from ingest.articles import dates
from ingest.articles.builder import Extracted, build_article, host
from ingest.articles.bylines import authors
from ingest.articles.markup import without_markup
from ingest.formats import html_head
from ingest.formats.html_head import Head
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SHORTEST_STORY = 200
"""Minimum letters in the paragraphs of a story; teasers of other pages have fewer."""

SHORTEST_PARAGRAPH = 80
"""Minimum letters of a paragraph that counts; captions and notices have fewer."""

MOST = 500
"""Maximum elements of a page that are looked at."""

_HEADINGS = ("h1", "h2", "h3", "h4")
_DROPPED = ("nav", "aside", "footer", "form", "figure")


def stories_of(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Return the outermost article elements that have a heading and the text of a story."""
    outermost = (each for each in tree.iter("article") if next(each.iterancestors("article"), None) is None)
    return [
        each
        for each in islice(outermost, MOST)
        if _heading(each) is not None and _prose(each) >= SHORTEST_STORY
    ]


def count_without(stories: Sequence[lxml.html.HtmlElement], found: Article | Rejected) -> int:
    """Return how many stories are not in the text of the page's article."""
    text = _letters(found.text) if isinstance(found, Article) else ""
    return (
        sum(_letters(next(_paragraphs(story)))[:SHORTEST_PARAGRAPH] not in text for story in stories)
        if text
        else 0
    )


def articles(
    stories: Sequence[lxml.html.HtmlElement],
    tree: lxml.html.HtmlElement,
    head: Head,
    source: str,
    options: ReadOptions,
    address: str | None,
) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of each story. Its address is that of its heading, because the page's belongs to all."""
    outlet = head.site or host(html_head.address(tree, head) or address)
    for number, story in enumerate(stories, 1):
        yield _article(story, tree, head, outlet, f"{source}#{number}", options)
    whole = set(stories)
    short = sum(
        each not in whole and _heading(each) is not None and next(each.iterancestors("article"), None) is None
        for each in islice(tree.iter("article"), MOST)
    )
    if short:
        yield Skipped(source, "teasers beside the stories of pages", short)


def _article(
    story: lxml.html.HtmlElement,
    tree: lxml.html.HtmlElement,
    head: Head,
    outlet: str | None,
    source: str,
    options: ReadOptions,
) -> Article | Rejected:
    heading = _heading(story)
    assert heading is not None  # stories have one
    links = [link.get("href") for link in _links(story, heading)]
    published = _published(story)
    for element in list(story.iter(*_DROPPED)):
        element.drop_tree()
    return build_article(
        Extracted(
            text=without_markup(lxml.html.tostring(story, encoding="unicode", with_tail=False)),
            title=" ".join(heading.text_content().split()),
            outlet=outlet,
            authors=_authors(story),
            published=published if published.iso else head.published,
            url=next((link for link in links if link and link.startswith(("http://", "https://"))), None),
            language=tree.get("lang"),
            section=head.section,
        ),
        source,
        options,
    )


def _heading(story: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    return next((each for each in story.iter(*_HEADINGS) if each.text_content().strip()), None)


def _paragraphs(story: lxml.html.HtmlElement) -> Iterator[str]:
    texts = (" ".join(each.text_content().split()) for each in islice(story.iter("p"), MOST))
    return (text for text in texts if len(text) >= SHORTEST_PARAGRAPH)


def _prose(story: lxml.html.HtmlElement) -> int:
    return sum(map(len, _paragraphs(story)))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _links(story: lxml.html.HtmlElement, heading: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """Yield the links in a heading, around it, and the permanent link of its story."""
    yield from heading.iter("a")
    yield from heading.iterancestors("a")
    yield from (link for link in story.iter("a") if "bookmark" in (link.get("rel") or "").split())


def _published(story: lxml.html.HtmlElement) -> PublicationDate:
    found = (
        dates.parse(each.get("datetime") or each.text_content(), "metadata") for each in story.iter("time")
    )
    return next((date for date in found if date.precision == "day"), UNDATED)


def _authors(story: lxml.html.HtmlElement) -> tuple[str, ...]:
    for each in story.iter():
        is_author = "author" in (each.get("rel") or "").split() or each.get("itemprop") == "author"
        if is_author and (names := authors(" ".join(each.text_content().split()))):
            return names
    return ()
