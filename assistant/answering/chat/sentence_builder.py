"""Builds sentences with the numbers of the passages that they cite from a chat model's stream of text and markers.

A sentence is complete when its end is certain: after a marker, it waits for the next word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.text.markers import Marker
from assistant.text.sentences import sentence_spans

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_CLOSING_MARKS = ".,;:!?…)]}%'’”»"


@dataclass(frozen=True)
class WrittenSentence:
    """A sentence as a model wrote it."""

    text: str
    """Without markers, on one line."""
    passages: tuple[int, ...]
    """Numbers of the passages that it cites, each once."""


class SentenceBuilder:
    """Takes text and markers in turn, and yields the sentences that are complete.

    >>> builder = SentenceBuilder()
    >>> steps = ["Rain fell ", Marker((1,)), ". Wind", " rose. ", Marker((2,))]
    >>> [sentence for step in steps for sentence in builder.feed(step)]
    [WrittenSentence(text='Rain fell.', passages=(1,))]
    >>> list(builder.close())
    [WrittenSentence(text='Wind rose.', passages=(2,))]
    """

    def __init__(self) -> None:
        self.dropped = 0
        """Number of citations that name no passage."""
        self._text = ""
        """Text that is not in a sentence yet, without its markers."""
        self._markers: list[tuple[int, tuple[int, ...]]] = []
        """Places in the text where markers were, and the passages that they name."""
        self._gap: str | None = None
        """White space since the last marker, until the next word shows how the text continues."""

    def feed(self, step: str | Marker) -> Iterator[WrittenSentence]:
        """Take the next text or marker of the stream, and yield the sentences that are complete by now."""
        if isinstance(step, Marker):
            space = self._text[len(self._text.rstrip()) :]
            self._text = self._text.rstrip()
            self._markers.append((len(self._text), step.numbers))
            self._gap = "\n" if "\n" in space + (self._gap or "") else ""
            self.dropped += step.dropped
            return
        if self._gap is not None:
            self._gap += step
            following = self._gap.lstrip()
            if not following:
                return
            # Only the white space before the next word counts. The piece may have line breaks after it.
            step = self._separator(self._gap[: -len(following)], following) + following
            self._gap = None
        self._text += step
        yield from self._advance(final=False)

    def close(self) -> Iterator[WrittenSentence]:
        """Yield the rest after the end of the stream."""
        yield from self._advance(final=True)

    def _separator(self, gap: str, following: str) -> str:
        """Return the white space between the text before a marker and the text after it."""
        if not self._text:
            return ""
        is_start = following[0].isupper() or following[0] in "\"'“‘«(" or following[0].isdigit()
        if following[0] in _CLOSING_MARKS:
            return ""
        if "\n" in gap or (_SENTENCE_END.search(self._text) and is_start):
            # A blank line makes `sentence_spans` end the sentence, even after an abbreviation: `the U.S. [1] Blinken`.
            return "\n\n"
        return " "

    def _advance(self, *, final: bool) -> Iterator[WrittenSentence]:
        """Take the sentences that are certainly complete from the text, and yield them."""
        spans = sentence_spans(self._text)
        ended = len(spans) if final else len(spans) - 1
        if not final and spans and not re.search(r"\s", self._text[spans[-1][0] :]):
            # The next word is incomplete: `U.S. I` begins a sentence, but it may become `U.S. Iran`, which does not.
            ended -= 1
        if ended <= 0:
            return
        starts = [start for start, _ in spans]
        finished = []
        for (start, end), following in zip(spans[:ended], [*starts[1:], len(self._text)], strict=False):
            passages = [numbers for place, numbers in self._markers if place <= following]
            self._markers = self._markers[len(passages) :]
            finished.append(
                WrittenSentence(
                    " ".join(self._text[start:end].split()),
                    tuple(dict.fromkeys(n for some in passages for n in some)),
                )
            )
        cut = starts[ended] if ended < len(spans) else len(self._text)
        self._text = self._text[cut:]
        self._markers = [(place - cut, numbers) for place, numbers in self._markers]
        yield from finished
