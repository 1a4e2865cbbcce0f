"""Makes sentences with citations of a chat model's stream of text and markers, and shows them as they come.

Nothing is shown before the first sentence that has a citation, so that an answer without any is never seen; and
from a marker on, a sentence is held until its end is sure, so that what is shown is what the answer will hold.
"""

import re
from collections.abc import Callable, Iterator

from assistant.answer import Sentence
from assistant.text.markers import Marker
from assistant.text.sentences import sentence_spans

Cite = Callable[[str, tuple[int, ...]], tuple[int, ...]]
"""Returns the numbers of the citations for a sentence that names these passages."""

_STOPPED = re.compile(r"[.!?…][\"'”’»)\]]*$")
_CLOSING = ".,;:!?…)]}%'’”»"


class Composer:
    """Takes text and markers in turn; holds the sentences so far.

    >>> composer = Composer(lambda sentence, passages: passages)
    >>> steps = ["Rain fell ", Marker((1,)), ". Wind", " rose. ", Marker((2,))]
    >>> "".join(piece for step in steps for piece in composer.feed(step)) + "".join(composer.close())
    'Rain fell. [1] Wind rose. [2] '
    """

    def __init__(self, cite: Cite) -> None:
        self._cite = cite
        self.sentences: list[Sentence] = []
        self.dropped = 0
        self._tail = ""
        """Text that is in no sentence yet, without its markers."""
        self._marks: list[tuple[int, tuple[int, ...]]] = []
        """Markers of the tail, and where they stood in it."""
        self._gap: str | None = None
        """White space since a marker, until a word says how the text goes on."""
        self._shown = 0
        """Characters of the tail, its white space made single, that are shown or waiting for a citation."""
        self._waiting = ""
        self._cited = False

    def feed(self, step: str | Marker) -> Iterator[str]:
        """Take the next step of the stream and yield what can be shown now."""
        if isinstance(step, Marker):
            broken = self._tail[len(self._tail.rstrip()) :]
            self._tail = self._tail.rstrip()
            self._marks.append((len(self._tail), step.numbers))
            self._gap = "\n" if "\n" in broken + (self._gap or "") else ""
            self.dropped += step.dropped
            return
        if self._gap is not None:
            self._gap += step
            following = self._gap.lstrip()
            if not following:
                return
            # Only what stands before the next word: a piece may hold the line breaks of whole sentences after it.
            step = self._joint(self._gap[: -len(following)], following) + following
            self._gap = None
        self._tail += step
        yield from self._advance(final=False)

    def close(self) -> Iterator[str]:
        """Yield the rest: the stream has ended."""
        yield from self._advance(final=True)

    def _joint(self, gap: str, following: str) -> str:
        """Return what stands between the text before a marker and the text after it."""
        if not self._tail:
            return ""
        begins = following[0].isupper() or following[0] in "\"'“‘«(" or following[0].isdigit()
        if following[0] in _CLOSING:
            return ""
        if "\n" in gap or (_STOPPED.search(self._tail) and begins):
            # A paragraph to `sentence_spans`: a marker after a stop ends a sentence, be it `the U.S. [1] Blinken`.
            return "\n\n"
        return " "

    def _advance(self, *, final: bool) -> Iterator[str]:
        spans = sentence_spans(self._tail)
        ended = len(spans) if final else len(spans) - 1
        if not final and spans and not re.search(r"\s", self._tail[spans[-1][0] :]):
            # The first word of the next sentence is not complete: `U.S. I` may become `U.S. Iran`, which is none.
            ended -= 1
        starts = [start for start, _ in spans]
        for (start, end), following in zip(
            spans[: max(ended, 0)], [*starts[1:], len(self._tail)], strict=False
        ):
            passages = [numbers for place, numbers in self._marks if place <= following]
            self._marks = self._marks[len(passages) :]
            yield from self._finish(
                " ".join(self._tail[start:end].split()),
                tuple(dict.fromkeys(n for some in passages for n in some)),
            )
        if ended > 0:
            cut = starts[ended] if ended < len(spans) else len(self._tail)
            self._tail = self._tail[cut:]
            self._marks = [(place - cut, numbers) for place, numbers in self._marks]
        if not self._marks:
            text = " ".join(self._tail.split())
            piece, self._shown = text[self._shown :], max(self._shown, len(text))
            yield from self._show(piece)

    def _finish(self, text: str, passages: tuple[int, ...]) -> Iterator[str]:
        citations = self._cite(text, passages) if passages else ()
        self._cited = self._cited or bool(citations)
        rest = text[self._shown :] + "".join(f" [{n}]" for n in citations)
        if self._shown <= len(text):
            rest += " "
        self._shown = max(0, self._shown - len(text) - 1)
        self.sentences.append(Sentence(text, citations))
        yield from self._show(rest)

    def _show(self, piece: str) -> Iterator[str]:
        self._waiting += piece
        if self._cited and self._waiting:
            piece, self._waiting = self._waiting, ""
            yield piece
