"""Cuts news text into sentences with exact offsets, by rules for the abbreviations, names and times in news."""

import re

from assistant.article import MONTHS, Span
from assistant.text.datelines import opening
from assistant.text.languages import Language, language_of
from assistant.text.letters import fold

_BLOCK_BREAK = re.compile(
    r"\s*\n\s*\n\s*|\n(?=[ \t]*(?:[-*•] |[–—] (?![a-z])|\d{1,2}\) ))|(?P<numbered>\n)(?=[ \t]*\d{1,2}\. )"
)
"""A blank line, or the end of a line before an item of a list. A line of wrapped prose may also begin with a dash, but
then continues in lower case, or with the number that ends a sentence (`4.`): see `_is_wrapped_number`."""

_STOPS = r"[.!?…;؟۔।॥։።\u037e。！？｡]"
_CLOSING = r"[\"'”’»)\]“‘«]"
_OPENING = r"(?:«\s|[\"'“‘«»„(\[¿¡’$£€¥₹])"
_STOP = re.compile(
    rf"""(?<!{_STOPS}){_STOPS}++(?:
        (?<=[。！？｡])[」』”’）】]*(?![」』”’）】とっ\s])      # No space follows. `「雨だ。」と言った` is one sentence.
    |
        (?:{_CLOSING}|\s»)*(?=\s+{_OPENING}*(?P<next>[^\W_]{{1,2}}))
    )""",
    re.VERBOSE,
)
"""A stop that may end a sentence: stops, closing quotes and brackets, and the first letters of the following word."""

_SEMICOLON = re.compile(r";[^.!?…]*")
_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")

_LETTER = r"[^\W\d_a-z]"
"""A capital, or a letter of a script that is not Latin."""

_BEFORE = r"(?:^|(?<=[\s(\"“‘'—–\[/-]))"
_BEFORE_NAME = re.compile(
    _BEFORE
    + r"""(?:
        Mr|Mrs|Ms|Mx|Messrs|Mme|Mlle|Drs?|Profs?|Rev|Fr|Sra|Hon|Rt|Msgr|Pres|Govs?|Lt|Gens?|Col|Capt|Cmdr|Maj|Brig|
        Sgt|Cpl|Pvt|Pfc|Spc|Adm|Sens?|Reps?|Supt|Insp|Det|Amb|Atty|Asst|Assoc|Ste|Mt|Ft|vs?|Dept|Est|
        a\.k\.a|e\.g|i\.e|cf|feat
    )\.$""",
    re.VERBOSE,
)
"""An abbreviation that never ends a sentence, such as a title before a name."""

_BEFORE_NUMBER = re.compile(
    _BEFORE
    + r"""(?:
        Nos?|Vol|Fig|pp?|Art|Sec|Ch|Rs|Rte|Hwy|ca?|est|approx|
        Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec
    )\.$|
    \d\s?(?:ft|in|lbs?|oz|hrs?|min|secs?)\.$""",
    re.VERBOSE,
)
"""An abbreviation that continues the sentence only before a number: `No. 10`, `Jan. 6`, `5 ft. 10`."""

_BEFORE_EITHER = re.compile(
    _BEFORE
    + rf"(?:Inc|Corp|Ltd|Co|Bros|Jr|Sr|al|Ave|Blvd|Rd|St|{_LETTER}|(?:[A-Z]\.)+[A-Z]|[A-Z]\.-[A-Z])\.$",
)
"""An abbreviation that may end a sentence: the legal form of a company, an initial, `U.S.`"""

_BEGINS = re.compile(
    r"\s+[\"“‘(\[]*(?:The|A|An|He|She|It|They|We|I|In|On|At|But|And|This|That|These|Those|There|His|Her|Its|Their|"
    r"After|Before|When|While|As|By|For|If|Since|So|Some|More|Most|Many|No|Not|Another|Meanwhile|However)\b(?!\.)"
)
"""Words that begin a sentence but no name, so that even `U.S.` before them ends one. `No.` and an initial `A.` do not
count."""

_CLOCK = re.compile(r"[\s\d](?:[ap]\.m|[AP]\.M)\.$")
_AFTER_CLOCK = re.compile(
    rf"\s+\(?(?:\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:{'|'.join(MONTHS)})\b|"
    rf"(?:{'|'.join(sorted({month[:3] for month in MONTHS} | {'Sept'}))})\.|[A-Z]{{2,4}}\b|"
    r"(?:[A-Z]\w+ ){1,2}(?:(?:standard|daylight|summer) )?time\b)",
)
"""What continues a sentence after `9 a.m.`: a day, a date or a time zone."""

_NAME_WITH_STOP = re.compile(r"\b(?:Yahoo|Yum|Jeopardy)!$")
"""Names in the news that end in a stop."""

_SPEAKER = re.compile(
    rf"(?!{_BEGINS.pattern})\s+(?:[A-Z][\w.'’-]*\s+){{1,4}}"
    r"(?:said|says|asked|asks|cried|shouted|wrote|replied|added|wondered|exclaimed)\b(?!:| that\b)"
)
"""The speaker of the quotation before: `“Who did it?” Nora Hale asked.`"""

_LIST_NUMBER = re.compile(r"\s*\d{1,2}\.")

_FOLLOWING = re.compile(rf"\s+{_OPENING}*(?P<word>\w+)")

LONGEST_WORD = 24
"""Characters before a stop that are searched for an abbreviation."""


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of a text's sentences: sorted, disjoint, covering everything but the white space between them.

    >>> text = "Mr. Blinken left the U.S. on Monday. He is expected at 2:30 p.m. in Cairo."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Mr. Blinken left the U.S. on Monday.', 'He is expected at 2:30 p.m. in Cairo.']
    """
    spans: list[Span] = []
    start = 0
    language = language_of(text)
    for gap in _BLOCK_BREAK.finditer(text):
        if gap["numbered"] and _is_wrapped_number(text, start, gap.start()):
            continue
        _add_sentences(text, start, gap.start(), spans, language)
        start = gap.end()
    _add_sentences(text, start, len(text), spans, language)
    return spans


def quotable_spans(text: str) -> list[Span]:
    """Return the spans of a passage's sentences, without a dateline before the first.

    >>> text = "PORT ELLERY, March 4 (Tidewater Wire) — The wall broke. It will be mended."
    >>> [text[start:end] for start, end in quotable_spans(text)]
    ['The wall broke.', 'It will be mended.']
    """
    match = opening(text)
    begins = match.end() if match else 0
    spans = [(max(start, begins), end) for start, end in sentence_spans(text) if end > begins]
    return [(start + len(text[start:end]) - len(text[start:end].lstrip()), end) for start, end in spans]


def _is_wrapped_number(text: str, start: int, line_end: int) -> bool:
    """Whether a line that begins with `4.` continues the line before it, which ends at `line_end`.

    It is an item of a list if the line before it ends in a stop or a colon. It also is one if its block, which begins
    at `start`, begins with a number too.
    """
    return text[line_end - 1 : line_end] not in (*".!?:;",) and not _LIST_NUMBER.match(text, start)


def _add_sentences(text: str, start: int, end: int, spans: list[Span], language: Language | None) -> None:
    """Add the sentences of one paragraph or list item."""
    for stop in _STOP.finditer(text, start, end):
        if stop.end() <= start or _continues(text, start, stop, language):
            continue
        _add(text, start, stop.end(), spans)
        start = stop.end()
    _add(text, start, end, spans)


def _continues(text: str, start: int, stop: re.Match[str], language: Language | None) -> bool:
    """Whether the sentence that begins at `start` continues after a stop."""
    following = stop["next"]
    if following is None:
        return False
    # Greek asks with a semicolon.
    if _SEMICOLON.fullmatch(stop.group()) and not _GREEK.match(text, stop.start() - 1):
        return True
    # `eBay` and `iPhone` may begin a sentence; other words in lower case do not.
    if following[0].islower() and not following[1:].isupper():
        return True
    before = text[max(start, stop.start() - LONGEST_WORD) : stop.end()]
    if stop.group() != ".":
        if _NAME_WITH_STOP.search(before):
            return not _BEGINS.match(text, stop.end())
        return stop.group()[0] in "!?" and len(stop.group()) > 1 and bool(_SPEAKER.match(text, stop.end()))
    if language is not None and _continues_in(language, before, text, stop.end()):
        return True
    if _LIST_NUMBER.fullmatch(text, start, stop.end()) or _BEFORE_NAME.search(before):
        return True
    if _CLOCK.search(before):
        return bool(_AFTER_CLOCK.match(text, stop.end()))
    if _BEFORE_NUMBER.search(before):
        return following[0].isdigit()
    return bool(_BEFORE_EITHER.search(before)) and not _BEGINS.match(text, stop.end())


def _continues_in(language: Language, before: str, text: str, end: int) -> bool:
    """Whether a sentence continues after a stop that ends at `end`, by the abbreviations of another language."""
    if language.never_ends.search(before):
        return True
    following = _FOLLOWING.match(text, end)
    if following is None:
        return False
    if language.continues_before_number.search(before):
        return following["word"][0].isdigit()
    return bool(language.may_end.search(before)) and fold(following["word"]) not in language.stopwords


def _add(text: str, start: int, end: int, spans: list[Span]) -> None:
    """Add a span without its outer white space, unless nothing is left of it."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        spans.append((start + left, start + right))
