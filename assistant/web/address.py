"""The page's address: which conversation, turn and article it shows, so that a link or a reload shows the same."""

import re
from dataclasses import dataclass

import streamlit as st

from assistant.answer import Citation, ListedPassage
from assistant.article import Span

CONVERSATION, TURN, PLACE = "c", "turn", "read"
VIEW = "view"
"""The parameters of the address. The filters add `since`, `until` and `outlets`, and the archive's search `words`."""

VIEWS = ASK, ARCHIVE = ("Ask", "Archive")
"""The values of VIEW."""

_PLACE = re.compile(
    r"(?P<article>[^.]{1,64})(?:\.(?P<version>\d{1,9})(?:\.(?P<start>\d{1,12})-(?P<end>\d{1,12}))?)?"
)


@dataclass(frozen=True)
class Place:
    """What the article view shows: an article, one of its versions, and a span of that version."""

    article: str
    version: int | None = None
    """None for the newest."""
    span: Span | None = None
    """What is highlighted."""

    @classmethod
    def of(cls, cited: Citation | ListedPassage) -> "Place":
        """Return the place of a citation or passage."""
        return cls(cited.article, cited.version, (cited.start, cited.end))

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Return the place that `str` wrote, or None for a text that is none.

        >>> Place.parse("0f3c.2.10-20") == Place("0f3c", 2, (10, 20)), Place.parse("0f3c.2.x")
        (True, None)
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            return None
        version = found["version"] and int(found["version"])
        span = (int(found["start"]), int(found["end"])) if found["start"] else None
        return cls(found["article"], version or None, span)

    def __str__(self) -> str:
        text = self.article
        if self.version is not None:
            text += f".{self.version}"
            if self.span is not None:
                text += f".{self.span[0]}-{self.span[1]}"
        return text


def conversation() -> str | None:
    """Return the id of the conversation in the address."""
    return st.query_params.get(CONVERSATION) or None


def turn() -> int | None:
    """Return the number of the turn in the address, from 1."""
    number = st.query_params.get(TURN, "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def place() -> Place | None:
    """Return the place in the address. A text that is no place counts as an article that does not exist."""
    text = st.query_params.get(PLACE)
    return (Place.parse(text) or Place(text)) if text else None


def go(**parameters: str | int | Place | None) -> None:
    """Change parameters of the address in one step of the browser's history; None removes one."""
    st.query_params.update({name: [] if value is None else str(value) for name, value in parameters.items()})


def open_conversation(id: str, *, at: int | None = None) -> None:
    """Show a conversation from the next run of the page on, and no article."""
    st.session_state[VIEW] = ASK
    go(**{CONVERSATION: id, TURN: at, PLACE: None})


def open_place(place: Place, *, at: int | None = None) -> None:
    """Show an article from the next run of the page on; `at` is the turn that cites it."""
    st.session_state.open_count = st.session_state.get("open_count", 0) + 1
    go(**{PLACE: place} | ({} if at is None else {TURN: at}))


def close_place() -> None:
    """Show no article from the next run of the page on."""
    go(**{PLACE: None})


def open_count() -> int:
    """Return how often an article was opened in this session. A new number scrolls to the highlight again."""
    count: int = st.session_state.get("open_count", 0)
    return count
