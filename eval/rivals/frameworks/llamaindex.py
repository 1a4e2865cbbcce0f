"""LlamaIndex with Chroma, after "Starter Tutorial (Using Local LLMs)" and "Storing" of its documentation.

By default it splits into 1,024 tokens and prepends the document's metadata to each piece.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.rivals import measuring
from eval.rivals.measuring import PASSAGES, DatedQuestion, Search

PACKAGES = (
    "llama-index-core",
    "llama-index-embeddings-huggingface",
    "llama-index-vector-stores-chroma",
    "chromadb",
    "sentence-transformers",
    "torch",
    "transformers",
)


class LlamaIndex:
    """A VectorStoreIndex over Chroma with the default SentenceSplitter."""

    store = "Chroma"

    def __init__(self, model: str, folder: Path) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._embedding = HuggingFaceEmbedding(model_name=model)
        self.precision = str(self._embedding._model.dtype).removeprefix("torch.")
        self._folder = folder
        self._retriever: Any = None

    def ingest(self, articles: Path) -> int:
        """See System."""
        import chromadb
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.vector_stores.chroma import ChromaVectorStore

        documents = [
            Document(
                text=f"{row['title']}\n\n{row['text']}",
                metadata={"title": row["title"], "url": row["url"], "published": row["published"]},
            )
            for row in measuring.rows(articles)
        ]
        client = chromadb.PersistentClient(path=str(self._folder))
        collection = client.get_or_create_collection("articles")
        index = VectorStoreIndex.from_documents(
            documents,
            storage_context=StorageContext.from_defaults(
                vector_store=ChromaVectorStore(chroma_collection=collection)
            ),
            embed_model=self._embedding,
        )
        self._retriever = index.as_retriever(similarity_top_k=PASSAGES)
        return int(collection.count())

    def searches(self) -> Mapping[str, Search]:
        """See System."""
        return {"": self._search}

    def _search(self, question: DatedQuestion) -> list[str]:
        return [found.node.metadata["url"] for found in self._retriever.retrieve(question.text)]


if __name__ == "__main__":
    measuring.run(LlamaIndex, PACKAGES)
