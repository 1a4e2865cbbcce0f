"""The types of a search: filters, earlier questions and answers, and ranked passages."""

from dataclasses import dataclass
from datetime import date

from assistant.article import Passage, Source
from assistant.json_object import JsonObject
from assistant.text.dates_in_words import day


@dataclass(frozen=True)
class Filters:
    """The user's restrictions of the search. Both dates are inclusive."""

    since: date | None = None
    until: date | None = None
    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """ISO 639 codes."""

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.outlets or self.languages)

    @property
    def in_words(self) -> str:
        """The filters as words after "articles"; empty without any.

        >>> Filters(since=date(2024, 1, 31), outlets=("Harbour Ledger", "Ellery Beacon")).in_words
        'from 31 January 2024 in Harbour Ledger or Ellery Beacon'
        """
        words = [f"from {day(self.since)}"] if self.since else []
        words += [f"until {day(self.until)}"] if self.until else []
        words += [f"in {' or '.join(self.outlets)}"] if self.outlets else []
        return " ".join(words)

    def to_json(self) -> JsonObject:
        """Return the filters for an answer's JSON."""
        return {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "outlets": list(self.outlets),
            "languages": list(self.languages),
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Filters":
        """Return the filters that `to_json` wrote."""
        since, until = (
            date.fromisoformat(stored[end]) if stored.get(end) else None for end in ("since", "until")
        )
        return cls(since, until, tuple(stored.get("outlets", ())), tuple(stored.get("languages", ())))


NO_FILTERS = Filters()


@dataclass(frozen=True)
class Exchange:
    """A question of a conversation and the text of its answer."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class RetrievedPassage:
    """A passage that the search found, with its source and score."""

    passage: Passage
    source: Source
    score: float
    """Weighted sum of the search's signals. Compare scores only within one question."""
    similarity: float
    """Cosine similarity of question and passage, -1 to 1; for a follow-up, the weighted mean over its wordings."""
