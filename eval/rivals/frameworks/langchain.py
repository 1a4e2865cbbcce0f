"""LangChain with Chroma, after "Build a semantic search engine" and "Build a RAG agent" of its documentation.

The package langchain-huggingface needs huggingface-hub below 2 and cannot be installed beside the others. This module
does what it does with the model: call `encode` with defaults.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from eval.rivals import measuring
from eval.rivals.measuring import PASSAGES, DatedQuestion, Search

PACKAGES = (
    "langchain-core",
    "langchain-chroma",
    "langchain-text-splitters",
    "chromadb",
    "sentence-transformers",
    "torch",
    "transformers",
)


class MiniLM(Embeddings):
    """A sentence-transformers model behind LangChain's interface."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(model)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        rows: list[list[float]] = self.model.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        return self.embed_documents([text])[0]


class LangChain:
    """Pieces of 1,000 characters with an overlap of 200, in Chroma."""

    store = "Chroma"

    def __init__(self, model: str, folder: Path) -> None:
        self._embeddings = MiniLM(model)
        self.precision = str(self._embeddings.model.dtype).removeprefix("torch.")
        self._folder = folder
        self._chroma: Any = None

    def ingest(self, articles: Path) -> int:
        """See System."""
        from langchain_chroma import Chroma
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [
            Document(
                page_content=f"{row['title']}\n\n{row['text']}",
                metadata={"title": row["title"], "url": row["url"], "published": row["published"]},
            )
            for row in measuring.rows(articles)
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        splits = splitter.split_documents(documents)
        # add_documents would refuse more documents than Chroma accepts in one call.
        self._chroma = Chroma.from_documents(
            splits, embedding=self._embeddings, persist_directory=str(self._folder)
        )
        return len(splits)

    def searches(self) -> Mapping[str, Search]:
        """See System."""
        return {"": self._search}

    def _search(self, question: DatedQuestion) -> list[str]:
        found = self._chroma.similarity_search(question.text, k=PASSAGES)
        return [document.metadata["url"] for document in found]


if __name__ == "__main__":
    measuring.run(LangChain, PACKAGES)
