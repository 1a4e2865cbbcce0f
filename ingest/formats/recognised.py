"""Builds articles from text that OCR recognised: lines in blocks, with a confidence for each word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from assistant.article import READ_BY_OCR, Article
from ingest.articles.builder import Extracted, build_article
from ingest.articles.canonical import clean, join
from ingest.formats.document_properties import choose_title
from ingest.formats.layout import COMPOUND, ENDS, join_lines
from ingest.sources.files import ReadOptions
from ingest.sources.rejections import Rejected

_HYPHENS = re.compile(r"(?<=\w)[¬⸗=\xad]$")
"""Signs that OCR programs and old prints use for a hyphen at the end of a line."""


@dataclass(frozen=True)
class Block:
    """A paragraph or column of a page."""

    lines: Sequence[str]
    confidences: Sequence[float] = ()
    """Of its words, from 0 to 1, as far as they are known."""


@dataclass(frozen=True)
class Recognised:
    """The blocks of a page or story in reading order, and what else is known of it."""

    blocks: Sequence[Block]
    known: Extracted = field(default_factory=lambda: Extracted(text=""))
    """Title, outlet, date and language, as far as they are known."""
    is_story: bool = False
    """Whether all blocks belong to one story, so that a sentence can continue in the next one."""


def article(found: Recognised, source: str, options: ReadOptions) -> Article | Rejected:
    """Return the article of a page or story. A keyword says that it was read by OCR, and how surely.

    Words broken at line ends are joined. A sentence continues in the next block only if both belong to one story.
    """
    lines = [[clean(_HYPHENS.sub("-", line.rstrip())) for line in block.lines] for block in found.blocks]
    lines = [block for each in lines if (block := [line for line in each if line])]
    if found.is_story:
        lines = _continued(lines)
    compounds = frozenset(
        compound.casefold() for block in lines for line in block for compound in COMPOUND.findall(line)
    )
    parts = [join_lines(block, compounds) for block in lines]
    confidences = [value for block in found.blocks for value in block.confidences if 0 <= value <= 1]
    return build_article(
        replace(
            found.known,
            text=join(parts),
            title=found.known.title or choose_title(None, parts),
            keywords=[read_by_ocr(confidences)],
        ),
        source,
        options,
    )


def _continued(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Join blocks in which a sentence continues that the block before has begun."""
    joined: list[list[str]] = []
    for block in blocks:
        if joined and block[0][0].islower() and not ENDS.search(joined[-1][-1]):
            joined[-1] = [*joined[-1], *block]
        else:
            joined.append(block)
    return joined


def read_by_ocr(confidences: Sequence[float]) -> str:
    """Return how surely words were recognised, in words.

    >>> read_by_ocr([0.9, 0.84]), read_by_ocr([])
    ('read by OCR, 87 %', 'read by OCR')
    """
    return f"{READ_BY_OCR}, {fmean(confidences):.0%}".replace("%", " %") if confidences else READ_BY_OCR
