"""A window over a JSON text of any length that holds one value at a time.

An export may be larger than memory. Event parsers are not used, because they cannot continue after a broken record.
This window finds the next one.
"""

import codecs
import io
import json
import re

from ingest.formats.encodings import LENIENT
from ingest.formats.entry import HEAD, MAX_ARTICLE_BYTES

RECOVERY = 1_000_000
"""Characters searched for the end of a broken record. Of 12,113 real records, none has more than 0.1 million."""

FULL_SCANS = 100
"""Number of failed searches through all of RECOVERY, 0.1 s each, after which brackets are no longer counted."""

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_NEXT_RECORD = re.compile(r'\}\s*(?:,\s*)?(?=\{\s*")')
_A_RECORD = re.compile(r'(?=\{\s*")')
_DECODER = json.JSONDecoder(strict=False)


class JsonWindow:
    """The part of a JSON text being read; the text before it is forgotten."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")(LENIENT)
        self._ended = False
        self._scans_left = FULL_SCANS
        self._indent: str | None = None
        """White space before the value on its line; None if there is other text."""
        self.text = ""
        self.at = 0

    def more(self) -> bool:
        """Read more, as much as is already held, so that time stays proportional to length. Returns False at the
        end."""
        piece = ""
        while not piece and not self._ended:
            held = len(self.text) - self.at
            data = self._stream.read(max(HEAD, min(held, MAX_ARTICLE_BYTES - held + 1)))
            self._ended = not data
            piece = self._decoder.decode(data, final=self._ended)
        self.text = self.text[self.at :] + piece
        self.at = 0
        return bool(piece)

    def peek(self) -> str:
        """Return the next character that is not white space, without consuming it; empty at the end."""
        while True:
            start, self.at = self.at, _space_end(self.text, self.at)
            if "\n" in (space := self.text[start : self.at]):
                self._indent = space.rpartition("\n")[2]
            elif self.at < len(self.text) and self.text[self.at] not in ",]}":
                self._indent = None
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self) -> object:
        """Parse the value that begins here. Raises ValueError if it is broken, TooLargeError beyond the limit."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                # A value cut off by the end of the window may be complete in a larger window.
                near_end = error.pos > len(self.text) - 16 or error.msg.startswith("Unterminated string")
                if not near_end or self._ended:
                    raise
            else:
                # A number at the end of the window may continue after it.
                if end < len(self.text) or self._ended or not isinstance(value, int | float):
                    if end - self.at > MAX_ARTICLE_BYTES:
                        raise TooLargeError
                    self.at = end
                    return value
            if len(self.text) - self.at > MAX_ARTICLE_BYTES:
                raise TooLargeError
            self.more()

    def skip_value(self, depth: int = 0) -> bool:
        """Skip the value that begins here without keeping it; returns False if it has no end.

        With `depth` 1, skip the rest of the object that contains the value.
        """
        in_string = False
        while True:
            end = self.at
            for match in _TOKEN.finditer(self.text, self.at):
                end = match.end()
                depth, in_string = _after(match[0], depth, in_string)
                if depth <= 0 and not in_string:
                    self.at = end
                    return True
            # A backslash at the end of the window belongs to the next character.
            self.at = len(self.text) - (self.text.endswith("\\") and end < len(self.text))
            if not self.more():
                return False

    def recover(self, error: Exception) -> bool:
        """Skip from a broken record in a list to the next record; returns False if none is found.

        The next record begins after the bracket that closes the broken one, or on its own line with the same
        indent. If neither exists, it begins where another object seems to follow the error.
        """
        offset = self._offset(error)
        while len(self.text) - self.at < RECOVERY and self.more():
            pass
        line = self._next_line()
        end = self._balanced_end(line or self.at + RECOVERY)
        if end is not None and self.text[_space_end(self.text, end) :][:1] in (",", "]"):
            self.at = end
        elif line is not None:
            self.at = line
        else:
            pattern = _NEXT_RECORD if self.text[self.at : self.at + 1] == "{" else _A_RECORD
            match = pattern.search(self.text, self.at + max(offset, 1))
            if match is None:
                return False
            self.at = match.end()
        return True

    def skip_stray(self) -> None:
        """Skip text that begins no value, to the likely next record or the end of the window."""
        match = _A_RECORD.search(self.text, self.at + 1)
        self.at = match.end() if match else len(self.text)

    def skip_to_record(self, error: Exception) -> None:
        """Skip to the likely next record after an error outside any list, or to the end of the window."""
        match = _NEXT_RECORD.search(self.text, self.at + self._offset(error))
        self.at = match.end() if match else len(self.text)

    def skip_rest(self) -> None:
        """Skip the rest of the text."""
        self.text, self.at, self._ended = "", 0, True

    def complaint(self, error: Exception) -> str:
        """Describe the error in the value that begins here."""
        return f"not a JSON record: {what_is_wrong(error, self.at)}"

    def _offset(self, error: Exception) -> int:
        """Return how far after this position the parser gave up."""
        return error.pos - self.at if isinstance(error, json.JSONDecodeError) else 0

    def _next_line(self) -> int | None:
        """Return the start of the next object on a line with the same indent; None if there is none."""
        if self._indent is None:
            return None
        match = re.compile(rf"\n{self._indent}(?=\{{)").search(self.text, self.at)
        return match.end() if match else None

    def _balanced_end(self, limit: int) -> int | None:
        """Return the end of the value that begins here, by matching brackets; None if they do not match before
        `limit`."""
        if self.text[self.at : self.at + 1] not in ("{", "[", '"') or self._scans_left == 0:
            return None
        open_brackets: list[str] = []
        in_string = False
        for match in _TOKEN.finditer(self.text, self.at, limit):
            token = match[0]
            if token == '"':
                in_string = not in_string
            elif in_string or token[0] == "\\":
                continue
            elif token in "[{":
                open_brackets.append(token)
            elif not open_brackets or open_brackets.pop() + token not in ("[]", "{}"):
                return None
            if not open_brackets and not in_string:
                return match.end()
        self._scans_left -= limit - self.at >= RECOVERY
        return None


class TooLargeError(ValueError):
    """A value is longer than an article may be."""


def _after(token: str, depth: int, in_string: bool) -> tuple[int, bool]:
    """Return the bracket depth after a token, and whether the position is inside a string."""
    if token == '"':
        return depth, not in_string
    if in_string or token[0] == "\\":
        return depth, in_string
    return (depth + 1 if token in "[{" else depth - 1), False


def _space_end(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def what_is_wrong(error: Exception, start: int = 0) -> str:
    """Describe a parser's error in a value that begins at `start` of its text."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at character {error.pos - start + 1}"
    return str(error)
