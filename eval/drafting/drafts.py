"""The file of drafts: a gold file with one question a line, to be reviewed by a person.

No draft counts before it is accepted. Each draft is appended as soon as it is made, so an interrupted command
continues when it is run again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article
from assistant.conversations import Conversations
from assistant.errors import BackfileError
from assistant.text.counting import counted
from eval.drafting.candidates import DraftQuestion, candidates, choose_varied, sample_articles, swap_names
from eval.drafting.feedback import feedback_rows
from eval.drafting.model_drafts import RejectedReplies, alternate_outlets, draft_with_model
from eval.gold.questions import rows

Row = Mapping[str, Any]

SWAPPED = 8
"""One question in this many has its person swapped, so that it has no answer."""


@dataclass(frozen=True)
class DraftReport:
    """What one `draft` command did."""

    path: Path
    kept: int
    """Questions that the file already held."""
    added: int
    without_answer: int
    wanted: int
    failures: str = ""
    """Why replies of a chat model were rejected, with counts."""

    def lines(self, archive: Path) -> list[str]:
        """Return the lines that the command prints."""
        summary = f"{self.path}: {counted(self.added, 'draft')} added"
        if self.without_answer:
            summary += f", {self.without_answer} of them with a swapped name and no answer"
        if self.kept:
            summary += f"; {counted(self.kept, 'question')} already in it left unchanged"
        found = [summary]
        if self.failures:
            found.append(f"replies of the model that were rejected: {self.failures}")
        if self.kept + self.added < self.wanted:
            found.append(f"the archive gave no more, though {self.wanted} were wanted")
        return [
            *found,
            f"accept, edit or drop them:  python -m eval review {self.path}",
            f"then ask the accepted ones: python -m eval gold --gold {self.path} --archive {archive}",
        ]


def draft(
    archive: Path, path: Path, *, number: int, seed: int, model: BaseChatModel | None = None, name: str = ""
) -> DraftReport:
    """Add drafts to a file until it holds `number` questions; create the file if needed.

    Questions are made by rule, or by a chat model that errors call `name`.

    Raises:
        BackfileError: there is no archive, nothing in it makes a question, or the file cannot be read or written.
        ModelError: the model failed; drafts made before are in the file.
    """
    folder = ArchiveFolder(archive)
    folder.require()
    before = [row for _, row in rows(path)] if path.exists() else []
    missing = number - len(before)
    if missing <= 0:
        return DraftReport(path, len(before), 0, 0, number)
    with closing(Catalog.open(folder.catalog)) as catalog:
        some = sample_articles(catalog, number, seed)
    asked = {support.get("article") for row in before for support in row.get("support", [])}
    taken = {family for article, family in some if article.source in asked}
    failures = RejectedReplies()
    if model is not None:
        fresh = [(article, family) for article, family in some if family not in taken]
        found: Iterable[DraftQuestion] = islice(
            draft_with_model(model, name, alternate_outlets(fresh), failures), missing
        )
    else:
        found = _by_rule(some, taken, before, number)
    added = _append((each.row() for each in found), path)
    if not added and not before:
        raise BackfileError(
            f"no question can be made from {archive}: it may hold no plain sentences in English"
        )
    without = sum(row["type"] == "unanswerable" for row in added)
    return DraftReport(path, len(before), len(added), without, number, str(failures))


def draft_from_feedback(archive: Path, path: Path) -> DraftReport:
    """Add a draft for each answer that somebody judged in a conversation about the archive.

    A question that the file has already is left unchanged.

    Raises:
        BackfileError: there is no archive or no judged answer, or the file cannot be read or written.
    """
    folder = ArchiveFolder(archive)
    folder.require()
    with (
        closing(Catalog.open(folder.catalog)) as catalog,
        closing(Conversations(folder.conversations)) as kept,
    ):
        judged = list(feedback_rows(kept, catalog))
    if not judged:
        raise BackfileError(f"no answer about {archive} was judged yet: judge some on the page")
    before = {row.get("id") for _, row in rows(path)} if path.exists() else set()
    fresh = {row["id"]: row for row in judged if row["id"] not in before}
    return DraftReport(path, len(before), len(_append(fresh.values(), path)), 0, 0)


def _by_rule(
    some: Sequence[tuple[Article, str]], taken: set[str], before: Sequence[Row], number: int
) -> list[DraftQuestion]:
    """Return new questions, some of them with swapped names; questions of one family are never in both groups."""
    every = [each for each in candidates(some) if each.family not in taken]
    missing = number - len(before)
    unanswerable = max(number // SWAPPED - sum(row.get("type") == "unanswerable" for row in before), 0)
    without = swap_names(every, some, min(unanswerable, missing))
    used = {each.family for each in without}
    return [
        *choose_varied((each for each in every if each.family not in used), missing - len(without)),
        *without,
    ]


def _append(found: Iterable[Row], path: Path) -> list[Row]:
    """Append drafts to a file, and return them."""
    added = []
    try:
        for row in found:
            # Open the file for each draft, so that what a slow model has written can be read meanwhile.
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            added.append(row)
    except OSError as error:
        raise BackfileError(
            f"cannot write {path} ({error.strerror}): give --out a file in a folder that can be written to"
        ) from error
    return added
