"""Parses HTML: one saved page is one article, unless it has several. Trafilatura extracts the body; the date is one
that the page states."""

import re
from collections.abc import Iterator
from itertools import islice

import lxml.html
from trafilatura import bare_extraction
from trafilatura.settings import Document

from assistant.article import UNDATED, Article
from ingest.articles.builder import Extracted, build_article, split_address
from ingest.articles.bylines import authors
from ingest.articles.canonical import clean, join
from ingest.articles.markup import NOT_IN_MARKUP, parse_html, without_markup
from ingest.articles.publication import reason_of_name
from ingest.articles.web_archives import original
from ingest.formats import bundles, html_head, html_stories, substack
from ingest.formats.encodings import decode
from ingest.formats.entry import Entry
from ingest.formats.html_dates import mentioned
from ingest.formats.html_head import Head, head_of
from ingest.formats.saved_pages import saved_from
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected, Skipped

SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")

SHORTEST_ARTICLE = 200
"""Minimum letters of an article. Shorter pages are notices or errors; the shortest of 181 bodies has 369."""

SHORTEST_PARAGRAPH = 80
"""Minimum letters of an article's longest paragraph. Otherwise the text is a list of headlines or a menu."""

MOSTLY_PROSE = 0.5
"""Minimum share of letters in whole paragraphs; below it, the extracted text is doubtful."""

MOSTLY_LINKS = 0.5
"""Maximum share of letters inside links; above it, the text is a list of headlines."""

OPENING = 50
"""Letters and digits used to find a paragraph in the extracted text."""

SHORTEST_HEADLINE = 15
"""Minimum letters of a link to an article; shorter links occur both in texts and in menus."""

MOST_LOOKED_AT = 1_000
"""Maximum links, and paragraphs, of a page that are searched in the extracted text."""

PROSE_IN_TABLE = 400
"""Minimum letters in one cell of a table that lays out the page; cells of data have a few dozen."""

LEFT_OUT = 0.6
"""If the extracted text has a smaller share of the paragraphs of a page's only article, it is a fragment. Of 181
pages, the two whose text is interrupted by advertisements have .36 and .46, the next has .70."""

_DATE_SEARCH = {"min_date": "1900-01-01", "extensive_search": False}
"""The extractor always searches for a date; its result is not used."""

NO_ARTICLE = "no article text found in the page"
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XHTML = re.compile(rb"\s*<\?xml[^>]*>.{0,2000}?<html\b", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_ENTRY = re.compile(rb"class\s*=\s*[\"'][^\"']*\bh-entry\b")
"""The microformat in which blogs, such as Medium's exports, mark an entry."""

_SPACES = re.compile(r"\s+")
_NO_WORD = re.compile(r"\W+")
_TO_COLLAPSE = re.compile(r"\n|" + NOT_IN_MARKUP.pattern)
_SEPARATED = re.compile(r"\s+[|–—·:-]+\s+$")
_VERBATIM = ("pre", "script", "style", "textarea")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file begins like an HTML document."""
    return _PAGE.match(head) is not None or _XHTML.match(head) is not None


def parse(entry: Entry, options: ReadOptions) -> Iterator[Article | Rejected | Skipped]:
    """Yield the article of a page; Rejected if trafilatura finds no text, or text that is not an article.

    A page with several stories, and a bundle of a press database, yields each of them.
    """
    data = entry.whole()
    if (post := substack.post_of(entry)) is not None:
        yield substack.article(post, decode(data), entry.source, options)
    elif (reason := reason_of_name(entry.name)) and _ENTRY.search(data):
        yield Rejected(entry.source, reason)
    else:
        yield from articles(data, entry.source, options)


def articles(
    data: bytes, source: str, options: ReadOptions, address: str | None = None
) -> Iterator[Article | Rejected | Skipped]:
    """Yield the stories of a page's bytes, numbered from 1 if there are several."""
    page = _decoded(data)
    if bundles.may_be_known(page):
        stories_of_bundle = bundles.known_stories(without_markup(page), source, options)
        if stories_of_bundle is not None:
            yield from stories_of_bundle
            return
    tree = _parse(page)
    if tree is None:
        yield Rejected(source, NO_ARTICLE)
        return
    address = address or saved_from(page)
    head = head_of(tree)
    stories = html_stories.stories_of(tree)
    if len(stories) < 2:
        yield _article(tree, head, source, options, address)
    elif not head.is_article:
        yield from html_stories.articles(stories, tree, head, source, options, address)
    else:
        found = _article(tree, head, source, options, address)
        yield found
        if more := html_stories.count_without(stories, found):
            yield Skipped(source, "further articles on pages of one article", more)


def article(data: bytes, source: str, options: ReadOptions, address: str | None = None) -> Article | Rejected:
    """Return the article of a page's bytes. `address` is the URL it came from, used if the page names none
    itself."""
    page = _decoded(data)
    tree = _parse(page)
    return (
        Rejected(source, NO_ARTICLE)
        if tree is None
        else _article(tree, head_of(tree), source, options, address or saved_from(page))
    )


def _decoded(data: bytes) -> str:
    charset = _CHARSET.search(data[:4096])
    return decode(data, charset[1].decode("ascii") if charset else None)


def _article(
    tree: lxml.html.HtmlElement, head: Head, source: str, options: ReadOptions, address: str | None
) -> Article | Rejected:
    url = html_head.address(tree, head) or address
    document = None if _is_front_page(url and original(url)) else _extract(tree)
    if document is None:
        return Rejected(source, NO_ARTICLE)
    lines = _lines(document)
    if len(lines) == 1:
        lines = _in_blocks(lines[0], tree) or lines
    published = head.published
    return build_article(
        Extracted(
            text=join(lines),
            title=_without_site(
                head.live_title or document.title or head.meta.get("og:title") or "", head.site
            ),
            outlet=head.site,
            authors=authors(head.linked.get("author")) or authors(document.author),
            published=published,
            mentioned=UNDATED if published.iso else mentioned(tree, _beginning(lines)),
            updated=head.updated,
            url=url,
            language=tree.get("lang"),
            section=head.section,
            keywords=head.keywords,
            free=head.free,
            fetched=address,
        ),
        source,
        options,
    )


def _parse(page: str) -> lxml.html.HtmlElement | None:
    tree = parse_html(page)
    if tree is None:
        return None
    for element in tree.iter():
        if element.text and element.tag not in _VERBATIM:
            element.text = _collapse_spaces(element.text)
        if element.tail:
            element.tail = _collapse_spaces(element.tail)
    _without_layout_tables(tree)
    return tree


def _without_layout_tables(tree: lxml.html.HtmlElement) -> None:
    """Turn tables that contain prose, as in old pages, into blocks, so that their text is not a table row."""
    for cell in list(tree.iter("td")):
        table = next(cell.iterancestors("table"), None)
        if table is not None and _holds_prose(cell):
            for element in (table, *table.iter("tbody", "tr", "td", "th")):
                if element is table or next(element.iterancestors("table"), table) is table:
                    element.tag = "div"


def _holds_prose(cell: lxml.html.HtmlElement) -> bool:
    letters = 0
    for element in cell.iter():
        letters += len(element.text or "") if element.tag not in ("script", "style") else 0
        letters += len(element.tail or "") if element is not cell else 0
        if letters >= PROSE_IN_TABLE:
            return True
    return False


def _collapse_spaces(text: str) -> str:
    """Return text as browsers show it: a line end in the source is a space and does not separate paragraphs."""
    return _SPACES.sub(" ", NOT_IN_MARKUP.sub("", text)) if _TO_COLLAPSE.search(text) else text


def _extract(tree: lxml.html.HtmlElement) -> Document | None:
    """Return the page's article; None if it has none.

    The extractor's fast mode is better where it works, but takes menus for text where it does not. On 181 pages F1
    is .963 with fast mode alone and .960 without it. It is .965 with slow mode for pages where little of the fast
    result is prose.
    """
    quick = _extracted(tree, fast=True)
    if quick is not None and _rejoin_left_out(tree, quick):
        quick = _extracted(tree, fast=True)
    if quick is not None and _share_of_prose(quick) >= MOSTLY_PROSE and _is_article(quick, tree):
        return quick
    thorough = _extracted(tree, fast=False)
    return thorough if thorough is not None and _is_article(thorough, tree) else None


def _rejoin_left_out(tree: lxml.html.HtmlElement, document: Document) -> bool:
    """Join elements of which the extractor would take only one; returns False if it left out less than LEFT_OUT
    allows.

    Long articles consist of several elements of one class, with advertisements in between.
    """
    articles = list(islice(tree.iter("article"), 2))
    if len(articles) != 1:
        return False
    paragraphs = ((each, each.text_content()) for each in articles[0].iter("p"))
    prose = [pair for pair in islice(paragraphs, MOST_LOOKED_AT) if len(pair[1]) >= SHORTEST_PARAGRAPH]
    extracted = _letters_only(document.text or "")
    found_letters = sum(len(text) for _, text in prose if _letters_only(text)[:OPENING] in extracted)
    if found_letters >= LEFT_OUT * sum(len(text) for _, text in prose):
        return False
    pieces: dict[str, list[lxml.html.HtmlElement]] = {}
    for holder in dict.fromkeys(paragraph.getparent() for paragraph, _ in prose):
        pieces.setdefault(holder.get("class") or "", []).append(holder)
    for name, (first, *others) in pieces.items():
        around = set(first.iterancestors())
        for other in others if name else ():
            if other not in around:
                first.extend(list(other))
    return True


def _letters_only(text: str) -> str:
    return _NO_WORD.sub("", text)


def _extracted(tree: lxml.html.HtmlElement, *, fast: bool) -> Document | None:
    try:
        found = bare_extraction(
            tree, fast=fast, include_comments=False, with_metadata=True, date_extraction_params=_DATE_SEARCH
        )
    except Exception:
        # A page that makes the extractor fail counts as a page without an article; it must not stop the ingest.
        return None
    return found if isinstance(found, Document) else None


def _lines(document: Document) -> list[str]:
    return [line for line in clean(document.text or "").split("\n") if line]


def _in_blocks(line: str, tree: lxml.html.HtmlElement) -> list[str]:
    """Return the lines of the element whose text the extractor put into one line, as it does with short articles."""
    letters = _letters_only(line)
    for element in islice(tree.iter("article", "main", "body"), MOST_LOOKED_AT):
        text = without_markup(lxml.html.tostring(element, encoding="unicode", with_tail=False))
        if _letters_only(text) == letters:
            return [each for each in clean(text).split("\n") if each]
    return []


def _beginning(lines: list[str]) -> str:
    """Return the first whole paragraph. Titles and bylines before it also occur elsewhere in the page."""
    return next((line for line in lines if len(line) >= SHORTEST_PARAGRAPH), lines[0])


def _share_of_prose(document: Document) -> float:
    lengths = [len(line) for line in _lines(document)]
    return sum(length for length in lengths if length >= SHORTEST_PARAGRAPH) / max(sum(lengths), 1)


def _is_article(document: Document, tree: lxml.html.HtmlElement) -> bool:
    lengths = [len(line) for line in _lines(document)]
    if sum(lengths) < SHORTEST_ARTICLE or max(lengths) < SHORTEST_PARAGRAPH:
        return False
    return _linked_letters(document, tree) < MOSTLY_LINKS * sum(lengths)


def _linked_letters(document: Document, tree: lxml.html.HtmlElement) -> int:
    """Count the letters of the text that are inside links, such as the headlines of a section's front page."""
    text = document.text or ""
    links = {" ".join(link.text_content().split()) for link in islice(tree.iter("a"), MOST_LOOKED_AT)}
    return sum(len(link) for link in links if len(link) >= SHORTEST_HEADLINE and link in text)


def _is_front_page(url: str | None) -> bool:
    """Whether the URL that a page states is the root of its site."""
    parts = split_address(url)
    return parts is not None and parts.path in ("", "/") and not parts.query


def _without_site(title: str, site: str | None) -> str:
    """Return a title such as `Storm hits – Gazette` without the site's name."""
    if not site or not title.casefold().endswith(site.casefold()):
        return title
    return _SEPARATED.sub("", title[: -len(site)]) or title
