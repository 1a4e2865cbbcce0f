"""Finds the citation markers in a chat model's text while it streams, in every notation that models use.

`[1]`, `[1, 2]`, `[1][2]`, `[1-3]`, `[^1]`, `【1】` and `【1†source】` are markers. `[Reuters]`, `[sic]` and a year such
as `[2023]` are part of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

LONGEST_MARKER = 64
"""Characters held back for a marker that is not closed yet. Anything longer is text."""

_NUMBER = r"\^?\d+(?:\s*[-–—]\s*\^?\d+)?"
_MARKER = re.compile(
    rf"[\[【]\s*(?P<numbers>{_NUMBER}(?:\s*(?:[,;&]|\band\b)\s*{_NUMBER})*)\s*(?:†[^\[\]【】\n]*)?[\]】]"
)
_UNFINISHED = re.compile(r"[\[【][\s\d^,;&–—-]*(?:a|an|and)?[\s\d^,;&–—-]*(?:†[^\[\]【】\n]*)?")
_OPENING = re.compile(r"[\[【]")
_PART = re.compile(r"\^?(\d+)(?:\s*[-–—]\s*\^?(\d+))?")
_YEAR = re.compile(r"[12]\d{3}")
_LOOSE = re.compile(r"[ \t]*" + _MARKER.pattern)

Key = TypeVar("Key")


@dataclass(frozen=True)
class Marker:
    """One citation marker."""

    numbers: tuple[int, ...]
    """The passages that it cites, in its order, each once."""
    dropped: int = 0
    """How many of its numbers or ranges cite a passage that does not exist."""


class MarkerParser:
    """Splits a stream into text and markers, in time linear in its length. It never yields part of a marker.

    >>> parser = MarkerParser(passages=2)
    >>> [*parser.feed("Rain [1"), *parser.feed("] fell [7] today [AFP]."), *parser.close()]
    ['Rain ', Marker(numbers=(1,), dropped=0), ' fell ', Marker(numbers=(), dropped=1), ' today [AFP].']
    """

    def __init__(self, passages: int) -> None:
        """Accept markers that cite passages 1 to `passages`."""
        self._passages = passages
        self._held = ""

    def feed(self, piece: str) -> Iterator[str | Marker]:
        """Take the next piece of the stream, and yield the text and markers that are complete."""
        text = self._held + piece
        self._held = ""
        written = 0
        for opening in _OPENING.finditer(text):
            start = opening.start()
            if start < written:
                continue
            match = _MARKER.match(text, start, start + LONGEST_MARKER)
            if match is None:
                if len(text) - start < LONGEST_MARKER and _UNFINISHED.fullmatch(text, start):
                    self._held = text[start:]
                    text = text[:start]
                    break
            elif not _YEAR.fullmatch(match["numbers"]):
                if written < start:
                    yield text[written:start]
                yield self._marker(match["numbers"])
                written = match.end()
        if written < len(text):
            yield text[written:]

    def close(self) -> Iterator[str | Marker]:
        """Yield the rest as text, even if it begins like a marker."""
        if self._held:
            yield self._held
            self._held = ""

    def _marker(self, numbers: str) -> Marker:
        named: dict[int, None] = {}
        dropped = 0
        for first, last in _PART.findall(numbers):
            low, high = sorted((int(first), int(last or first)))
            dropped += low < 1 or high > self._passages
            named.update(dict.fromkeys(range(max(low, 1), min(high, self._passages) + 1)))
        return Marker(tuple(named), dropped)


class Numbering(Generic[Key]):
    """Numbers keys from 1, in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[Key, int] = {}

    def __getitem__(self, key: Key) -> int:
        """Return the number of a key. A new key gets the next number."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys in the order of their numbers."""
        return iter(self._numbers)


def without_markers(text: str) -> str:
    """Return a complete text without its markers.

    >>> without_markers("Rain fell [1][2]. It stopped [sic] in [2023]. [3]")
    'Rain fell. It stopped [sic] in [2023].'
    """
    return _LOOSE.sub(lambda match: match[0] if _YEAR.fullmatch(match["numbers"]) else "", text).strip()
