"""Joins lines that were broken at the width of a column into paragraphs; verse and tables keep their lines.

In prose that was broken to fit a column, the first word of a line would not have fitted into the line above it. In
verse, lists and one-line paragraphs it would. A paragraph begins with an indent, or after a blank or short line.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

WIDTHS = range(20, 141)
"""Characters of a column. Narrower ones are lists; in wider ones a line is a paragraph."""

NEARLY_FULL = 0.85
"""Minimum share of the width that a line and the next word take. Printed letters differ in width, so in text
recognised from pages lines differ in length."""

MOSTLY_FULL = 0.6
"""Minimum share of full lines among those that end no sentence; in verse, few lines are full."""

ENDS_SENTENCES = 0.6
"""Maximum share of lines that end a sentence; in texts with a paragraph on each line, almost all do."""

IN_LOWER_CASE = 0.2
"""Minimum share of lines that begin within a sentence; lines of verse and items of lists begin with capitals, rows of
tables also with digits."""

INDENT = 2
"""Minimum spaces by which the first line of a paragraph is set in."""

SHORT = 0.6
"""Share of the width that a heading and the next word do not take, if the next line begins with a capital."""

LONGEST_WORD = 50
"""Maximum letters examined of a word that is broken at a line end."""

_ENDS = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_BULLET = re.compile(r"(?:[•▪■●◦‣*]|[-–—]|\d{1,3}[.)]|[a-z][.)])\s+\S")
_GAP = re.compile(r"\S(?: {3,}|\t+| ?\| ?)\S")
_RULE = re.compile(r"[-=_*~#.\s]{3,}$")
_FIRST_WORD = re.compile(r"\S+")
_BROKEN = re.compile(r"([^\W\d_]+)[-\xad\u2010¬]$")
_CONTINUED = re.compile(r"[^\W\d_]{1,50}")
_COMPOUND = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,50}-[^\W\d_]{1,50}")


def paragraphs_of(text: str) -> str:
    """Return a text in which blank lines separate paragraphs, and only verse and tables have other line ends.

    Takes the text as it was written, because indents show where paragraphs begin. A text whose lines were not broken
    is returned unchanged.

    >>> paragraphs_of("The boats went back to work on Fri-\\nday, ending a strike of nine days that\\nhad begun.")
    'The boats went back to work on Friday, ending a strike of nine days that had begun.'
    """
    if text.count("\n") == 2 * text.count("\n\n") and not _is_spaced(text.split("\n\n")):
        return text
    blocks = [block for block in _blocks(text) if block]
    if all(len(block) == 1 for block in blocks):
        lines = [line for block in blocks for line in block]
        blocks = [lines] if _is_spaced(lines) else []
    width = _width(blocks)
    if width is None:
        return text
    compounds = frozenset(match.casefold() for match in _COMPOUND.findall(text))
    indent = _indent(blocks)
    return "\n\n".join(
        paragraph
        for block in _without_page_breaks(blocks, width)
        for paragraph in _unwrapped(block, width, compounds, indent)
    )


def _is_spaced(lines: Sequence[str]) -> bool:
    """Whether lines between blank lines are no paragraphs: some programs put a blank line between all lines."""
    if sum(map(len, lines)) >= WIDTHS.stop * len(lines):
        return False
    return sum(line.lstrip()[:1].islower() for line in lines) > len(lines) / 3


def is_opened_by_title(text: str) -> bool:
    """Whether the first line stands alone: it is no beginning of a paragraph that was broken into lines."""
    lines = text.split("\n", 2)
    if len(lines) == 1 or not lines[1].strip():
        return True
    width = _width([block for block in _blocks(text) if block])
    return width is None or _ends_paragraph(lines[0], lines[1], width, _indent_of(lines[0]), NEARLY_FULL)


def _without_page_breaks(blocks: Sequence[list[str]], width: int) -> list[list[str]]:
    """Return the blocks, with those joined that a blank line separates in the middle of a sentence."""
    joined = [blocks[0]]
    for block in blocks[1:]:
        above = joined[-1][-1]
        is_within = (
            not _ENDS.search(above) and block[0].strip()[:1].islower() and _is_full(above, block[0], width)
        )
        if is_within and not _is_table(block) and not _is_table(joined[-1]):
            joined[-1] = [*joined[-1], *block]
        else:
            joined.append(block)
    return joined


def _blocks(text: str) -> list[list[str]]:
    """Return the lines between blank lines, with tabs as spaces."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(line.rstrip().expandtabs(4) if "\t" in line else line.rstrip())
        else:
            blocks.append([])
    return blocks


def _width(blocks: Sequence[Sequence[str]]) -> int | None:
    """Return the width of the column that the lines were broken to fit; None if they were not broken."""
    every = [pair for block in blocks for pair in pairwise(block)]
    if sum(len(above) >= WIDTHS.stop for above, _ in every) > len(every) / 2:
        return None
    pairs = [
        (above, below)
        for block in blocks
        if not _is_table(block) and not _begins_anew(block)
        for above, below in pairwise(block)
        if not _RULE.fullmatch(above.strip()) and not _BULLET.match(below.strip())
    ]
    if not pairs:
        return None
    lengths = sorted(len(above) for above, _ in pairs)
    width = lengths[int(0.9 * (len(lengths) - 1))]
    if width not in WIDTHS:
        return None
    unfinished = [(above, below) for above, below in pairs if not _ENDS.search(above)]
    full = sum(_is_full(above, below, width) for above, below in unfinished)
    within = sum(_is_within_sentence(below) for _, below in unfinished)
    if (
        not unfinished
        or len(unfinished) < (1 - ENDS_SENTENCES) * len(pairs)
        or full < MOSTLY_FULL * len(unfinished)
        or within < IN_LOWER_CASE * len(unfinished)
    ):
        return None
    return width


def _is_within_sentence(line: str) -> bool:
    first = line.lstrip()[:1]
    return not first.isupper() and not first.isdigit()


def _is_full(above: str, below: str, width: int, share: float = NEARLY_FULL) -> bool:
    """Whether the first word of a line would not have fitted into the line above."""
    word = _FIRST_WORD.search(below)
    return word is not None and len(above) + 1 + len(word[0]) > share * width


def _is_table(block: Sequence[str]) -> bool:
    """Whether most lines have columns, separated by wide gaps or lines."""
    return len(block) > 1 and sum(_GAP.search(line) is not None for line in block) > len(block) / 2


def _indent(blocks: Sequence[Sequence[str]]) -> int:
    """Return the usual indent of the lines."""
    counts = Counter(_indent_of(line) for block in blocks for line in block[1:] or block)
    return max(counts, key=lambda indent: (counts[indent], -indent))


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unwrapped(block: Sequence[str], width: int, compounds: frozenset[str], indent: int) -> list[str]:
    """Return the paragraphs of a block; a table or a piece of verse is one paragraph that keeps its lines."""
    if _is_table(block) or _is_verse(block, width):
        return ["\n".join(line.strip() for line in block)]
    found = [[block[0].strip()]]
    for above, below in pairwise(block):
        line = below.strip()
        is_heading = above.isupper() and len(found[-1]) == 1 and not below.isupper()
        if _BULLET.match(line):
            found[-1] += ["\n", line]
        elif _BULLET.match(found[-1][-1]) and _indent_of(below) > indent:
            found[-1] += [*_joint(found[-1].pop(), line, compounds), line]
        elif is_heading or _ends_paragraph(above, below, width, indent):
            found.append([line])
        else:
            found[-1] += [*_joint(found[-1].pop(), line, compounds), line]
    return ["".join(pieces) for pieces in found]


def _is_verse(block: Sequence[str], width: int) -> bool:
    """Whether too few of several lines are full, though they end no sentence, as in a poem or list inside prose."""
    unfinished = [(above, below) for above, below in pairwise(block) if not _ENDS.search(above)]
    full = sum(_is_full(above, below, width) for above, below in unfinished)
    return len(unfinished) > 1 and (full < len(unfinished) / 2 or (len(block) > 3 and _begins_anew(block)))


def _begins_anew(block: Sequence[str]) -> bool:
    """Whether each of several lines begins with a capital or digit."""
    return len(block) > 2 and not any(map(_is_within_sentence, block[1:]))


def _ends_paragraph(above: str, below: str, width: int, indent: int, short: float = SHORT) -> bool:
    above_text, below_text = above.strip(), below.strip()
    if _RULE.fullmatch(above_text) or _RULE.fullmatch(below_text):
        return True
    if _indent_of(below) - max(indent, _indent_of(above)) >= INDENT:
        return True
    if _ENDS.search(above_text):
        # Headings between paragraphs are often in capitals.
        return below_text.isupper() or not _is_full(above, below, width, 1)
    return not _is_full(above, below, width, short) and below_text[:1].isupper()


def _joint(above: str, below: str, compounds: frozenset[str]) -> tuple[str, str]:
    """Return the end of a line and what joins it to the next one: a space, or for the parts of a word nothing, or its
    hyphen if the text also has it so."""
    broken, continued = _BROKEN.search(above[-LONGEST_WORD:]), _CONTINUED.match(below)
    if broken is None or continued is None:
        return above, " "
    is_compound = not below[0].islower() or f"{broken[1]}-{continued[0]}".casefold() in compounds
    is_hyphen = above[-1] in "-\u2010"
    return above[:-1], "-" if is_compound and is_hyphen else ""
