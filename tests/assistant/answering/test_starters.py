import json
from contextlib import closing
from pathlib import Path

import pytest

from assistant.answering.starters import starter_questions
from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from tests.fakes import ingest


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "The ferry is old. Some 40 sailings were cancelled in Port Ellery. Twelve went.",
            ["How many sailings were cancelled in Port Ellery?"],
        ),
        ("Nearly ninety people live on Skerra.", ["How many people live on Skerra?"]),
        (
            "Lena Moor, the head of the Tern Bay fire brigade, was asked.",
            ["Who is the head of the Tern Bay fire brigade?"],
        ),
        # What only its article makes clear is not asked.
        ("Some 40 sailings were cancelled that day.", []),
        ("Some 40 people were there with their mayor in Tern Bay.", []),
        ("Lena Moor, the mayor, was asked.", []),
    ],
)
def test_questions_ask_for_the_numbers_and_people_of_an_article(
    tmp_path: Path, text: str, questions: list[str]
) -> None:
    story = {"title": "News", "text": text, "outlet": "Ledger", "url": "https://ledger.example/1"}
    (tmp_path / "news.json").write_text(json.dumps([story]))
    ingest(tmp_path / "archive", tmp_path / "news.json")
    with closing(Catalog.open(ArchiveFolder(tmp_path / "archive").catalog)) as catalog:
        assert starter_questions(catalog) == questions
