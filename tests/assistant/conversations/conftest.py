"""A conversation about the archive of STORIES, and changes of the articles that it cites."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import Assistant
from assistant.conversations import Conversations, Options
from assistant.query import Filters
from ingest.store.indexer import Indexer
from tests.conftest import STORIES
from tests.fakes import WordEncoder, ingest

BEACON = Filters(outlets=("Ellery Beacon",))


@dataclass
class Kept:
    """A stored conversation: the budget in one outlet, then the ferry strike."""

    archive: ArchiveFolder
    conversations: Conversations
    id: str
    assistant: Assistant

    def change(self, title: str, **fields: str) -> None:
        """Ingest a story again with other fields."""
        [story] = [each for each in STORIES if each["title"] == title]
        path = self.archive.path.parent / "again.json"
        path.write_text(json.dumps([{**story, **fields}]))
        ingest(self.archive.path, path)

    def remove(self, url: str) -> None:
        """Remove an article from the archive."""
        with Indexer.opened(self.archive, WordEncoder()) as indexer:
            indexer.remove([url])

    def answer(self, number: int) -> Answer:
        """Return a stored answer."""
        answer = self.conversations.turns(self.id)[number - 1].answer
        assert isinstance(answer, Answer)
        return answer


@pytest.fixture
def kept(archive: ArchiveFolder, assistant: Assistant) -> Iterator[Kept]:
    with closing(Conversations(archive.conversations)) as conversations:
        id = conversations.new_id()
        for question, options in (
            ("Who passed a budget of 61 million crowns?", Options(filters=BEACON)),
            ("Who claimed that 40 sailings were cancelled?", Options()),
        ):
            number = conversations.add_question(id, question, options)
            answer = assistant.ask(question, filters=options.filters).answer
            assert answer.citations
            conversations.complete(id, number, answer)
        yield Kept(archive, conversations, id, assistant)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.json"
