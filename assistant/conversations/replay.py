"""Asks the questions of an export again, or checks its quotes against an archive, and says what is not as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.answer import Answer, Citation, MadeWith
from assistant.conversations.changes import Articles, Change, changes
from assistant.conversations.export.document import CitedText, Export, ExportedConversation, digest
from assistant.conversations.turns import Turn, history
from assistant.errors import QuestionError
from assistant.json_object import JsonObject
from assistant.text.dates_in_words import published

if TYPE_CHECKING:
    from assistant.assistant import Assistant


@dataclass(frozen=True)
class ReplayedCitation:
    """A citation of the export, and what is not as it was."""

    citation: Citation
    differences: tuple[str, ...]
    """Sentences; none if all is as it was."""

    def to_json(self) -> JsonObject:
        """Return the citation as `replay --json` prints it."""
        each = self.citation
        return {
            "n": each.n,
            "article": each.article,
            "version": each.version,
            "title": each.source.title,
            "differences": list(self.differences),
        }


@dataclass(frozen=True)
class ReplayedTurn:
    """An answer of the export, and what is not as it was."""

    conversation: str
    """Its title."""
    number: int
    question: str
    citations: tuple[ReplayedCitation, ...]
    differences: tuple[str, ...] = ()
    """What differs in the answer itself, as sentences."""
    circumstances: tuple[str, ...] = ()
    """What the answer was made with and is not any more. This alone is no difference."""

    @property
    def is_same(self) -> bool:
        """Whether the answer and all its citations are as they were."""
        return not self.differences and not any(each.differences for each in self.citations)

    def to_json(self) -> JsonObject:
        """Return the turn as `replay --json` prints it."""
        return {
            "conversation": self.conversation,
            "number": self.number,
            "question": self.question,
            "same": self.is_same,
            "differences": list(self.differences),
            "citations": [each.to_json() for each in self.citations],
            "circumstances": list(self.circumstances),
        }

    def lines(self) -> Iterator[str]:
        """Yield the turn as `replay` prints it."""
        yield f"  {self.number}. {self.question}: {'same' if self.is_same else 'changed'}"
        for difference in self.differences:
            yield f"     {difference}"
        for each in self.citations:
            if each.differences:
                yield f"     [{each.citation.n}] {_name(each.citation)}: {' '.join(each.differences)}"
        if not self.is_same:
            for circumstance in self.circumstances:
                yield f"     {circumstance}"


def verify(export: Export, archive: Articles) -> Iterator[ReplayedTurn]:
    """Yield each answer of an export, its quotes compared with the articles of the archive. Nothing is asked."""
    for conversation, index, answer in _answered(export):
        exported = conversation.turns[index]
        found = changes(answer.citations, archive)
        yield ReplayedTurn(
            conversation.title,
            exported.turn.number,
            answer.question,
            tuple(
                ReplayedCitation(
                    each, tuple(_checks(each, exported.cited[each.n], found.get(each.n), archive))
                )
                for each in answer.citations
            ),
        )


def replay(export: Export, assistant: "Assistant") -> Iterator[ReplayedTurn]:
    """Ask each question of an export again, after the same conversation, and yield what is not as it was.

    A question counts "last week" from the day on which it was asked.
    """
    for conversation, index, answer in _answered(export):
        exported = conversation.turns[index]
        before = [each.turn for each in conversation.turns[:index]]
        found = changes(answer.citations, assistant)
        now, refused = None, ""
        try:
            now = _ask_again(exported.turn, before, answer.question, assistant)
        except QuestionError as error:
            # The outlet of a filter may have left the archive with its last article.
            refused = f"The question cannot be asked any more: {error}."
        yield ReplayedTurn(
            conversation.title,
            exported.turn.number,
            answer.question,
            tuple(
                ReplayedCitation(
                    each,
                    (
                        *_checks(each, exported.cited[each.n], found.get(each.n), assistant),
                        *(_cited_now(each, now.citations) if now else ()),
                    ),
                )
                for each in answer.citations
            ),
            tuple(_differences(answer, now)) if now else (refused,),
            tuple(_circumstances(answer.made_with, now.made_with)) if now else (),
        )


def unanswered(export: Export) -> int:
    """Return how many questions of an export have no answer to compare with."""
    return sum(len(each.turns) for each in export.conversations) - sum(1 for _ in _answered(export))


def _answered(export: Export) -> Iterator[tuple[ExportedConversation, int, Answer]]:
    """Yield each answer with its conversation and the index of its turn."""
    for conversation in export.conversations:
        for index, exported in enumerate(conversation.turns):
            if isinstance(exported.turn.answer, Answer):
                yield conversation, index, exported.turn.answer


def _ask_again(turn: Turn, before: Sequence[Turn], question: str, assistant: "Assistant") -> Answer:
    options = turn.options
    return assistant.ask(
        question,
        history=[] if options.alone else history(before),
        filters=options.filters,
        as_of=options.as_of,
        today=turn.asked.astimezone().date() if turn.asked else None,
        any_time=options.any_time,
        any_outlet=options.any_outlet,
    ).answer


def _checks(
    citation: Citation, exported: CitedText, change: Change | None, archive: Articles
) -> Iterator[str]:
    """Yield what is wrong with a quote and its article in the archive."""
    if change:
        yield change.text
    if change and change.kind == "removed":
        return
    cited = archive.article(citation.article, citation.version)
    if cited is None:
        yield f"The archive does not have version {citation.version} of the article."
        return
    if exported.sha256 not in (None, digest(cited.text)):
        yield "The article's text is not the one that was cited: its digest differs."
    if cited.text[citation.start : citation.end] != citation.quote:
        yield f"The quoted words are not at characters {citation.start} to {citation.end}."


def _cited_now(citation: Citation, now: Sequence[Citation]) -> Iterator[str]:
    """Yield whether the new answer does not cite the same words."""
    if any(each.quote == citation.quote and each.article == citation.article for each in now):
        return
    elsewhere = next((each for each in now if each.quote == citation.quote), None)
    other = next((each for each in now if each.article == citation.article), None)
    if elsewhere:
        yield f"The same words are now cited from {_name(elsewhere)}."
    elif other:
        yield f"Other words of the article are now cited: “{other.quote}”"
    else:
        yield "It is no longer cited."


def _differences(before: Answer, now: Answer) -> Iterator[str]:
    if before.text != now.text or before.short_answer != now.short_answer:
        yield f"The answer was: {_said(before)}"
        yield f"The answer is now: {_said(now)}"
    known = {citation.article for citation in before.citations}
    for citation in now.citations:
        if citation.article not in known:
            yield f"Newly cited: {_name(citation)}: “{citation.quote}”"


def _circumstances(before: MadeWith | None, now: MadeWith | None) -> Iterator[str]:
    if before is None or now is None:
        return
    for name, value in vars(now).items():
        if vars(before)[name] != value:
            words = "state of the archive" if name == "generation" else name.replace("_", " ")
            yield f"Made with another {words}: {vars(before)[name] or 'none'} before, {value or 'none'} now."


def _said(answer: Answer) -> str:
    return f"{answer.short_answer}. {answer.text}" if answer.short_answer else answer.text


def _name(citation: Citation) -> str:
    source = citation.source
    return (
        f"{source.outlet or 'Unknown outlet'}, {published(source.published)}, “{source.title or 'Untitled'}”"
    )
