"""The command `python -m assistant`: asks an archive, one question or a file of them, and shows articles."""

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

from assistant.answer import Answer, Reply
from assistant.archive.catalog import Catalog
from assistant.archive.folder import archive_folder
from assistant.article import Article
from assistant.command import as_json, run_command
from assistant.conversations import readable
from assistant.errors import BackfileError, QuestionError
from assistant.query import Exchange, Filters
from assistant.settings import Settings

WIDTH = 100


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--archive", type=Path, metavar="DIR", help="the archive's folder (default: archive)")
    shared.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(
        prog="python -m assistant",
        description="Ask an archive, and see its articles.",
        epilog="Exit status: 0 answered or abstained, 1 some rows of a batch were bad, 2 could not run.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", parents=[shared], help="ask one question, or a file of them")
    ask.add_argument("question", nargs="?", metavar="QUESTION")
    ask.add_argument(
        "--as-of", type=_date, metavar="DATE", help="the day the question is asked (default: today)"
    )
    ask.add_argument("--since", type=_date, metavar="DATE", help="articles of this day and later")
    ask.add_argument("--until", type=_date, metavar="DATE", help="articles of this day and earlier")
    ask.add_argument(
        "--outlet", action="append", default=[], metavar="NAME", help="only this outlet; may be repeated"
    )
    ask.add_argument(
        "--any-time", action="store_true", help="search all dates, even where the question names a time"
    )
    ask.add_argument(
        "--any-outlet", action="store_true", help="search all outlets, even where the question names one"
    )
    ask.add_argument("--batch", type=Path, metavar="IN.jsonl", help="questions, one JSON object a line")
    ask.add_argument("--out", type=Path, metavar="OUT.jsonl", help="where the batch's answers go")
    one = commands.add_parser("article", parents=[shared], help="show an article")
    one.add_argument("id", metavar="ID")
    one.add_argument("--version", type=int, metavar="N", help="an older version of it (default: the newest)")
    commands.add_parser("articles", parents=[shared], help="list the articles")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command == "ask":
        if (options.question is None) == (options.batch is None):
            parser.error("give a QUESTION, or --batch IN.jsonl --out OUT.jsonl")
        if (options.batch is None) != (options.out is None):
            parser.error("--batch and --out go together")
    return run_command("assistant", lambda: _run(options), interrupted="interrupted")


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_env(os.environ)
    if options.archive:
        settings = replace(settings, archive=options.archive)
    return _ask(settings, options) if options.command == "ask" else _show(settings, options)


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    filters = Filters(since=options.since, until=options.until, outlets=tuple(options.outlet))
    lines = _lines(options.batch) if options.batch else None
    # Imported here, for torch and Chroma take seconds, which a list of articles does not need.
    from assistant.assistant import Assistant

    assistant = Assistant.open(settings)
    try:
        ask = partial(
            assistant.ask, filters=filters, any_time=options.any_time, any_outlet=options.any_outlet
        )
        if lines is not None:
            return _batch(ask, lines, options.out, options.as_of)
        answer = ask(options.question, as_of=options.as_of).answer
    finally:
        assistant.close()
    print(as_json(answer.to_json()) if options.json else _readable(answer))
    return 0


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise QuestionError(f"cannot read the batch {path} ({error.strerror}): check the path") from error


def _batch(ask: Callable[..., Reply], lines: Sequence[bytes], out: Path, as_of: date | None) -> int:
    """Answer the questions of a batch; a row that cannot be asked has its error written in its place."""
    bad = 0
    try:
        # Half a surrogate pair, which JSON may hold and no file, is written as JSON writes it.
        with out.open("w", encoding="utf-8", errors="backslashreplace") as file:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                row = _answered(ask, number, line, as_of)
                bad += "error" in row
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
    except OSError as error:
        raise QuestionError(f"cannot write the answers to {out} ({error.strerror})") from error
    return 1 if bad else 0


def _answered(ask: Callable[..., Reply], number: int, line: bytes, as_of: date | None) -> dict[str, Any]:
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


def _show(settings: Settings, options: argparse.Namespace) -> int:
    folder = archive_folder(settings)
    folder.require()
    catalog = Catalog.open(folder.catalog)
    try:
        if options.command == "articles":
            for article in catalog.articles():
                fields = _fields(article, text=False)
                print(as_json(fields) if options.json else _line(article))
            return 0
        id = readable(options.id)
        found = catalog.article(id, options.version)
        if found is None:
            versions = ", ".join(map(str, catalog.versions(id)))
            hint = (
                f"its versions are {versions}"
                if versions
                else "`python -m assistant articles` lists what there is"
            )
            raise QuestionError(f"the archive has no such article {id}: {hint}")
        print(as_json(_fields(found, text=True)) if options.json else "\n".join(_page(found)))
        return 0
    finally:
        catalog.close()


def _fields(article: Article, *, text: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
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
        "language": article.language,
        "section": article.section,
        "keywords": list(article.keywords),
        "source": article.source,
        "length": len(article.text),
    }
    return {**fields, "text": article.text} if text else fields


def _line(article: Article) -> str:
    date_ = article.published.iso or "undated"
    return f"{article.id}  {date_[:10]:10}  {article.outlet or '–'}: {article.title}"


def _page(article: Article) -> Iterator[str]:
    yield article.title
    known = (
        article.outlet,
        ", ".join(article.authors),
        article.published.iso or "undated",
        article.place,
        article.url,
    )
    yield " · ".join(each for each in known if each)
    yield f"article {article.id}, version {article.version}, from {article.source}\n"
    yield article.text


def _readable(answer: Answer) -> str:
    parts = [textwrap.fill(answer.text, WIDTH)]
    if answer.short_answer:
        parts.insert(0, answer.short_answer)
    for citation in answer.citations:
        where = ", ".join(
            each for each in (citation.source.outlet, (citation.source.published or "")[:10]) if each
        )
        corrected = " (corrected)" if citation.source.corrected else ""
        parts.append(
            f"[{citation.n}] {citation.source.title} – {where or 'outlet and date unknown'}{corrected}\n"
            f"    article {citation.article}, characters {citation.start}–{citation.end}"
            + (f"\n    {citation.source.url}" if citation.source.url else "")
            + (
                "\n    also carried by " + ", ".join(c.outlet or c.article for c in citation.source.also)
                if citation.source.also
                else ""
            )
        )
    if answer.abstained and answer.passages:
        nearest = (
            f"  {found.source.title} – {found.source.outlet or 'unknown outlet'}"
            for found in answer.passages[:3]
        )
        parts.append("Nearest articles:\n" + "\n".join(nearest))
    parts += [f"Note: {note}" for note in answer.notes]
    return "\n\n".join(parts)


def _date(text: str) -> date:
    return date.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main())
