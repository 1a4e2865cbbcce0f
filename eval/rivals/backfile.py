"""Backfile with default settings: its ingest, and its search without and with the day of the question."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.models.encoder import Encoder, TextEncoder, computes_bf16, device
from assistant.question.timeframe import find_time_frame
from assistant.retrieval.retriever import Retrieved, Retriever
from eval.rivals import measuring
from eval.rivals.measuring import DatedQuestion, Search
from ingest.progress import Quiet
from ingest.sources.files import ReadOptions, walk
from ingest.store.indexer import Indexer

PACKAGES = ("backfile", "chromadb", "sentence-transformers", "torch", "transformers")
ARCHIVE = "archive"
"""The archive's folder inside the given one."""


class Backfile:
    """Backfile's ingest and search."""

    store = "SQLite, Chroma"

    def __init__(self, encoder: TextEncoder, folder: Path, *, precision: str) -> None:
        self.precision = precision
        self._encoder = encoder
        self._archive = ArchiveFolder(folder / ARCHIVE)
        self._open = ExitStack()

    @classmethod
    def open(cls, model: str, folder: Path) -> "Backfile":
        """Load the model in the precision that Backfile chooses on this machine."""
        return cls(Encoder.open(model), folder, precision=precision())

    def ingest(self, articles: Path) -> int:
        """See System."""
        with Indexer.opened(self._archive, self._encoder) as indexer:
            return indexer.ingest(walk([articles]), ReadOptions(), Quiet()).passages

    def searches(self) -> Mapping[str, Search]:
        """See System."""
        catalog = self._open.enter_context(closing(Catalog.open(self._archive.catalog)))
        dense = self._open.enter_context(closing(DenseIndex(self._archive, catalog, self._encoder.dimension)))
        retriever = Retriever(catalog, dense, self._encoder)

        def dated(question: DatedQuestion) -> list[str]:
            asked = date.fromisoformat(question.date)
            return _urls(
                retriever.retrieve(question.text, as_of=asked, frame=find_time_frame(question.text, asked))
            )

        return {
            "": lambda question: _urls(retriever.retrieve(question.text)),
            "knowing the day": dated,
        }

    def close(self) -> None:
        """Close the archive."""
        self._open.close()


def precision() -> str:
    """Return the number type that Backfile's encoder uses on this machine."""
    return "bfloat16" if computes_bf16(device()) else "float32"


def _urls(found: Retrieved) -> list[str]:
    """Return the articles of the passages; copies follow their article, as in an answer."""
    sources = (each.source for each in found.passages)
    return [url for source in sources for url in (source.url, *(copy.url for copy in source.also)) if url]


if __name__ == "__main__":
    measuring.run(Backfile.open, PACKAGES)
