"""Streams of any length, generated while they are read."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class RepeatingStream(io.RawIOBase):
    """`beginning`, then `length` bytes of repeated `piece`, then `ending`."""

    def __init__(self, beginning: bytes, piece: bytes, length: int, ending: bytes) -> None:
        self._beginning = beginning
        self._piece = piece
        self._left = length
        self._ending = ending

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        if self._beginning:
            data, self._beginning = self._beginning[: len(view)], self._beginning[len(view) :]
        elif self._left:
            data = self._piece[: min(len(view), self._left)]
            self._left -= len(data)
        else:
            data, self._ending = self._ending[: len(view)], self._ending[len(view) :]
        view[: len(data)] = data
        return len(data)
