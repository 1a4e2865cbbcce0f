"""What is asked of an archive and what the search returns: filters, the conversation so far, ranked passages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.article import Passage, Source


@dataclass(frozen=True)
class Filters:
    """What the asker restricts the search to; both dates are included."""

    since: date | None = None
    until: date | None = None
    outlets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.outlets)

    def to_json(self) -> dict[str, Any]:
        """Return the filters as they stand in an answer's JSON."""
        return {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "outlets": list(self.outlets),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Filters":
        """Return the filters that `to_json` wrote."""
        since, until = (
            date.fromisoformat(stored[end]) if stored.get(end) else None for end in ("since", "until")
        )
        return cls(since, until, tuple(stored.get("outlets", ())))


NO_FILTERS = Filters()


@dataclass(frozen=True)
class Exchange:
    """One question of a conversation and the text that answered it."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class RetrievedPassage:
    """A passage that the search returned, with its source and its score."""

    passage: Passage
    source: Source
    score: float
    """Fused evidence of all retrieval methods; only the order within one question has a meaning."""
    similarity: float
    """Cosine of question and passage, -1 to 1; of a follow-up the weighted mean over its readings."""
