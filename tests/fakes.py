"""Fake parts whose results can be computed by hand, for tests that need no model."""

import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from assistant.answer import MadeWith
from assistant.answering.draft import Draft
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article, PublicationDate
from assistant.models.encoder import TextEncoder, Vectors
from assistant.text.words import STOPWORDS, stems
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from ingest.store.indexer import Indexer, IngestReport
from tests.word_tokenizer import WordTokenizer

MADE_WITH = MadeWith(
    backfile="0", encoder="words", reader=None, chat_model=None, settings="default", generation=0
)


class WordEncoder(WordTokenizer):
    """Embeds a text as the counts of its stems, so texts that share words are near each other."""

    name = "words"
    dimension = 512

    def __init__(
        self, limit: int = 60, name: str = "words", turned: int = 0, passage_prefix: str = ""
    ) -> None:
        super().__init__(limit)
        self.tokenizer = WordTokenizer(limit)
        self.name = name
        self.passage_prefix = passage_prefix
        self._turned = turned
        """Shift of every stem's dimension: a shifted encoder is another model with the same name."""
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode([self.passage_prefix + text for text in texts])

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            vectors[row, 0] = 0.01
            for stem in stems(text):
                if stem not in STOPWORDS:
                    vectors[row, (zlib.crc32(stem.encode()) + self._turned) % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class WordEmbeddings(Embeddings):
    """`WordEncoder` as LangChain Embeddings, with vectors three times as long."""

    questions: ClassVar[list[str]] = []
    passages: ClassVar[list[str]] = []
    """The texts that all instances embedded since a test cleared these lists."""

    def embed_query(self, text: str) -> list[float]:
        self.questions.append(text)
        row: list[float] = (3 * WordEncoder().encode([text])[0]).tolist()
        return row

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.passages.extend(texts)
        rows: list[list[float]] = (3 * WordEncoder().encode(texts)).tolist()
        return rows


def collected(steps: Generator[str, None, Draft]) -> tuple[list[str], Draft]:
    """Return the pieces that an answerer shows, and its draft."""
    pieces = []
    while True:
        try:
            pieces.append(next(steps))
        except StopIteration as end:
            return pieces, end.value


class ScriptedModel(BaseChatModel):
    """Streams the pieces of a script for every prompt. An exception in the script is raised in its place."""

    script: Iterable[str | Exception]
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    """The prompts that it received."""
    sent: list[str] = Field(default_factory=list)
    """The pieces that it has streamed so far."""
    closed: bool = False
    """Whether its stream has ended or was closed by its consumer."""

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        try:
            for piece in self.script:
                if isinstance(piece, Exception):
                    raise piece
                self.sent.append(piece)
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            self.closed = True

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError("chat mode streams")

    @property
    def _llm_type(self) -> str:
        return "scripted"


def article(text: str, **fields: object) -> Article:
    """Return an article with this text, and defaults for the fields that a test does not give."""
    given: dict[str, object] = {"title": "Storm over Port Ellery", "source": "desk/story.txt", **fields}
    if isinstance(given.get("published"), str):
        given["published"] = PublicationDate(str(given["published"]), "metadata")
    return Article(text=text, **given)  # type: ignore[arg-type]


def ingest(
    archive: Path, *paths: Path, encoder: TextEncoder | None = None, options: ReadOptions | None = None
) -> IngestReport:
    """Ingest files and return the report."""
    with Indexer.opened(ArchiveFolder(archive), encoder or WordEncoder()) as indexer:
        return indexer.ingest(list(walk(paths)), options or ReadOptions(), Quiet())
