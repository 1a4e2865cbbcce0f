"""Conversations in their own file: stored, searched, exported, asked again. What this module names is the door."""

from assistant.conversations.store import (
    FILE_NAME,
    TITLE_LENGTH,
    UNDO,
    Conversations,
    Match,
    Summary,
)
from assistant.conversations.turns import (
    NO_OPTIONS,
    Feedback,
    Options,
    State,
    StoredAnswer,
    Turn,
    UnreadableAnswer,
    Verdict,
)

__all__ = [
    "FILE_NAME",
    "NO_OPTIONS",
    "TITLE_LENGTH",
    "UNDO",
    "Conversations",
    "Feedback",
    "Match",
    "Options",
    "State",
    "StoredAnswer",
    "Summary",
    "Turn",
    "UnreadableAnswer",
    "Verdict",
]
