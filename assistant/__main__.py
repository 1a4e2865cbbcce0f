"""The command `python -m assistant`: answers one question or a file of questions, and shows articles."""

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from assistant.answer import Answer, Citation, Reply
from assistant.archive.catalog import Catalog
from assistant.archive.folder import archive_folder
from assistant.article import Article, PublicationDate
from assistant.command import as_json, run_command
from assistant.errors import BackfileError, QuestionError
from assistant.json_object import JsonObject
from assistant.query import Exchange, Filters
from assistant.settings import Settings
from assistant.text.surrogates import replace_surrogates

WIDTH = 100
"""Characters per line of printed answers."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)")
    shared.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(
        prog="python -m assistant",
        description="Ask questions of a news archive and show its articles.",
        epilog="Exit status: 0 answered or abstained, 1 some rows of a batch were bad, 2 could not run.",
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
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command == "ask":
        if (options.question is None) == (options.batch is None):
            parser.error("give a QUESTION, or --batch IN.jsonl --out OUT.jsonl")
        if (options.batch is None) != (options.out is None):
            parser.error("--batch and --out must be given together")
    return run_command("assistant", lambda: _run(options), interrupted="interrupted")


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    if options.archive:
        settings = replace(settings, archive=options.archive)
    return _ask(settings, options) if options.command == "ask" else _show_articles(settings, options)


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
    print(as_json(answer.to_json()) if options.json else _format_answer(answer))
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
                print(as_json(fields) if options.json else _article_line(article))
            return 0
        article = _find_article(catalog, replace_surrogates(options.id), options.version)
        fields = _article_fields(article, text=True)
        print(as_json(fields) if options.json else "\n".join(_article_lines(article)))
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


def _article_line(article: Article) -> str:
    published = article.published.iso or "undated"
    return f"{article.id}  {published[:10]:10}  {article.outlet or '–'}: {article.title}"


def _article_lines(article: Article) -> Iterator[str]:
    yield article.title
    details = (
        article.outlet,
        ", ".join(article.authors),
        article.published.iso or "undated",
        article.place,
        article.url,
    )
    yield " · ".join(each for each in details if each)
    yield f"article {article.id}, version {article.version}, from {article.source}\n"
    yield article.text


def _format_answer(answer: Answer) -> str:
    parts = [textwrap.fill(answer.text, WIDTH)]
    if answer.short_answer:
        parts.insert(0, answer.short_answer)
    parts += ["\n".join(_citation_lines(citation)) for citation in answer.citations]
    if answer.abstained and answer.passages:
        nearest = (
            f"  {found.source.title} – {found.source.outlet or 'unknown outlet'}"
            for found in answer.passages[:3]
        )
        parts.append("Nearest articles:\n" + "\n".join(nearest))
    parts += [f"Note: {note}" for note in answer.notes]
    return "\n\n".join(parts)


def _citation_lines(citation: Citation) -> Iterator[str]:
    source = citation.source
    origin = ", ".join(each for each in (source.outlet, (source.published or "")[:10]) if each)
    corrected = " (corrected)" if source.corrected else ""
    yield f"[{citation.n}] {source.title} – {origin or 'outlet and date unknown'}{corrected}"
    yield f"    article {citation.article}, characters {citation.start}–{citation.end}"
    if source.url:
        yield f"    {source.url}"
    if source.also:
        yield "    also carried by " + ", ".join(copy.outlet or copy.article for copy in source.also)


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
