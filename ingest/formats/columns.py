"""Puts the lines of a page in the order in which they are read: column by column.

Most documents draw their lines in this order. Others draw row by row across all columns, which would join sentences of
different columns. Such pages are cut along their white space, as in the recursive X-Y cut of Nagy and Seth (1984).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.formats.layout import ENDS, Line, same_size

GUTTER = 0.6
"""Minimum white space between two columns, in letter sizes. Spaces between words are about half as wide."""

WORD_SPACE = 2.0
"""Maximum white space inside a line of justified text, in letter sizes."""

WORDS_IN_LINE = 2.5
"""Minimum average words, without numbers, in the lines of a column of prose. The columns of a table have fewer."""

WIDEST_GUTTER = 6.0
"""Maximum white space between two columns through which a sentence continues, in letter sizes."""

COLUMN_LINES = 3
"""Minimum lines of a column, so that its first and last words show whether it was put in the right place."""

LINE_DISTANCE = 1.8
"""Maximum distance, in letter sizes, of a line that continues a column beside which there is no other."""

DEEPEST = 12
"""Maximum columns inside columns; newspapers have three levels."""


@dataclass(frozen=True)
class Reading:
    """The lines of a page in the order in which they are read."""

    lines: list[Line]
    is_doubtful: bool = False
    """Whether sentences could be joined that do not belong together."""


def in_reading_order(drawn: Sequence[Line]) -> Reading:
    """Return the lines in the order in which they are drawn, or by columns if that order cannot be right.

    Parts of a line, which `drawn` contains separately if wide space is between them, are joined.
    """
    lines = _joined(drawn)
    if not (_alternates(drawn) or _goes_up(lines) or _has_fragment(lines)):
        return Reading(lines)
    page = _Page()
    page.cut(list(drawn), DEEPEST)
    return Reading(page.lines, page.is_doubtful or _has_fragment(page.lines))


class _Page:
    """Collects the lines of a page while it is cut into columns."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.is_doubtful = False

    def cut(self, lines: list[Line], deepest: int) -> None:
        for group in _groups(lines):
            columns = _columns(group)
            if len(columns) > 1 and deepest and any(map(_is_prose, columns)):
                for column in columns:
                    self.cut(column, deepest - 1)
                continue
            # One column, or a table.
            rows = [sorted(band, key=lambda line: line.left) for band in _bands(group)]
            self.is_doubtful |= len(columns) == 1 and any(map(_has_columns, rows))
            # Parts of a single row are headings of columns, or day and price.
            widest = WORD_SPACE if len(rows) == 1 else None
            self.lines += [line for row in rows for line in _joined(row, widest)]


def _has_columns(row: Sequence[Line]) -> bool:
    """Whether a row contains the prose of two columns."""
    return any(
        _gap(one, other) > WORD_SPACE * one.size and min(_words(one), _words(other)) > WORDS_IN_LINE
        for one, other in pairwise(row)
    )


def _gap(one: Line, other: Line) -> float:
    """Return the width of the white space between two lines, whatever their height; negative if there is none."""
    return max(other.left - one.right, one.left - other.right)


def _words(line: Line) -> int:
    return sum(any(map(str.isalpha, word)) for word in line.text.split())


def _is_prose(column: Sequence[Line]) -> bool:
    return sum(map(_words, column)) >= WORDS_IN_LINE * len(column)


def _in_one_row(one: Line, other: Line) -> bool:
    return abs(one.bottom - other.bottom) <= 0.5 * min(one.size, other.size)


def _joined(lines: Sequence[Line], widest: float | None = WORD_SPACE) -> list[Line]:
    """Join consecutive parts of one line, unless the space between them is wider than `widest` letter sizes."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if (
            last is not None
            and _in_one_row(last, line)
            and line.left >= last.left
            and (widest is None or line.left - last.right <= widest * last.size)
        ):
            joined[-1] = Line(
                f"{last.text} {line.text}", last.left, max(last.right, line.right), last.bottom, last.top
            )
        else:
            joined.append(line)
    return joined


def _alternates(drawn: Sequence[Line]) -> bool:
    """Whether the lines go to another column and back within two rows."""
    for first, second, third in zip(drawn, drawn[1:], drawn[2:], strict=False):
        narrowest = GUTTER * min(first.size, second.size)
        if (
            _gap(first, second) > narrowest
            and _gap(second, third) > narrowest
            and (second.left > first.left) == (second.left > third.left)
            and abs(first.bottom - third.bottom) < 2.5 * max(first.size, third.size)
            and abs(first.bottom - second.bottom) < 2.5 * max(first.size, second.size)
        ):
            return True
    return False


def _goes_up(lines: Sequence[Line]) -> bool:
    """Whether a line of a column is drawn after one below it."""
    return any(
        line.bottom > last.top
        and min(line.right, last.right) - max(line.left, last.left) > 0.5 * (last.right - last.left)
        and same_size(last, line)
        and min(_words(last), _words(line)) > WORDS_IN_LINE
        for last, line in pairwise(lines)
    )


def _has_fragment(lines: Sequence[Line]) -> bool:
    """Whether a column begins inside a sentence that the column on its left cannot have begun."""
    blocks: list[list[Line]] = []
    for line in lines:
        last = blocks[-1][-1] if blocks else None
        if last is not None and same_size(last, line) and line.bottom < last.bottom and _gap(last, line) < 0:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return any(
        len(following) >= COLUMN_LINES
        and same_size(block[-1], following[0])
        and following[0].text[:1].islower()
        and (ENDS.search(block[-1].text) is not None or not _is_next_column(block, following))
        for block, following in pairwise(blocks)
    )


def _is_next_column(block: Sequence[Line], following: Sequence[Line]) -> bool:
    between = min(line.left for line in following) - max(line.right for line in block)
    return 0 < between < WIDEST_GUTTER * following[0].size


def _bands(lines: list[Line]) -> list[list[Line]]:
    """Cut lines at every height that none of them crosses, from top to bottom."""
    bands: list[list[Line]] = []
    bottom = 0.0
    for line in sorted(lines, key=lambda each: -each.top):
        # Letters that reach below their line, and boxes larger than letters, overlap a little.
        if not bands or line.top - bottom <= 0.35 * line.size:
            bands.append([line])
            bottom = line.bottom
        else:
            bands[-1].append(line)
            bottom = min(bottom, line.bottom)
    return bands


def _groups(lines: list[Line]) -> list[list[Line]]:
    """Join adjacent bands that are divided into columns by the same white space."""
    groups: list[list[Line]] = []
    for band in _bands(lines):
        if groups and _belongs(band, groups[-1]):
            groups[-1] += band
        else:
            groups.append(list(band))
    return groups


def _belongs(band: list[Line], group: list[Line]) -> bool:
    """Whether a band continues the columns of a group, or one line its single column."""
    has_columns = len(_columns(group)) > 1
    if not has_columns:
        return len(_columns(band)) == 1
    above = min(group, key=lambda line: line.bottom)
    are_headings = all(line.size > above.size and not same_size(above, line) for line in band)
    is_near = above.bottom - band[0].bottom <= LINE_DISTANCE * above.size
    if are_headings or (len(_columns(band)) == 1 and not is_near):
        return False
    return len(_columns(group + band)) > 1


def _columns(lines: list[Line]) -> list[list[Line]]:
    """Cut lines at every vertical white space that none of them crosses, from left to right."""
    narrowest = GUTTER * median(line.size for line in lines)
    columns: list[list[Line]] = []
    right = 0.0
    for line in sorted(lines, key=lambda each: each.left):
        if not columns or line.left - right > narrowest:
            columns.append([line])
            right = line.right
        else:
            columns[-1].append(line)
            right = max(right, line.right)
    return columns
