"""An export as Markdown, in which no text of an article or a question is markup."""

import re
from collections.abc import Iterator
from html import escape

from assistant.answer import Answer, Citation, MadeWith
from assistant.conversations.export.document import CitedText, Export, ExportedConversation, ExportedTurn
from assistant.conversations.turns import Feedback, Turn
from assistant.text.dates_in_words import day, published, timestamp
from assistant.text.web_address import web_address

UNANSWERED = {
    "asked": "This question was not answered.",
    "stopped": "The answer was stopped.",
    "failed": "This question could not be answered",
}
DAMAGED = "This answer cannot be shown: its record in the conversations file is damaged."
VERDICTS = {"right": "right", "wrong": "wrong", "wrong_citation": "wrong citation"}

_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")
_LIST = re.compile(r"^(\d{1,9})([.)])(?=\s)|^([-+=])")


def markdown(export: Export) -> str:
    """Return the export as Markdown."""
    parts = [part for each in export.conversations for part in _conversation(each)]
    made = f"Exported on {timestamp(export.exported)}. Offsets count Unicode code points of an article's text, and the "
    made += "digest is the SHA-256 of that text in UTF-8."
    return "\n\n".join([*parts, "---", made]) + "\n"


def _conversation(conversation: ExportedConversation) -> Iterator[str]:
    yield f"# {_line(conversation.title)}"
    for exported in conversation.turns:
        yield from _turn(exported)


def _turn(exported: ExportedTurn) -> Iterator[str]:
    turn = exported.turn
    yield f"## {turn.number}\\. {_line(turn.question or 'A question that cannot be read')}"
    if facts := list(_asked(turn)):
        yield "; ".join(facts) + "."
    if isinstance(turn.answer, Answer):
        yield from _answer(turn.answer, exported)
    elif turn.answer is not None or turn.state == "answered":
        yield DAMAGED
    else:
        why = f": {_line(turn.error)}" if turn.error else ""
        yield UNANSWERED[turn.state] + why
    if turn.feedback:
        yield _feedback(turn.feedback)


def _asked(turn: Turn) -> Iterator[str]:
    """Yield when and how the question was asked."""
    if turn.asked:
        yield f"Asked on {timestamp(turn.asked)}"
    answer, options = turn.answer, turn.options
    if isinstance(answer, Answer) and answer.standalone != answer.question:
        yield f"searched as “{_line(answer.standalone)}”"
    used = answer.filters if isinstance(answer, Answer) else options.filters
    if used:
        yield f"searched only {_line(used.in_words)}"
    if options.as_of:
        yield f"as of {day(options.as_of)}"
    for chosen, words in (
        (options.any_time, "all dates"),
        (options.any_outlet, "all outlets"),
        (options.alone, "on its own"),
    ):
        if chosen:
            yield words


def _answer(answer: Answer, exported: ExportedTurn) -> Iterator[str]:
    yield _block(answer.text)
    for citation in answer.citations:
        yield _source(citation, exported.cited[citation.n])
    for note in answer.notes:
        yield f"Note: {_line(note)}"
    if answer.made_with:
        by = (
            "quoted from the archive" if answer.mode == "quote" else f"written by {_line(answer.model or '')}"
        )
        yield f"Made with: {by}; {_made_with(answer.made_with)}."


def _source(citation: Citation, text: CitedText) -> str:
    source = citation.source
    title = _line(source.title or "Untitled")
    address = web_address(source.url)
    linked = f"[{title}](<{_address(address)}>)" if address else title
    head = f"**\\[{citation.n}\\] {_line(source.outlet or 'Unknown outlet')}, {published(source.published)}**: {linked}"
    span = f"characters {citation.start} to {citation.end}"
    digest = f"digest {text.sha256}" if text.sha256 else "its text was not in the archive any more"
    lines = [
        head,
        *_quoted(citation.quote),
        f"Article {_line(citation.article)}, version {citation.version}, {span}, {digest}.",
    ]
    if source.url and not address:
        lines[-1] += f" Address: {_line(source.url)}."
    if source.also:
        lines.append(
            "Also carried by " + ", ".join(_line(copy.outlet or copy.article) for copy in source.also) + "."
        )
    if citation.verified is False:
        lines.append("**The words do not support the sentence.**")
    if text.change:
        lines.append(f"**{text.change.text}**")
    return "\n\n".join(lines)


def _quoted(quote: str) -> list[str]:
    return ["\n>\n".join(f"> {_line(part)}" for part in quote.split("\n\n") if part.strip()) or "> "]


def _made_with(made: MadeWith) -> str:
    parts = {
        "Backfile": made.backfile,
        "encoder": made.encoder,
        "reader": made.reader,
        "chat model": made.chat_model,
    }
    words = [f"{name} {_line(value)}" for name, value in parts.items() if value]
    return "; ".join([*words, f"settings {_line(made.settings)}", f"state {made.generation} of the archive"])


def _feedback(feedback: Feedback) -> str:
    note = f": {_line(feedback.note)}" if feedback.note else ""
    return f"Judged {VERDICTS[feedback.verdict]}{note}"


def _block(text: str) -> str:
    return "\n\n".join(_line(part) for part in text.split("\n\n") if part.strip())


def _line(text: str) -> str:
    r"""Return Markdown that shows exactly this text, on one line.

    >>> _line("2. <b>5 * 4</b> & [x](y)")
    '2\\. &lt;b&gt;5 \\* 4&lt;/b&gt; &amp; \\[x\\](y)'
    """
    plain = " ".join(str(text).split())
    return _LIST.sub(r"\1\\\2\3", _SPECIAL.sub(r"\\\1", escape(plain, quote=False)))


def _address(url: str) -> str:
    """Return an address that cannot end the link early."""
    return re.sub(r"[<>\\]", lambda found: f"%{ord(found[0]):02X}", url)
