"""A date that a page shows beside its article, where its head states none.

Searching a page finds dates of comments, of other sites' posts and of the server's own notes as well: what is found
counts only where it can be read just before the article's text.
"""

import re

import lxml.etree
import lxml.html
from htmldate import find_date

from assistant.article import MONTHS, UNDATED, PublicationDate
from ingest.articles import dates

BEFORE, AFTER = 600, 400
"""Letters before and after the beginning of an article's text in which its page may say when it was published:
byline, lead and buttons for sharing stand between. Of 21 dates found on pages without a stated one, 3 were of something
else, and stood nowhere near."""

LONG_PARAGRAPH = 80
"""Letters of a paragraph of the article itself."""

_UNSEEN = frozenset({"script", "style", "noscript", "template", "head"})
_WORDS_OF_BEGINNING = 6


def mentioned(tree: lxml.html.HtmlElement, beginning: str) -> PublicationDate:
    """The date shown before an article whose text begins so; UNDATED where there is none, or more than one might be."""
    moments = {moment for element in _times(tree) if (moment := element.get("datetime"))}
    if len(moments) == 1 and (found := dates.parse(moments.pop(), "text")).precision == "day":
        return found
    try:
        iso = find_date(tree, min_date="1900-01-01", original_date=True, extensive_search=False)
    except Exception:
        # A page that breaks the search shows no date: it must not stop the rest.
        return UNDATED
    if iso is None or not _says(_around(_visible(tree), beginning), iso):
        return UNDATED
    return dates.parse(iso, "text")


def _times(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """The elements of time between headline and first paragraph; one above may tell the day the page was sent."""
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
    """The text of a page that its readers see, elements parted by spaces."""
    pieces: list[str] = []
    unseen = 0
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            unseen += element.tag in _UNSEEN
            piece = element.text
        else:
            unseen -= element.tag in _UNSEEN
            piece = f" {element.tail or ''}"
        if piece and not unseen:
            pieces.append(piece)
    return " ".join("".join(pieces).split())


def _around(text: str, beginning: str) -> str:
    words = re.findall(r"\w+", beginning)[:_WORDS_OF_BEGINNING]
    found = re.search(r"\W*".join(words), text) if words else None
    return text[max(found.start() - BEFORE, 0) : found.start() + AFTER] if found else ""


def _says(text: str, iso: str) -> bool:
    """Whether a text names a day, in whatever language: `5 de outubro de 2018`, `Oct. 5, 2018`, `05/10/2018`."""
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
