"""Finds the citation markers in a chat model's text while it streams, in every notation that models use.

`[1]`, `[1, 2]`, `[1][2]`, `[1-3]`, `[^1]`, `【1】` and `【1†source】` are markers. `(1)` and `¹` are, if there is a
passage of that number, and `[Reuters]`, if it is the outlet of one. `[sic]`, `m²` and a year such as `[2023]` are part
of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from assistant.text.letters import fold

LONGEST_MARKER = 64
"""Characters held back for a marker that is not closed yet. Anything longer is text."""

_NUMBER = r"\^?\d+(?:\s*[-–—]\s*\^?\d+)?"
_MARKER = re.compile(
    rf"[\[【]\s*(?P<numbers>{_NUMBER}(?:\s*(?:[,;&]|\band\b)\s*{_NUMBER})*)\s*(?:†[^\[\]【】\n]*)?[\]】]"
)
_UNFINISHED = re.compile(r"[\[【][\s\d^,;&–—-]*(?:a|an|and)?[\s\d^,;&–—-]*(?:†[^\[\]【】\n]*)?")
_OPENING = re.compile(r"[\[【(⁰¹²³⁴-⁹]")
_OUTLET = re.compile(r"\[\s*([^\[\]【】\n\d][^\[\]【】\n]*?)\s*\]")
_UNFINISHED_OUTLET = re.compile(r"\[[^\[\]【】\n]*")
_PARENTHESIS = re.compile(r"\((\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\)")
_UNFINISHED_PARENTHESIS = re.compile(r"\([\d\s,;]*")
_SUPERSCRIPT = re.compile(r"(?<!m)[⁰¹²³⁴-⁹]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
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

    def __init__(self, passages: int, outlets: Sequence[str | None] = ()) -> None:
        """Accept markers that cite passages 1 to `passages`, or by name one of their outlets."""
        self._passages = passages
        self._outlets = [fold(outlet or "") for outlet in outlets]
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
            found = self._found(text, start)
            if found is None:
                if self._is_unfinished(text, start):
                    self._held = text[start:]
                    text = text[:start]
                    break
                continue
            marker, end = found
            if written < start:
                yield text[written:start]
            yield marker
            written = end
        if written < len(text):
            yield text[written:]

    def close(self) -> Iterator[str | Marker]:
        """Yield the rest: as text, even if it begins like a marker, unless it is a whole one."""
        held, self._held = self._held, ""
        # A space after it shows that a superscript is complete.
        found = self._found(held + " ", 0) if held else None
        if found is not None and found[1] == len(held):
            yield found[0]
        elif held:
            yield held

    def _found(self, text: str, start: int) -> tuple[Marker, int] | None:
        """Return the marker that begins at `start`, and its end; None if there is none yet."""
        match = _MARKER.match(text, start, start + LONGEST_MARKER)
        if match is not None:
            return (
                None if _YEAR.fullmatch(match["numbers"]) else (self._marker(match["numbers"]), match.end())
            )
        match = _PARENTHESIS.match(text, start)
        if match is not None:
            return self._loose(re.findall(r"\d+", match[1]), match.end())
        match = _SUPERSCRIPT.match(text, start)
        if match is not None and match.end() < len(text):
            digits = match[0].translate(_DIGITS)
            return self._loose([digits], match.end()) or self._loose(list(digits), match.end())
        match = _OUTLET.match(text, start, start + LONGEST_MARKER)
        if match is not None and fold(match[1]) in self._outlets:
            name = fold(match[1])
            return Marker(
                tuple(n for n, outlet in enumerate(self._outlets, 1) if outlet == name)
            ), match.end()
        return None

    def _loose(self, numbers: Sequence[str], end: int) -> tuple[Marker, int] | None:
        """Return a marker in a notation that may also be text: only if there is a passage of every number."""
        named = tuple(dict.fromkeys(map(int, numbers)))
        return (Marker(named), end) if all(1 <= n <= self._passages for n in named) else None

    def _is_unfinished(self, text: str, start: int) -> bool:
        """Whether the text may end within a marker that begins at `start`."""
        if len(text) - start >= LONGEST_MARKER:
            return False
        patterns = [_UNFINISHED, _UNFINISHED_PARENTHESIS, _SUPERSCRIPT]
        if any(self._outlets):
            patterns.append(_UNFINISHED_OUTLET)
        return any(pattern.fullmatch(text, start) for pattern in patterns)

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
