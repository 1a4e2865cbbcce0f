"""Finds a date shown beside an article, for pages whose head states none.

A search of the whole page also finds dates of comments, of other sites' posts and of server notes. So a date counts
only if it is visible just before the article's text.
"""

import re

import lxml.etree
import lxml.html
from htmldate import find_date

from assistant.article import MONTHS, UNDATED, PublicationDate
from ingest.articles import dates

BEFORE, AFTER = 600, 400
"""Letters before and after the start of an article's text in which its date is searched. Byline, lead and share
buttons come in between. Of 21 dates found on pages without a stated one, 3 belonged to something else, and none of
those was near the text."""

LONG_PARAGRAPH = 80
"""Minimum letters of a paragraph of the article itself."""

_INVISIBLE = frozenset({"script", "style", "noscript", "template", "head"})
_WORDS_OF_BEGINNING = 6


def mentioned(tree: lxml.html.HtmlElement, beginning: str) -> PublicationDate:
    """Return the date shown before an article that begins with this text; UNDATED if there is none or several are
    possible."""
    moments = {moment for element in _times(tree) if (moment := element.get("datetime"))}
    if len(moments) == 1 and (found := dates.parse(moments.pop(), "text")).precision == "day":
        return found
    try:
        iso = find_date(tree, min_date="1900-01-01", original_date=True, extensive_search=False)
    except Exception:
        # A page that makes the search fail counts as undated; it must not stop the ingest.
        return UNDATED
    if iso is None or not _contains_day(_around(_visible(tree), beginning), iso):
        return UNDATED
    return dates.parse(iso, "text")


def _times(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Return the time elements between headline and first paragraph. Those above may show the current day."""
    found: list[lxml.html.HtmlElement] = []
    for element in tree.iter("h1", "time", "p"):
        if element.tag == "p" and len(element.text_content()) >= LONG_PARAGRAPH:
            break
        if element.tag == "h1":
            found.clear()
        elif element.tag == "time":
            found.append(element)
    return found


def _visible(tree: lxml.html.HtmlElement) -> str:
    """Return the visible text of a page, with elements separated by spaces."""
    pieces: list[str] = []
    invisible = 0
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            invisible += element.tag in _INVISIBLE
            piece = element.text
        else:
            invisible -= element.tag in _INVISIBLE
            piece = f" {element.tail or ''}"
        if piece and not invisible:
            pieces.append(piece)
    return " ".join("".join(pieces).split())


def _around(text: str, beginning: str) -> str:
    words = re.findall(r"\w+", beginning)[:_WORDS_OF_BEGINNING]
    found = re.search(r"\W*".join(words), text) if words else None
    return text[max(found.start() - BEFORE, 0) : found.start() + AFTER] if found else ""


def _contains_day(text: str, iso: str) -> bool:
    """Whether a text contains a day, in any language: `5 de outubro de 2018`, `Oct. 5, 2018`, `05/10/2018`."""
    year, month, day = iso[:4], int(iso[5:7]), int(iso[8:10])
    short = f"(?:{year}|{year[2:]})"
    written = (
        rf"0?{day}(?:st|nd|rd|th)?\.?\W{{1,3}}(?:[^\W\d]+\.?\W{{1,3}}){{1,3}}{year}",
        rf"{MONTHS[month - 1][:3]}\w*\.?\W{{1,3}}0?{day}(?:st|nd|rd|th)?\W{{1,3}}{year}",
        rf"{year}\W{{1,2}}0?{month}\W{{1,2}}0?{day}",
        rf"0?{month}\W0?{day}\W{short}",
        rf"0?{day}\W0?{month}\W{short}",
    )
    return re.search(rf"(?<!\d)(?:{'|'.join(written)})(?!\d)", text, re.IGNORECASE) is not None
