"""Builds sentences with citations from a chat model's stream of text and markers, and shows them as they come.

Nothing is shown before the first sentence with a citation, so an answer without citations is never seen. After a
marker, a sentence waits until its end is certain, so the text that is shown equals the final answer.
"""

import re
from collections.abc import Callable, Iterator

from assistant.answer import Sentence
from assistant.text.markers import Marker
from assistant.text.sentences import sentence_spans

Cite = Callable[[str, tuple[int, ...]], tuple[int, ...]]
"""Takes a sentence and the numbers of the passages that it cites; returns the numbers of its citations."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_CLOSING_MARKS = ".,;:!?…)]}%'’”»"


class SentenceBuilder:
    """Takes text and markers in turn, and builds `sentences` from them.

    >>> builder = SentenceBuilder(lambda sentence, passages: passages)
    >>> steps = ["Rain fell ", Marker((1,)), ". Wind", " rose. ", Marker((2,))]
    >>> "".join(piece for step in steps for piece in builder.feed(step)) + "".join(builder.close())
    'Rain fell. [1] Wind rose. [2] '
    """

    def __init__(self, cite: Cite) -> None:
        """Get the citations of each sentence from `cite`."""
        self._cite = cite
        self.sentences: list[Sentence] = []
        self.dropped = 0
        """Number of citations that name no passage."""
        self._text = ""
        """Text that is not in a sentence yet, without its markers."""
        self._markers: list[tuple[int, tuple[int, ...]]] = []
        """Places in the text where markers were, and the passages that they name."""
        self._gap: str | None = None
        """White space since the last marker, until the next word shows how the text continues."""
        self._shown = 0
        """Characters of the text, with single spaces, that are shown or wait for the first citation."""
        self._waiting = ""
        """Text that waits for the first citation."""
        self._cited = False

    def feed(self, step: str | Marker) -> Iterator[str]:
        """Take the next text or marker of the stream, and yield what can be shown now."""
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

    def close(self) -> Iterator[str]:
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

    def _advance(self, *, final: bool) -> Iterator[str]:
        """Move the sentences that are certainly complete from the text to `sentences`, and yield what to show."""
        spans = sentence_spans(self._text)
        ended = len(spans) if final else len(spans) - 1
        if not final and spans and not re.search(r"\s", self._text[spans[-1][0] :]):
            # The next word is incomplete: `U.S. I` begins a sentence, but it may become `U.S. Iran`, which does not.
            ended -= 1
        starts = [start for start, _ in spans]
        for (start, end), following in zip(
            spans[: max(ended, 0)], [*starts[1:], len(self._text)], strict=False
        ):
            passages = [numbers for place, numbers in self._markers if place <= following]
            self._markers = self._markers[len(passages) :]
            yield from self._finish(
                " ".join(self._text[start:end].split()),
                tuple(dict.fromkeys(n for some in passages for n in some)),
            )
        if ended > 0:
            cut = starts[ended] if ended < len(spans) else len(self._text)
            self._text = self._text[cut:]
            self._markers = [(place - cut, numbers) for place, numbers in self._markers]
        if not self._markers:
            text = " ".join(self._text.split())
            piece, self._shown = text[self._shown :], max(self._shown, len(text))
            yield from self._show(piece)

    def _finish(self, text: str, passages: tuple[int, ...]) -> Iterator[str]:
        """Add a sentence that cites `passages`, and yield what to show of it."""
        citations = self._cite(text, passages) if passages else ()
        self._cited = self._cited or bool(citations)
        rest = text[self._shown :] + "".join(f" [{n}]" for n in citations)
        if self._shown <= len(text):
            rest += " "
        self._shown = max(0, self._shown - len(text) - 1)
        self.sentences.append(Sentence(text, citations))
        yield from self._show(rest)

    def _show(self, piece: str) -> Iterator[str]:
        """Yield the piece and all waiting text, once there is a citation."""
        self._waiting += piece
        if self._cited and self._waiting:
            piece, self._waiting = self._waiting, ""
            yield piece
