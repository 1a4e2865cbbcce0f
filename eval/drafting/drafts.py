"""The file of drafts: a gold file, one question a line, what a person judges first.

None of it counts before it is accepted. Lines are only ever added, each as soon as it is made, so a draft that was
broken off goes on with the same command.
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
from assistant.errors import BackfileError
from assistant.text.counting import counted
from eval.drafting.candidates import DraftQuestion, candidates, choose_varied, sample_articles, swap_names
from eval.drafting.model_drafts import RejectedReplies, alternate_outlets, draft_with_model
from eval.gold.questions import rows

Row = Mapping[str, Any]

ALTERED = 8
"""One question in so many is altered to have no answer."""


@dataclass(frozen=True)
class DraftReport:
    """What became of a draft."""

    path: Path
    kept: int
    """Questions that were in the file before."""
    added: int
    altered: int
    wanted: int
    failures: str = ""
    """What a chat model wrote that was no draft."""

    def lines(self, archive: Path) -> list[str]:
        """What the command says."""
        said = f"{self.path}: {counted(self.added, 'draft')} added"
        if self.altered:
            said += f", {self.altered} of them altered to have no answer"
        if self.kept:
            said += f"; {counted(self.kept, 'question')} that it held already kept as they are"
        found = [said]
        if self.failures:
            found.append(f"dropped of what the model wrote: {self.failures}")
        if self.kept + self.added < self.wanted:
            found.append(f"the archive gave no more than that of the {self.wanted} wanted")
        return [
            *found,
            f"accept, mend or drop them:  python -m eval review {self.path}",
            f"then ask what you accepted: python -m eval gold --gold {self.path} --archive {archive}",
        ]


def draft(
    archive: Path, path: Path, *, number: int, seed: int, model: BaseChatModel | None = None, name: str = ""
) -> DraftReport:
    """Add drafts to a file, made if there is none, until it holds `number` questions.

    By rule, or by a chat model that is told of as `name`.

    Raises:
        BackfileError: there is no archive, nothing in it makes a question, or the file cannot be read or written.
        ModelError: the model failed; what it wrote before is in the file.
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
    added = list(_appended(found, path))
    if not added and not before:
        raise BackfileError(
            f"nothing in {archive} makes a question by itself: it may hold no plain sentences in English"
        )
    without = sum(each.proposal.kind == "unanswerable" for each in added)
    return DraftReport(path, len(before), len(added), without, number, str(failures))


def _by_rule(
    some: Sequence[tuple[Article, str]], taken: set[str], before: Sequence[Row], number: int
) -> list[DraftQuestion]:
    """Alter some questions, and choose among those of other families."""
    every = [each for each in candidates(some) if each.family not in taken]
    missing = number - len(before)
    unanswerable = max(number // ALTERED - sum(row.get("type") == "unanswerable" for row in before), 0)
    without = swap_names(every, some, min(unanswerable, missing))
    used = {each.family for each in without}
    return [
        *choose_varied((each for each in every if each.family not in used), missing - len(without)),
        *without,
    ]


def _appended(found: Iterable[DraftQuestion], path: Path) -> Iterable[DraftQuestion]:
    try:
        for each in found:
            # Opened for each: what a slow model has written is there to be read.
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(each.row(), ensure_ascii=False) + "\n")
            yield each
    except OSError as error:
        raise BackfileError(
            f"cannot write {path} ({error.strerror}): give --out a file in a folder that can be written to"
        ) from error
