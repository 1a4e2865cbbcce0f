"""Finds names in a text by their capitals. This is the project's only definition of a name."""

import re

from assistant.article import Span
from assistant.text.letters import fold
from assistant.text.words import STOPWORDS

_CAPITAL = "[A-Z" + "".join(chr(code) for code in range(0xC0, 0x530) if chr(code).isupper()) + "]"
_NAME = re.compile(rf"\b{_CAPITAL}[\w'’-]*\w(?: (?:(?:of|the|de|der|van|von) )*{_CAPITAL}[\w'’-]*\w){{0,5}}")
_SENTENCE_START = re.compile(r"(?:^|[.?!:;]\W*)$")
_BLANKS = re.compile(r" *")

LOOKED_BACK = 20
"""Characters before a word that are searched for the end of the previous sentence."""


def name_spans(text: str) -> list[Span]:
    """Return the spans of the names in a text, in order.

    A name is up to six words with a capital, joined by words such as "of" and "van". Leading stop words do not
    belong to it ("The Skerra Line"). A single word at the beginning of a sentence is not a name if a word in lower
    case follows, because every sentence begins with a capital.

    >>> text = "Nobody asked the Harbour Alliance. Then Reyle spoke."
    >>> [text[start:end] for start, end in name_spans(text)]
    ['Harbour Alliance', 'Reyle']
    """
    spans: list[Span] = []
    for match in _NAME.finditer(text):
        words = match.group().split(" ")
        kept = list(words)
        while kept and fold(kept[0]) in STOPWORDS:
            kept.pop(0)
        if kept and not (len(words) == 1 and _is_sentence_start(text, *match.span())):
            spans.append((match.end() - len(" ".join(kept)), match.end()))
    return spans


def names(text: str) -> list[str]:
    """Return the names in a text, each once, in the order of their first use.

    >>> names("Was Tomas Reyle of the Harbour Alliance heard? Nobody asked Reyle. Then Ingrid Halloran spoke.")
    ['Tomas Reyle of the Harbour Alliance', 'Reyle', 'Ingrid Halloran']
    """
    return list(dict.fromkeys(text[start:end] for start, end in name_spans(text)))


def _is_sentence_start(text: str, start: int, end: int) -> bool:
    """Whether the word at `start` begins a sentence that continues in lower case."""
    begins = _SENTENCE_START.search(text[max(0, start - LOOKED_BACK) : start])
    following = _BLANKS.match(text, end)
    return bool(begins and following and text[following.end() : following.end() + 1].islower())
