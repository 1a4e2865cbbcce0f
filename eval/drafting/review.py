"""Shows drafts at the terminal, one by one, to be accepted, mended or dropped."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import BackfileError
from assistant.text.counting import counted
from eval.gold.questions import rows

CHOICES = "[a]ccept, [m]end, [d]rop, [s]kip, [q]uit? "
APART = " | "
"""Between answers, any of which is right."""

Ask = Callable[[str], str]
Show = Callable[[str], object]


def review(path: Path, *, ask: Ask, show: Show) -> str:
    """Show the drafts of a file, keep what is decided of each at once, and return what was decided, in words.

    `ask` gives what a person types after a prompt, and raises EOFError at its end.

    Raises:
        BackfileError: the file cannot be read or written, or a line of it is no question.
    """
    given = dict(rows(path))
    drafts = [number for number, row in given.items() if row.get("accepted") is False]
    accepted = dropped = 0
    try:
        for count, number in enumerate(drafts, start=1):
            row = given[number]
            show(f"\n{count} of {len(drafts)}\n{_shown(row)}")
            while (choice := ask(CHOICES).strip().lower()[:1]) not in ("a", "m", "d", "s", "q"):
                pass
            if choice == "q":
                break
            if choice == "m":
                given[number] = row = _mended(row, ask)
            if choice in "am":
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


def _shown(row: dict[str, Any]) -> str:
    lines = [f"  {row.get('question')}"]
    if row.get("answers"):
        lines.append(f"  → {APART.join(row['answers'])}")
    lines += [f"  “{each.get('quote')}”  ({each.get('article')})" for each in row.get("support", [])]
    if row.get("note"):
        lines.append(f"  {row['note']}")
    return "\n".join([*lines, f"  asked on {row['as_of']}"] if row.get("as_of") else lines)


def _mended(row: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """The question in other words, or with other answers; what is left empty stays as it is."""
    question = ask("question (empty: as it is): ").strip()
    mended = {**row, "question": question or row.get("question")}
    if "answers" in row:
        answers = [
            answer.strip() for answer in ask(f"answers, with{APART}between (empty: as they are): ").split("|")
        ]
        mended["answers"] = list(filter(None, answers)) or row["answers"]
    return mended


def _write(path: Path, left: list[dict[str, Any]]) -> None:
    """Put the new file in the place of the old one at once, so that no interruption leaves half of it."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in left), encoding="utf-8"
        )
        os.replace(beside, path)
    except OSError as error:
        raise BackfileError(
            f"cannot write {path} ({error.strerror}): make it and its folder writable, and review again"
        ) from error
