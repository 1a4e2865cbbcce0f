"""Builds the article of printed pages from their lines: of a text layer, or of what OCR recognised."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.article import UNDATED, Article
from ingest.articles.builder import Extracted, build_article
from ingest.articles.canonical import clean, join
from ingest.articles.keywords import keywords
from ingest.formats import layout, ocr
from ingest.formats.document_properties import LONGEST_TITLE_LINE, Document, add_author, choose_title
from ingest.formats.layout import Line
from ingest.formats.masthead import masthead
from ingest.formats.recognised import read_by_ocr
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

FEWEST_WORDS = 12
"""Minimum words of a picture that is an article. Photographs, drawings and icons have fewer."""

ORDER_IN_DOUBT = (
    "left out: the order of the columns is not certain, and a wrong one would join parts of different sentences. Save "
    "each column, or the text, as a document of its own"
)


def article(
    pages: Sequence[Sequence[Line]], stated: Document, source: str, options: ReadOptions
) -> Article | Rejected | None:
    """Return the article of pages, each with its lines in reading order; None if they have no text.

    A masthead names the outlet and the day, and is no title.
    """
    found = [
        replace(paragraph, text=text)
        for paragraph in layout.paragraphs(pages)
        if (text := clean(paragraph.text))
    ]
    if not found:
        return None
    printed = masthead(found)
    found = found[printed.length :] if printed else found
    parts = [paragraph.text for paragraph in found]
    return add_author(
        build_article(
            Extracted(
                text=join(parts),
                title=layout.heading(found, LONGEST_TITLE_LINE) or choose_title(stated.title, parts),
                outlet=printed.name if printed else None,
                mentioned=printed.published if printed else UNDATED,
                keywords=stated.keywords,
            ),
            source,
            options,
        ),
        stated.author,
    )


def recognised(
    pages: Sequence[ocr.Page],
    stated: Document,
    source: str,
    options: ReadOptions,
    numbers: Sequence[int] | None = None,
) -> Iterator[Article | Rejected]:
    """Yield the article of pages that OCR read; a keyword says how surely. `numbers` are those of the pages.

    Pages whose order is not certain are left out and reported.
    """
    numbers = numbers or range(1, len(pages) + 1)
    doubtful = [number for number, page in zip(numbers, pages, strict=True) if page.reading.is_doubtful]
    if doubtful:
        yield Rejected(source, f"{numbered(doubtful, len(pages))} {ORDER_IN_DOUBT}")
    kept = [page for page in pages if not page.reading.is_doubtful]
    confidences = [word.confidence for page in kept for word in page.words]
    label = read_by_ocr(confidences)
    found = (
        article(
            [page.reading.lines for page in kept],
            replace(stated, keywords=[*keywords(stated.keywords), label]),
            source,
            options,
        )
        if len(confidences) >= FEWEST_WORDS
        else None
    )
    if found is not None:
        yield found
    elif not doubtful:
        yield Rejected(source, f"a picture with fewer than {FEWEST_WORDS} words")


def numbered(numbers: Sequence[int], count: int) -> str:
    """Return `2 of its 9 pages (3, 5)`."""
    return f"{len(numbers)} of its {count} pages ({_ranges(numbers)})"


def _ranges(numbers: Sequence[int]) -> str:
    """Return `3, 5–9` for 3, 5, 6, 7, 8, 9; only the first ten ranges."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in ranges[:10]]
    return ", ".join(shown) + (", …" if len(ranges) > 10 else "")
