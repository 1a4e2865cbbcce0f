"""Turns lines on pages into paragraphs: drops running heads, joins words and sentences across lines and pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

HYPHEN = "\xad"
"""Marks the end of a line whose hyphen only the line break caused."""

EDGE_LINES = 2
"""Lines at the top and bottom of a page that may be running heads, page numbers and the like."""

RUNNING = 3
"""Minimum pages on which a line at the edge must occur to be dropped; two if there are fewer than five pages."""

OTHER_SIZE = 0.12
"""Minimum relative difference in letter size that separates paragraphs."""

WIDER = 1.35
"""Minimum line distance that separates paragraphs, as a multiple of the usual distance."""

INDENT = 0.8
"""Minimum indent of a paragraph's first line, in letter sizes."""

SHORT = 0.2
"""Minimum free share of the column width after the last line of a paragraph."""

SAME_ROW = 0.5
"""Maximum difference in height, in letter sizes, of two parts of one line."""

LONGEST_WORD = 50
"""Maximum letters examined of a word that is broken at a line end."""

_DIGITS = re.compile(r"\d+")
ENDS = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•▪■●◦‣–—*-]\s")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_FIRST_WORD = re.compile(r"[^\W\d_]{1,50}")
COMPOUND = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,50}-[^\W\d_]{1,50}")


@dataclass(frozen=True)
class Line:
    """A line and its position on the page; the origin is the page's lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """The height of its letters."""
        return max(self.top - self.bottom, 0.1)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and the size of its letters."""

    text: str
    size: float
    page: int


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Join the lines of a document into paragraphs, in the order of its pages."""
    running = _running_lines(pages)
    placed = [
        (number, line) for number, page in enumerate(pages) for line in _without_running_lines(page, running)
    ]
    distances = _distances(placed)
    rights = _rights(placed)
    compounds = frozenset(match.casefold() for _, line in placed for match in COMPOUND.findall(line.text))
    found: list[Paragraph] = []
    block: list[tuple[int, Line]] = []
    for number, line in placed:
        if block and _is_paragraph_break(block[-1], (number, line), distances, rights):
            found.append(_join_lines(block, compounds))
            block = []
        block.append((number, line))
    if block:
        found.append(_join_lines(block, compounds))
    return found


def usual_size(found: Sequence[Paragraph]) -> float:
    """Return the size of the letters in which most of the text is set."""
    weights = sorted((paragraph.size, len(paragraph.text)) for paragraph in found)
    half = sum(weight for _, weight in weights) / 2
    usual = 0.0
    for size, weight in weights:
        usual = size
        half -= weight
        if half <= 0:
            break
    return usual


def heading(found: Sequence[Paragraph], longest: int) -> str | None:
    """Return the text in the largest letters on the first page, if they are larger than those of most text."""
    first = [
        paragraph for paragraph in found if paragraph.page == found[0].page and len(paragraph.text) <= longest
    ]
    largest = max(first, key=lambda paragraph: paragraph.size, default=None)
    is_larger = largest is not None and largest.size > usual_size(found) * (1 + OTHER_SIZE)
    return largest.text if largest is not None and is_larger else None


def _edges(page: Sequence[Line]) -> list[tuple[str, Line]]:
    """Return the lines in the first and last rows of a page."""
    rows: list[list[Line]] = []
    for line in sorted(page, key=lambda line: line.bottom):
        if rows and line.bottom - rows[-1][0].bottom <= SAME_ROW * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    below = [("bottom", line) for row in rows[:EDGE_LINES] for line in row]
    return below + [("top", line) for row in rows[EDGE_LINES:][-EDGE_LINES:] for line in row]


def _pattern(edge: str, line: Line) -> tuple[str, str, int]:
    return edge, _DIGITS.sub("#", line.text.casefold()), round(line.size)


def _running_lines(pages: Sequence[Sequence[Line]]) -> frozenset[tuple[str, str, int]]:
    """Return the patterns of lines at the edge of many pages, ignoring the numbers in them."""
    counts = Counter(
        pattern for page in pages for pattern in {_pattern(edge, line) for edge, line in _edges(page)}
    )
    enough = RUNNING if len(pages) > 4 else 2
    return frozenset(pattern for pattern, count in counts.items() if count >= enough)


def _without_running_lines(page: Sequence[Line], running: frozenset[tuple[str, str, int]]) -> list[Line]:
    dropped = {id(line) for edge, line in _edges(page) if _pattern(edge, line) in running}
    return [line for line in page if id(line) not in dropped]


def _distances(placed: Sequence[tuple[int, Line]]) -> dict[int, float]:
    """Return the usual line distance by letter size."""
    seen: defaultdict[int, list[float]] = defaultdict(list)
    for (page, above), (next_page, below) in pairwise(placed):
        distance = above.bottom - below.bottom
        if (
            page == next_page
            and same_size(above, below)
            and SAME_ROW * above.size < distance < 3 * above.size
        ):
            seen[round(above.size)].append(distance)
    return {size: median(distances) for size, distances in seen.items()}


def _rights(placed: Sequence[tuple[int, Line]]) -> dict[tuple[int, int], float]:
    """Return the right edge of columns, by page and left edge."""
    found: defaultdict[tuple[int, int], float] = defaultdict(float)
    for page, line in placed:
        found[page, round(line.left / 10)] = max(found[page, round(line.left / 10)], line.right)
    return found


def same_size(one: Line, other: Line) -> bool:
    """Whether the letters of two lines have nearly the same size."""
    return abs(one.size - other.size) <= OTHER_SIZE * max(one.size, other.size)


def _is_paragraph_break(
    before: tuple[int, Line],
    after: tuple[int, Line],
    distances: dict[int, float],
    rights: dict[tuple[int, int], float],
) -> bool:
    """Whether a paragraph ends between two lines."""
    (page, above), (next_page, below) = before, after
    if not same_size(above, below) or _BULLET.match(below.text):
        return True
    if above.text.endswith(HYPHEN):
        return False
    ends = ENDS.search(above.text[-20:]) is not None
    distance = above.bottom - below.bottom
    if page != next_page or distance < SAME_ROW * above.size:
        # In the next column or on the next page, a sentence can continue.
        return ends or not (below.text[:1].islower() or above.text.endswith((",", "-")))
    if distance > WIDER * distances.get(round(above.size), above.size * 1.2):
        return True
    if below.left - above.left > INDENT * above.size and ends:
        return True
    right = max(rights[page, round(line.left / 10)] for line in (above, below))
    return ends and above.right < right - SHORT * (right - above.left)


def _join_lines(block: Sequence[tuple[int, Line]], compounds: frozenset[str]) -> Paragraph:
    page, first = block[0]
    return Paragraph(join_lines([line.text for _, line in block], compounds), first.size, page)


def join_lines(lines: Sequence[str], compounds: frozenset[str]) -> str:
    """Join lines with spaces. A word broken at a line end is joined directly, or with a hyphen if the document also
    has it with one."""
    pieces = [lines[0]]
    for line in lines[1:]:
        above = pieces[-1]
        word, following = _LAST_WORD.search(above[-LONGEST_WORD:-1]), _FIRST_WORD.match(line)
        if above[-1:] in (HYPHEN, "-") and word and following:
            is_compound = not line[0].islower() or f"{word[0]}-{following[0]}".casefold() in compounds
            pieces[-1] = above[:-1] + ("-" if is_compound else "")
        else:
            pieces.append(" ")
        pieces.append(line)
    return "".join(pieces)
