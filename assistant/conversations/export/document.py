"""What an export holds: conversations, the digests of the articles they cite, and what became of these articles.

It holds no conversation's id, because whoever knows that can open the conversation.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.answer import Answer, Citation
from assistant.conversations.changes import Articles, Change, changes
from assistant.conversations.store import Conversations, Summary
from assistant.conversations.turns import Feedback, Options, Turn
from assistant.errors import QuestionError
from assistant.json_object import JsonObject

FORMAT = 1
"""Stored under `backfile_export`. A file with another number is refused."""


@dataclass(frozen=True)
class CitedText:
    """The article that a citation cites, as it was when the conversation was exported."""

    sha256: str | None
    """Digest of the cited version's text in UTF-8; None if the archive no longer had it."""
    change: Change | None
    """What had become of the article since the answer."""


@dataclass(frozen=True)
class ExportedTurn:
    """A turn, with the text behind each citation by the citation's number."""

    turn: Turn
    cited: Mapping[int, CitedText]

    def to_json(self) -> JsonObject:
        """Return the turn for the file."""
        turn = self.turn
        answer = turn.answer.to_json() if isinstance(turn.answer, Answer) else None
        for citation in answer["citations"] if answer else ():
            text = self.cited[citation["n"]]
            citation["text_sha256"] = text.sha256
            citation["change"] = text.change and text.change.to_json()
        return {
            "number": turn.number,
            "question": turn.question,
            "state": turn.state,
            "asked": turn.asked and turn.asked.isoformat(),
            "options": turn.options.to_json(),
            "error": turn.error,
            "feedback": turn.feedback and vars(turn.feedback),
            "answer": answer,
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "ExportedTurn":
        """Return the turn that `to_json` wrote."""
        answer, asked, feedback = stored["answer"], stored["asked"], stored["feedback"]
        turn = Turn(
            number=stored["number"],
            question=stored["question"],
            state=stored["state"],
            answer=None if answer is None else Answer.from_json(answer),
            options=Options.from_json(stored["options"]),
            asked=datetime.fromisoformat(asked) if asked else None,
            error=stored["error"],
            feedback=Feedback(**feedback) if feedback else None,
        )
        cited = {
            each["n"]: CitedText(
                each["text_sha256"], Change.from_json(each["change"]) if each["change"] else None
            )
            for each in (answer["citations"] if answer else ())
        }
        return cls(turn, cited)


@dataclass(frozen=True)
class ExportedConversation:
    """A conversation with its turns."""

    title: str
    updated: datetime
    turns: tuple[ExportedTurn, ...]

    def to_json(self) -> JsonObject:
        """Return the conversation for the file."""
        turns = [turn.to_json() for turn in self.turns]
        return {"title": self.title, "updated": self.updated.isoformat(), "turns": turns}

    @classmethod
    def from_json(cls, stored: JsonObject) -> "ExportedConversation":
        """Return the conversation that `to_json` wrote."""
        turns = tuple(map(ExportedTurn.from_json, stored["turns"]))
        return cls(stored["title"], datetime.fromisoformat(stored["updated"]), turns)


@dataclass(frozen=True)
class Export:
    """Conversations as they were when they were exported."""

    exported: datetime
    conversations: tuple[ExportedConversation, ...]

    def to_json(self) -> JsonObject:
        """Return the content of the file."""
        return {
            "backfile_export": FORMAT,
            "exported": self.exported.isoformat(),
            "conversations": [each.to_json() for each in self.conversations],
        }

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Export":
        """Return the export that `to_json` wrote."""
        conversations = tuple(map(ExportedConversation.from_json, stored["conversations"]))
        return cls(datetime.fromisoformat(stored["exported"]), conversations)


def collect(
    conversations: Conversations, summaries: Sequence[Summary], archive: Articles, *, exported: datetime
) -> Export:
    """Return the export of these conversations about `archive`, made at the time `exported`."""
    return Export(
        exported,
        tuple(
            ExportedConversation(
                summary.title,
                summary.updated,
                tuple(ExportedTurn(turn, cited(turn, archive)) for turn in conversations.turns(summary.id)),
            )
            for summary in summaries
        ),
    )


def cited(turn: Turn, archive: Articles) -> dict[int, CitedText]:
    """Return the text behind each citation of a turn as the archive has it now, by the citation's number."""
    citations = turn.answer.citations if isinstance(turn.answer, Answer) else ()
    found = changes(citations, archive)
    return {each.n: CitedText(_digest(each, archive), found.get(each.n)) for each in citations}


def digest(text: str) -> str:
    """Return the digest by which an export recognises a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> Export:
    """Read an export in JSON.

    Raises:
        QuestionError: the file cannot be read, or is not an export in JSON of this version.
    """
    try:
        stored = json.loads(path.read_bytes())
    except OSError as error:
        raise QuestionError(f"cannot read {path} ({error.strerror}): check the path") from error
    except (ValueError, RecursionError) as error:
        raise QuestionError(
            f"{path} is not JSON: give a file that `python -m assistant export --format json` wrote"
        ) from error
    version = stored.get("backfile_export") if isinstance(stored, dict) else None
    if version != FORMAT:
        what = "is not an export" if version is None else f"is an export of version {version}, not {FORMAT}"
        raise QuestionError(
            f"{path} {what}: give a file that `python -m assistant export --format json` wrote"
        )
    try:
        return _checked(Export.from_json(stored))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(
            f"{path} is damaged ({type(error).__name__}: {error}): export the conversations again"
        ) from error


def _checked(export: Export) -> Export:
    """Return the export if its values have the types that comparing them needs.

    Raises:
        ValueError: a value has another type.
    """
    for citation in _citations(export):
        numbers = (citation.n, citation.version, citation.start, citation.end)
        if not all(isinstance(each, int) for each in numbers) or not isinstance(citation.quote, str):
            raise ValueError(f"citation {citation.n} has no valid place or quote")
    return export


def _citations(export: Export) -> Iterator[Citation]:
    for conversation in export.conversations:
        for exported in conversation.turns:
            if isinstance(exported.turn.answer, Answer):
                yield from exported.turn.answer.citations


def _digest(citation: Citation, archive: Articles) -> str | None:
    article = archive.article(citation.article, citation.version)
    return None if article is None else digest(article.text)
