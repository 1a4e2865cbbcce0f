"""Reads the blocks of ALTO documents, in which libraries store recognised pages."""

from collections.abc import Iterator

from ingest.formats.recognised import Block, Recognised
from ingest.formats.xml import children, local
from ingest.formats.xml_tree import Element


def pages_of(document: Element) -> list[Recognised]:
    """Return the pages of a document; blocks are in the order of the document, which is that of reading."""
    return [
        Recognised([block for _, block in blocks_of(page)])
        for page in document.iter()
        if local(page) == "Page"
    ]


def blocks_of(element: Element) -> Iterator[tuple[str, Block]]:
    """Yield the blocks of text inside an element with their ids."""
    for each in element.iter():
        if local(each) == "TextBlock":
            lines = [*children(each, "TextLine")]
            words = [word for line in lines for word in children(line, "String")]
            yield each.get("ID") or "", Block([_line(line) for line in lines], [*_confidences(words)])


def _line(line: Element) -> str:
    """Return the text of a line. A word that it breaks is complete here, and missing in the next line."""
    words: list[str] = []
    for each in line:
        kind, part = local(each), each.get("SUBS_TYPE")
        if kind == "HYP" and words and not words[-1].endswith("-"):
            words[-1] += "-"
        if kind != "String" or (part == "HypPart2" and each.get("SUBS_CONTENT")):
            continue
        whole = each.get("SUBS_CONTENT") if part == "HypPart1" else None
        words.append(whole or each.get("CONTENT") or "")
        if whole:
            return " ".join(words)
    return " ".join(words)


def _confidences(words: list[Element]) -> Iterator[float]:
    for word in words:
        try:
            yield float(word.get("WC") or "")
        except ValueError:
            continue
