"""Removes a chat model's thoughts and code fences from its reply while it streams.

The text inside a code fence is kept, because small models put their whole answer into one. A thought is removed even
if its opening tag is missing: some servers' chat templates write that tag, so that only `</think>` is streamed.
"""

import re
from collections.abc import Iterator
from typing import Final

RESTART: Final = None
"""Signals that all text so far was a thought, because its end came without a beginning."""

LONGEST_FENCE = 40
"""Most characters that are held back for an incomplete tag or fence."""

_TAGS = ("<think>", "<thinking>", "</think>", "</thinking>")
_TAG_OR_FENCE = re.compile(r"<(/?)think(?:ing)?>|`{3,}(?:[\w+-]*[ \t]*(?=\n))?", re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_UNFINISHED_FENCE = re.compile(r"`{1,2}|`{3,}[\w+-]*[ \t]*")
_FIRST_CHARACTER = re.compile(r"[<`]")


class ReplyFilter:
    """Passes on the text of the answer.

    >>> reply_filter = ReplyFilter()
    >>> [*reply_filter.feed("<thi"), *reply_filter.feed("nk>Hm.</think>Rain fell."), *reply_filter.close()]
    ['Rain fell.']
    """

    def __init__(self) -> None:
        self._pending = ""
        self._thinking = False

    def feed(self, piece: str) -> Iterator[str | None]:
        """Take a piece of the stream, and yield what is certain by now: text, or `RESTART`."""
        text = self._pending + piece
        self._pending = ""
        yield from self._filter(text, final=False)

    def close(self) -> Iterator[str | None]:
        """Yield the rest, without a thought that never ended."""
        text, self._pending = self._pending, ""
        yield from self._filter(text, final=True)

    def _filter(self, text: str, *, final: bool) -> Iterator[str | None]:
        done = 0
        while True:
            match = (_THOUGHT_END if self._thinking else _TAG_OR_FENCE).search(text, done)
            certain = len(text) if final else self._incomplete_from(text, done)
            if match is None or match.start() >= certain:
                if not self._thinking and done < certain:
                    yield text[done:certain]
                self._pending = text[certain:]
                return
            if not self._thinking and done < match.start():
                yield text[done : match.start()]
            if self._thinking:
                self._thinking = False
            elif match[1] == "/":
                yield RESTART
            elif match[1] == "":
                self._thinking = True
            done = match.end()

    def _incomplete_from(self, text: str, start: int) -> int:
        """Return where an incomplete tag or fence may begin at the end of the text; if there is none, its length."""
        for match in _FIRST_CHARACTER.finditer(text, max(start, len(text) - LONGEST_FENCE)):
            rest = text[match.start() :].lower()
            if any(tag != rest and tag.startswith(rest) for tag in _TAGS) or _UNFINISHED_FENCE.fullmatch(
                rest
            ):
                return match.start()
        return len(text)
