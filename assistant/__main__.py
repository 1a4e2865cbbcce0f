"""The command `python -m assistant`: answers questions, shows articles, and keeps conversations."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from assistant.answer import Reply
from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder, archive_folder
from assistant.article import Article, PublicationDate
from assistant.command import as_json, run_command
from assistant.conversations import Conversations, Match, Summary
from assistant.conversations.export.document import collect, read
from assistant.conversations.export.formats import FORMATS
from assistant.conversations.replay import replay, unanswered, verify
from assistant.errors import BackfileError, QuestionError
from assistant.json_object import JsonObject
from assistant.query import Exchange, Filters
from assistant.settings import Settings
from assistant.terminal.printing import article_line, article_lines, format_answer
from assistant.text.counting import counted
from assistant.text.surrogates import replace_surrogates


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    in_archive = argparse.ArgumentParser(add_help=False)
    in_archive.add_argument(
        "--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)"
    )
    shared = argparse.ArgumentParser(add_help=False, parents=[in_archive])
    shared.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Ask questions of a news archive, show its articles, and keep its conversations.",
        epilog="Exit status: 0 done, answered or abstained; 1 some rows of a batch were bad, or a replay found a "
        "change; 2 could not run.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser(
        "ask",
        parents=[shared],
        help="answer one question, or a file of questions",
        description="Answer one question, or with --batch and --out a file of questions.",
        epilog="Dates are written as 2024-01-31; --since and --until also take months (2024-01) and years (2024).",
    )
    ask.add_argument("question", nargs="?", metavar="QUESTION")
    ask.add_argument(
        "--as-of",
        type=_parse_date,
        metavar="DATE",
        help='the day from which "last week" and the like are counted (default: today)',
    )
    ask.add_argument(
        "--since",
        type=_parse_first_day,
        metavar="DATE",
        help="search only articles published on this day, or the first of this month or year, or later",
    )
    ask.add_argument(
        "--until",
        type=_parse_last_day,
        metavar="DATE",
        help="search only articles published on this day, or the last of this month or year, or earlier",
    )
    ask.add_argument(
        "--outlet",
        action="append",
        default=[],
        metavar="NAME",
        help="search only articles from this outlet; may be repeated",
    )
    ask.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="CODE",
        help="search only articles in this language, such as en or de; may be repeated",
    )
    ask.add_argument(
        "--any-time", action="store_true", help="search all dates, even if the question names a time"
    )
    ask.add_argument(
        "--any-outlet", action="store_true", help="search all outlets, even if the question names one"
    )
    ask.add_argument(
        "--batch",
        type=Path,
        metavar="IN.jsonl",
        help="read questions from this file, one JSON object per line",
    )
    ask.add_argument(
        "--out", type=Path, metavar="OUT.jsonl", help="write the answers of --batch to this file"
    )
    article = commands.add_parser(
        "article", parents=[shared], help="show an article", description="Show an article."
    )
    article.add_argument("id", metavar="ID")
    article.add_argument("--version", type=int, metavar="N", help="show version N (default: the newest)")
    commands.add_parser(
        "articles", parents=[shared], help="list all articles", description="List all articles, one per line."
    )
    chat = commands.add_parser(
        "chat",
        parents=[in_archive],
        help="have a conversation in the terminal",
        description="Have a conversation in the terminal. /help lists its commands. Ctrl-C stops an answer, Ctrl-D "
        "ends the conversation. Without a terminal, each line of standard input is a question or a command.",
    )
    chat.add_argument("--conversation", metavar="ID", help="continue this conversation (default: a new one)")
    listing = commands.add_parser(
        "conversations",
        parents=[shared],
        help="list, search and delete conversations",
        description="List the conversations about an archive: all of them, those that hold all the WORDS in their "
        "title or in one question and its answer, or those that quote an article.",
    )
    listing.add_argument("words", nargs="*", metavar="WORDS")
    listing.add_argument(
        "--quoting",
        action="append",
        default=[],
        metavar="ID",
        help="only conversations that quote this article, removed or not; may be repeated",
    )
    listing.add_argument(
        "--delete",
        nargs="*",
        metavar="CONVERSATION",
        help="delete these conversations, or those of --quoting, for good: they are overwritten on disk",
    )
    export = commands.add_parser(
        "export",
        parents=[in_archive],
        help="write conversations to a file",
        description="Write conversations, all or those with these IDs, as a file that stands on its own: each quote "
        "with its outlet, date, address, offsets and the digest of its article's text.",
    )
    export.add_argument("ids", nargs="*", metavar="ID")
    export.add_argument("--format", choices=FORMATS, default="md", help="the file's format (default: md)")
    export.add_argument(
        "--out", type=Path, metavar="FILE", help="the file to write (default: standard output)"
    )
    again = commands.add_parser(
        "replay",
        parents=[shared],
        help="ask the questions of an export again, and tell what changed",
        description="Ask the questions of an export again, and tell for each citation what changed, and whether its "
        "article was corrected, retracted or removed.",
        epilog="Exit status: 0 the same, 1 something changed, 2 could not run.",
    )
    again.add_argument("file", type=Path, metavar="FILE", help="a file that `export --format json` wrote")
    again.add_argument(
        "--verify-only",
        action="store_true",
        help="ask nothing: only compare the quotes with the articles of the archive",
    )
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m assistant") -> int:
    """Run the command and return its exit status. `prog` is what the user typed before the arguments."""
    parser = build_parser(prog)
    options = parser.parse_args(arguments)
    if options.command == "ask":
        if (options.question is None) == (options.batch is None):
            parser.error("give a QUESTION, or --batch IN.jsonl --out OUT.jsonl")
        if (options.batch is None) != (options.out is None):
            parser.error("--batch and --out must be given together")
    if options.command == "conversations" and options.delete is not None:
        named = bool(options.delete)
        if named == bool(options.quoting) or options.words:
            parser.error("--delete needs the ids of conversations, or --quoting ID")
    return run_command("assistant", lambda: _run(options), interrupted="interrupted")


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    if options.archive:
        settings = replace(settings, archive=options.archive)
    return COMMANDS[options.command](settings, options)


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    languages = tuple(code.lower() for code in options.language)
    filters = Filters(options.since, options.until, tuple(options.outlet), languages)
    lines = _read_lines(options.batch) if options.batch else None
    # Imported here because torch and Chroma take seconds to load, and listing articles needs neither.
    from assistant.assistant import Assistant

    assistant = Assistant.open(settings)
    try:
        ask = partial(
            assistant.ask, filters=filters, any_time=options.any_time, any_outlet=options.any_outlet
        )
        if lines is not None:
            return _ask_batch(ask, lines, options.out, options.as_of)
        answer = ask(options.question, as_of=options.as_of).answer
    finally:
        assistant.close()
    print(as_json(answer.to_json()) if options.json else format_answer(answer))
    return 0


def _read_lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise QuestionError(f"cannot read the batch {path} ({error.strerror}): check the path") from error


def _ask_batch(ask: Callable[..., Reply], lines: Sequence[bytes], out: Path, as_of: date | None) -> int:
    """Write one row to `out` for each row of a batch, an answer or an error; return the exit status."""
    bad = 0
    try:
        # JSON may hold half a surrogate pair, which UTF-8 cannot: it is written as an escape.
        with out.open("w", encoding="utf-8", errors="backslashreplace") as file:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                row = _answer_row(ask, number, line, as_of)
                bad += "error" in row
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
    except OSError as error:
        raise QuestionError(f"cannot write the answers to {out} ({error.strerror})") from error
    return 1 if bad else 0


def _answer_row(ask: Callable[..., Reply], number: int, line: bytes, as_of: date | None) -> JsonObject:
    """Return the answer to one line of a batch as JSON, or its error."""
    id: Any = None
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise QuestionError(f"line {number} is not a JSON object")
        id = row.get("id")
        question = row.get("question")
        if not isinstance(question, str):
            raise QuestionError(f'line {number} has no text under "question"')
        history = [Exchange(str(each["question"]), str(each["answer"])) for each in row.get("history") or []]
        day = date.fromisoformat(row["as_of"]) if row.get("as_of") else as_of
        return ask(question, history=history, as_of=day).answer.to_json(id)
    except KeyError as error:
        return {"id": id, "error": f"line {number} lacks {error}"}
    except RecursionError:
        return {"id": id, "error": f"line {number} is nested too deeply"}
    except (BackfileError, ValueError, TypeError, AttributeError) as error:
        return {"id": id, "error": str(error)}


def _show_articles(settings: Settings, options: argparse.Namespace) -> int:
    folder = archive_folder(settings)
    folder.require()
    catalog = Catalog.open(folder.catalog)
    try:
        if options.command == "articles":
            for article in catalog.articles():
                fields = _article_fields(article, text=False)
                print(as_json(fields) if options.json else article_line(article))
            return 0
        article = _find_article(catalog, replace_surrogates(options.id), options.version)
        fields = _article_fields(article, text=True)
        print(as_json(fields) if options.json else "\n".join(article_lines(article)))
        return 0
    finally:
        catalog.close()


def _find_article(catalog: Catalog, id: str, version: int | None) -> Article:
    found = catalog.article(id, version)
    if found is not None:
        return found
    versions = ", ".join(map(str, catalog.versions(id)))
    if versions:
        raise QuestionError(f"article {id} has no version {version}: its versions are {versions}")
    raise QuestionError(
        f"there is no article {id} in the archive: `python -m assistant articles` lists all articles"
    )


def _article_fields(article: Article, *, text: bool) -> JsonObject:
    """Return an article as the command prints it in JSON, with or without its text."""
    fields: JsonObject = {
        "article": article.id,
        "version": article.version,
        "title": article.title,
        "outlet": article.outlet,
        "authors": list(article.authors),
        "published": article.published.iso,
        "published_precision": article.published.precision,
        "published_origin": article.published.origin,
        "updated": article.updated.iso,
        "place": article.place,
        "url": article.url,
        "guid": article.guid,
        "language": article.written_in,
        "section": article.section,
        "keywords": list(article.keywords),
        "source": article.source,
        "length": len(article.text),
    }
    return {**fields, "text": article.text} if text else fields


def _chat(settings: Settings, options: argparse.Namespace) -> int:
    # Imported here because torch and Chroma take seconds to load.
    from assistant.assistant import Assistant
    from assistant.terminal.chat import Chat, line_reader

    with (
        closing(Assistant.open(settings)) as assistant,
        closing(Conversations(archive_folder(settings).conversations)) as conversations,
    ):
        chat = Chat(
            assistant,
            conversations,
            read=line_reader(conversations),
            out=sys.stdout,
            conversation=options.conversation,
        )
        chat.run()
    return 0


def _list_conversations(settings: Settings, options: argparse.Namespace) -> int:
    with _stored_conversations(archive_folder(settings)) as conversations:
        if options.delete is not None:
            return _delete_conversations(conversations, options)
        if options.quoting:
            found: Sequence[Match] = conversations.quoting(options.quoting)
        elif options.words:
            found = conversations.search(" ".join(options.words))
        else:
            found = [Match(summary, ()) for summary in conversations.list()]
        for match in found:
            print(as_json(_match_fields(match)) if options.json else _match_line(match))
    return 0


def _delete_conversations(conversations: Conversations, options: argparse.Namespace) -> int:
    chosen = [match.summary for match in conversations.quoting(options.quoting)] if options.quoting else []
    chosen += _summaries(conversations, options.delete)
    for summary in chosen:
        conversations.delete(summary.id)
    if options.json:
        print(as_json({"deleted": [summary.id for summary in chosen]}))
    else:
        print(
            "\n".join(
                [f"{counted(len(chosen), 'conversation')} deleted", *(f"  {each.title}" for each in chosen)]
            )
        )
    return 0


def _summaries(conversations: Conversations, ids: Sequence[str]) -> list[Summary]:
    found = [conversations.find(replace_surrogates(id)) for id in ids]
    for id, summary in zip(ids, found, strict=True):
        if summary is None:
            raise QuestionError(
                f"there is no conversation {id}: `python -m assistant conversations` lists all conversations"
            )
    return [summary for summary in found if summary is not None]


def _match_fields(match: Match) -> JsonObject:
    summary = match.summary
    return {
        "conversation": summary.id,
        "title": summary.title,
        "updated": summary.updated.isoformat(),
        "pinned": summary.pinned,
        "turns": list(match.turns),
    }


def _match_line(match: Match) -> str:
    summary = match.summary
    turns = f" ({', '.join(map(str, match.turns))})" if match.turns else ""
    pinned = "pinned: " if summary.pinned else ""
    return f"{summary.id}  {summary.updated:%Y-%m-%d %H:%M}  {pinned}{summary.title}{turns}"


def _export(settings: Settings, options: argparse.Namespace) -> int:
    folder = archive_folder(settings)
    with _stored_conversations(folder) as conversations, closing(Catalog.open(folder.catalog)) as catalog:
        chosen = _summaries(conversations, options.ids) if options.ids else conversations.list()
        text = FORMATS[options.format](collect(conversations, chosen, catalog, exported=datetime.now(UTC)))
    if options.out is None:
        print(text, end="")
        return 0
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise QuestionError(f"cannot write {options.out} ({error.strerror}): give another file") from error
    return 0


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    export = read(options.file)
    folder = archive_folder(settings)
    folder.require()
    with ExitStack() as opened:
        if options.verify_only:
            turns = verify(export, opened.enter_context(closing(Catalog.open(folder.catalog))))
        else:
            # Imported here because torch and Chroma take seconds to load.
            from assistant.assistant import Assistant

            turns = replay(export, opened.enter_context(closing(Assistant.open(settings))))
        changed = answers = 0
        title = None
        for turn in turns:
            answers += 1
            changed += not turn.is_same
            if not options.json and turn.conversation != title:
                title = turn.conversation
                print(f"{title}:")
            print(as_json(turn.to_json()) if options.json else "\n".join(turn.lines()), flush=True)
    if not options.json:
        done = "checked" if options.verify_only else "asked again"
        left = unanswered(export)
        skipped = f"; {counted(left, 'question')} had no answer" if left else ""
        print(
            f"{counted(answers, 'answer')} {done}: {answers - changed} the same, {changed} changed{skipped}"
        )
    return 1 if changed else 0


@contextmanager
def _stored_conversations(folder: ArchiveFolder) -> Iterator[Conversations]:
    folder.require()
    with closing(Conversations(folder.conversations)) as conversations:
        yield conversations


COMMANDS: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "ask": _ask,
    "article": _show_articles,
    "articles": _show_articles,
    "chat": _chat,
    "conversations": _list_conversations,
    "export": _export,
    "replay": _replay,
}


def _parse_first_day(text: str) -> date:
    return _parse_period(text)[0]


def _parse_last_day(text: str) -> date:
    return _parse_period(text)[1]


def _parse_period(text: str) -> tuple[date, date]:
    """Return the first and last day of a day, month or year."""
    try:
        period = PublicationDate(text if len(text) <= len("2024-01-31") else "")
        first, last = period.first_day, period.last_day
    except ValueError:
        first = last = None
    if first is None or last is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2024-01-31, 2024-01 or 2024")
    return first, last


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2024-01-31") from error


if __name__ == "__main__":
    sys.exit(main())
