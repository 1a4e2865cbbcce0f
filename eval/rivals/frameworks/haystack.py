"""Haystack with its in-memory store, after the tutorial "Preprocessing Different File Types" of its documentation.

The tutorial uses all-MiniLM-L6-v2 itself; nothing is written to disk.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.rivals import measuring
from eval.rivals.measuring import PASSAGES, DatedQuestion, Search

PACKAGES = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch", "transformers")


class Haystack:
    """A pipeline that cleans articles, splits them into 150 words with an overlap of 50, embeds and stores them."""

    store = "in memory"

    def __init__(self, model: str, folder: Path) -> None:
        from haystack import Pipeline
        from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        self._documents: Any = InMemoryDocumentStore()
        embedder = SentenceTransformersDocumentEmbedder(model=model)
        self._indexing: Any = _chain(
            Pipeline(),
            cleaner=DocumentCleaner(),
            splitter=DocumentSplitter(split_by="word", split_length=150, split_overlap=50),
            embedder=embedder,
            writer=DocumentWriter(self._documents),
        )
        self._querying: Any = _chain(
            Pipeline(),
            embedder=SentenceTransformersTextEmbedder(model=model),
            retriever=InMemoryEmbeddingRetriever(self._documents, top_k=PASSAGES),
        )
        self._indexing.warm_up()
        self._querying.warm_up()
        self.precision = str(embedder.embedding_backend.model.dtype).removeprefix("torch.")

    def ingest(self, articles: Path) -> int:
        """See System."""
        from haystack import Document

        documents = [
            Document(
                content=f"{row['title']}\n\n{row['text']}",
                meta={"title": row["title"], "url": row["url"], "published": row["published"]},
            )
            for row in measuring.rows(articles)
        ]
        self._indexing.run({"cleaner": {"documents": documents}})
        return int(self._documents.count_documents())

    def searches(self) -> Mapping[str, Search]:
        """See System."""
        return {"": self._search}

    def _search(self, question: DatedQuestion) -> list[str]:
        found = self._querying.run({"embedder": {"text": question.text}})
        return [document.meta["url"] for document in found["retriever"]["documents"]]


def _chain(pipeline: Any, **components: Any) -> Any:
    """Connect each component to the next."""
    for name, component in components.items():
        pipeline.add_component(name, component)
    for name, following in pairwise(components):
        source = f"{name}.embedding" if following == "retriever" else f"{name}.documents"
        pipeline.connect(source, following)
    return pipeline


if __name__ == "__main__":
    measuring.run(Haystack, PACKAGES)
