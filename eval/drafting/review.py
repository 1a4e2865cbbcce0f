"""Show drafts at the terminal one by one, to be accepted, edited or dropped."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import BackfileError
from assistant.text.counting import counted
from eval.gold.questions import rows

CHOICES = "[a]ccept, [e]dit, [d]rop, [s]kip, [q]uit? "
SEPARATOR = " | "
"""Separates answers that are all right."""

DraftRow = dict[str, Any]
"""A line of a draft file as parsed JSON; fields that are not reviewed pass through unchanged."""

Ask = Callable[[str], str]
Show = Callable[[str], object]


def review(path: Path, *, ask: Ask, show: Show) -> str:
    """Show the drafts of a file, save each decision at once, and return a summary.

    `ask` returns what a person types after a prompt, and raises EOFError at the end of input.

    Raises:
        BackfileError: the file cannot be read or written, or a line of it is not a question.
    """
    given = dict(rows(path))
    drafts = [number for number, row in given.items() if row.get("accepted") is False]
    accepted = dropped = 0
    try:
        for count, number in enumerate(drafts, start=1):
            row = given[number]
            show(f"\n{count} of {len(drafts)}\n{_shown(row)}")
            while (choice := ask(CHOICES).strip().lower()[:1]) not in ("a", "e", "d", "s", "q"):
                pass
            if choice == "q":
                break
            if choice == "e":
                given[number] = row = _edited(row, ask)
            if choice in "ae":
                given[number] = {**row, "accepted": True}
                accepted += 1
            elif choice == "d":
                del given[number]
                dropped += 1
            if choice != "s":
                _write(path, list(given.values()))
    except EOFError:
        pass
    left = sum(row.get("accepted") is False for row in given.values())
    return f"\n{path}: {accepted} accepted, {dropped} dropped, {counted(left, 'draft')} left"


def _shown(row: DraftRow) -> str:
    lines = [f"  {row.get('question')}"]
    if row.get("answers"):
        lines.append(f"  → {SEPARATOR.join(row['answers'])}")
    lines += [f"  “{each.get('quote')}”  ({each.get('article')})" for each in row.get("support", [])]
    if row.get("note"):
        lines.append(f"  {row['note']}")
    return "\n".join([*lines, f"  asked on {row['as_of']}"] if row.get("as_of") else lines)


def _edited(row: DraftRow, ask: Ask) -> DraftRow:
    """Return the question with a new wording or new answers; an empty reply leaves them unchanged."""
    question = ask("question (empty: unchanged): ").strip()
    edited: DraftRow = {**row, "question": question or row.get("question")}
    if "answers" in row:
        answers = [
            answer.strip()
            for answer in ask(f"answers, separated by{SEPARATOR}(empty: unchanged): ").split("|")
        ]
        edited["answers"] = list(filter(None, answers)) or row["answers"]
    if row.get("support") == []:
        quote = ask("words of an article that prove it (empty: none): ").strip()
        if quote:
            edited["support"] = [{"quote": quote, "article": ask("source of the article: ").strip()}]
    return edited


def _write(path: Path, left: Sequence[DraftRow]) -> None:
    """Replace the file in one step, so that an interruption never leaves half of it."""
    replacement = path.with_name(f"{path.name}.new")
    try:
        replacement.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in left), encoding="utf-8"
        )
        os.replace(replacement, path)
    except OSError as error:
        raise BackfileError(
            f"cannot write {path} ({error.strerror}): make it and its folder writable, and review again"
        ) from error
