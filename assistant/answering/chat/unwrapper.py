"""Takes off what chat models wrap their answers in, while they stream: thoughts and code fences.

The text inside a code fence is kept, since small models put their whole answer into one. A thought is dropped, also
one whose opening tag the server's chat template has already written, so that only `</think>` comes.
"""

import re
from collections.abc import Iterator
from typing import Final

FORGET: Final = None
"""All text so far was a thought: its end has come without its beginning."""

LONGEST_FENCE = 40
"""Characters held back for a fence that is not complete yet."""

_TAGS = ("<think>", "<thinking>", "</think>", "</thinking>")
_WRAPPING = re.compile(r"<(/?)think(?:ing)?>|`{3,}(?:[\w+-]*[ \t]*(?=\n))?", re.IGNORECASE)
_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_UNFINISHED_FENCE = re.compile(r"`{1,2}|`{3,}[\w+-]*[ \t]*")
_BEGINNING = re.compile(r"[<`]")


class Unwrapper:
    """Lets through the text that is meant for a reader.

    >>> unwrapper = Unwrapper()
    >>> [*unwrapper.feed("<thi"), *unwrapper.feed("nk>Hm.</think>Rain fell."), *unwrapper.close()]
    ['Rain fell.']
    """

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, piece: str) -> Iterator[str | None]:
        """Take a piece of the stream and yield what is certain by now: text, or `FORGET`."""
        text = self._held + piece
        self._held = ""
        yield from self._read(text, final=False)

    def close(self) -> Iterator[str | None]:
        """Yield what is left; a thought that never ended was no answer."""
        text, self._held = self._held, ""
        yield from self._read(text, final=True)

    def _read(self, text: str, *, final: bool) -> Iterator[str | None]:
        written = 0
        while True:
            match = (_END if self._thinking else _WRAPPING).search(text, written)
            hold = len(text) if final else self._unfinished(text, written)
            if match is None or match.start() >= hold:
                if not self._thinking and written < hold:
                    yield text[written:hold]
                self._held = text[hold:]
                return
            if not self._thinking and written < match.start():
                yield text[written : match.start()]
            if self._thinking:
                self._thinking = False
            elif match[1] == "/":
                yield FORGET
            elif match[1] == "":
                self._thinking = True
            written = match.end()

    def _unfinished(self, text: str, start: int) -> int:
        """Return where a wrapping may begin at the end of a text that is not complete yet; else its length."""
        for beginning in _BEGINNING.finditer(text, max(start, len(text) - LONGEST_FENCE)):
            rest = text[beginning.start() :].lower()
            if any(tag != rest and tag.startswith(rest) for tag in _TAGS) or _UNFINISHED_FENCE.fullmatch(
                rest
            ):
                return beginning.start()
        return len(text)
