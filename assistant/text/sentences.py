"""Cuts news text into sentences with exact offsets, by rules for the abbreviations that news uses."""

import re

from assistant.article import Span
from assistant.text.datelines import opening

_BLANK = re.compile(r"\s*\n\s*\n\s*|\n(?=[ \t]*[-*•–—] )")
"""Between paragraphs, and before the item of a list."""

_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[¿¡$£€]*[A-Z0-9À-ÖØ-Þ])")
"""The end of what may be a sentence: a stop, what closes after it, and a beginning that follows."""

_ABBREVIATED = re.compile(
    r"""(?:^|(?<=[\s("“‘'—–-]))(?:
        Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Fr|Sr|Sra|Hon|Pres|Gov|Lt|Gen|Col|Capt|Cmdr|Maj|Sgt|Cpl|Pvt|Adm|Sen|Reps?|Supt|Insp|
        Det|Jr|St|Ste|Mt|Ft|vs?|No|Nos|Vol|Fig|pp?|Ave|Blvd|Rd|Inc|Corp|Ltd|Co|Bros|Dept|Est|approx|
        Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|e\.g|i\.e|cf|al|
        [A-Z]|(?:[A-Z]\.)+[A-Z]|[A-Z]\.-[A-Z]
    )\.$""",
    re.VERBOSE,
)
"""A word before a single full stop that does not end a sentence: a title, a month, an initial, `U.S.`"""

_ENDS_ANYWAY = re.compile(r"(?:U\.S|U\.K|U\.N|E\.U|D\.C|[ap]\.m|Inc|Corp|Ltd|Co|Jr|Sr|al|Ave|Blvd|Rd|St)\.$")
_BEGINS = re.compile(
    r"\s+[\"“‘(\[]*(?:The|A|An|He|She|It|They|We|I|In|On|At|But|And|This|That|These|Those|There|His|Her|Its|Their|"
    r"After|Before|When|While|As|By|For|If|Since|So|Some|More|Most|Many|No|Not|Another|Meanwhile|However)\b"
)
"""Words that begin a sentence and no name: after them even `U.S.` has ended one."""

LONGEST_WORD = 24
"""Characters looked back for an abbreviation."""


def sentence_spans(text: str) -> list[Span]:
    """Return where the sentences of a text lie: sorted, disjoint, without outer white space, covering all else.

    >>> text = "Mr. Blinken left the U.S. on Monday. He is expected at 2:30 p.m. in Cairo."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Mr. Blinken left the U.S. on Monday.', 'He is expected at 2:30 p.m. in Cairo.']
    """
    spans: list[Span] = []
    start = 0
    for blank in _BLANK.finditer(text):
        _cut(text, start, blank.start(), spans)
        start = blank.end()
    _cut(text, start, len(text), spans)
    return spans


def quotable_spans(text: str) -> list[Span]:
    """Return where the sentences of a passage lie without the dateline before the first, which is no part of it.

    >>> text = "PORT ELLERY, March 4 (Tidewater Wire) — The wall broke. It will be mended."
    >>> [text[start:end] for start, end in quotable_spans(text)]
    ['The wall broke.', 'It will be mended.']
    """
    match = opening(text)
    begins = match.end() if match else 0
    spans = [(max(start, begins), end) for start, end in sentence_spans(text) if end > begins]
    return [(start + len(text[start:end]) - len(text[start:end].lstrip()), end) for start, end in spans]


def _cut(text: str, start: int, end: int, spans: list[Span]) -> None:
    """Add the sentences of one paragraph."""
    for stop in _STOP.finditer(text, start, end):
        if stop.end() <= start or _goes_on(text, start, stop):
            continue
        _add(text, start, stop.end(), spans)
        start = stop.end()
    _add(text, start, end, spans)


def _goes_on(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether a stop is only the point of an abbreviation."""
    if stop.group() != ".":
        return False
    before = text[max(start, stop.start() - LONGEST_WORD) : stop.end()]
    if not _ABBREVIATED.search(before):
        return before.endswith((" a.m.", " p.m.")) and not _BEGINS.match(text, stop.end())
    return not (_ENDS_ANYWAY.search(before) and _BEGINS.match(text, stop.end()))


def _add(text: str, start: int, end: int, spans: list[Span]) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        spans.append((start + left, start + right))
