"""A turn of a conversation: a question, how it was asked, what became of it, and what a person thinks of the answer."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from assistant.answer import Answer
from assistant.json_object import JsonObject
from assistant.query import NO_FILTERS, Exchange, Filters

logger = logging.getLogger(__name__)

State = Literal["asked", "answered", "stopped", "failed"]
"""`asked`: not answered yet, or its process ended before. `stopped`: by a person."""

Verdict = Literal["right", "wrong", "wrong_citation"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a question was asked, so that it can be asked again in the same way."""

    filters: Filters = NO_FILTERS
    as_of: date | None = None
    any_time: bool = False
    any_outlet: bool = False
    alone: bool = False
    """Whether it was asked without the conversation before it."""

    def to_json(self) -> JsonObject:
        """Return the options for the conversations file."""
        return {
            "filters": self.filters.to_json(),
            "as_of": self.as_of and self.as_of.isoformat(),
            "any_time": self.any_time,
            "any_outlet": self.any_outlet,
            "alone": self.alone,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Options":
        """Return the options that `to_json` wrote."""
        as_of = stored.get("as_of")
        return cls(
            filters=Filters.from_json(stored.get("filters") or {}),
            as_of=date.fromisoformat(as_of) if as_of else None,
            any_time=bool(stored.get("any_time")),
            any_outlet=bool(stored.get("any_outlet")),
            alone=bool(stored.get("alone")),
        )


NO_OPTIONS = Options()


@dataclass(frozen=True)
class UnreadableAnswer:
    """Takes the place of a stored answer that is damaged."""

    question: str | None
    """None if the question is damaged too."""


StoredAnswer = Answer | UnreadableAnswer


@dataclass(frozen=True)
class Feedback:
    """What a person thinks of an answer."""

    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question of a conversation and what became of it."""

    number: int
    """From 1. The turns of a conversation keep their numbers."""
    question: str | None
    """None if it is damaged."""
    state: State = "answered"
    answer: StoredAnswer | None = None
    """There is one if the state is `answered`."""
    options: Options = NO_OPTIONS
    asked: datetime | None = None
    """When it was asked, in UTC; None for a turn that was stored before this was recorded."""
    error: str | None = None
    """Why there is no answer, if the state is `failed`."""
    feedback: Feedback | None = None


def history(turns: Sequence[Turn]) -> list[Exchange]:
    """Return the questions and answers of these turns, as the next question needs them."""
    answers = (turn.answer for turn in turns)
    return [Exchange(answer.question, answer.text) for answer in answers if isinstance(answer, Answer)]


def parse_answer(stored: str) -> StoredAnswer:
    """Return the answer that the JSON text `stored` holds."""
    try:
        return Answer.from_json(json.loads(stored))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("a stored answer is damaged: %s: %s", type(error).__name__, error)
        return UnreadableAnswer(_question(stored))


def parse_options(stored: str) -> Options:
    """Return the options that the JSON text `stored` holds; none if it is damaged."""
    try:
        return Options.from_json(json.loads(stored))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("the stored options of a question are damaged: %s: %s", type(error).__name__, error)
        return NO_OPTIONS


def _question(stored: str) -> str | None:
    """Return the question in the JSON text of a damaged answer, if it is near the start."""
    _, _, rest = stored.partition('"question": ')
    try:
        question, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return None
    return question if isinstance(question, str) else None
