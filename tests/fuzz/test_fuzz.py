"""Faults that fuzzing found stay fixed, and the fuzzing checks can fail."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.article import Article, PublicationDate
from tests.fuzz.soundness import check, check_article
from tests.fuzz.targets import FINDINGS, TARGETS, target_of

SOUND = Article(title="Wall breached", text="The sea came.\n\nIt left.", source="desk/wall.txt")


@pytest.mark.parametrize("finding", sorted(FINDINGS.iterdir()), ids=lambda path: path.name)
def test_what_was_found_is_read(finding: Path, tmp_path: Path) -> None:
    check(Path(shutil.copy(finding, tmp_path / f"input{finding.suffix}")))


def test_a_sound_article() -> None:
    check_article(replace(SOUND, furniture=((0, 13),), published=PublicationDate("2026-01-02")))


@pytest.mark.parametrize(
    "fault",
    [
        {"text": "The sea\0came."},
        {"title": "Wall \ud800 breached"},
        {"text": "The sea came. \nIt left."},
        {"text": ""},
        {"authors": ("Petra\nLunn",)},
        {"published": PublicationDate("2026-01-03")},
        {"furniture": ((0, 99),)},
        {"furniture": ((5, 9), (0, 4))},
    ],
    ids=["nul", "surrogate", "space", "empty", "line end", "future", "outside", "disorder"],
)
def test_an_article_that_is_not_sound(fault: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, UnicodeError)):
        check_article(replace(SOUND, **fault))


def test_a_seed_goes_to_the_target_of_what_it_holds() -> None:
    assert target_of(b'{"title": "Wall", "text": "The sea came."}\n' * 2, ".txt") == "jsonl"
    assert target_of(b"\x1f\x8b\x08", ".html") == "gz"
    assert target_of(b"The sea came.", ".tsv") == "csv"
    assert target_of(b"The sea came.", ".doc") == "txt"
    assert len(TARGETS) == len(set(TARGETS))
