"""A benchmark's texts as its own archive, and Backfile's search over it.

The texts are ingested like any export, once for each version of them, and kept in the system's cache folder.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.article import Article, Passage
from assistant.errors import BackfileError
from assistant.models.configured_encoder import open_encoder
from assistant.models.encoder import TextEncoder
from assistant.query import Filters, RetrievedPassage
from assistant.question.followups import Wordings
from assistant.retrieval.retriever import DENSE, FUSED, LEXICAL, Fusion, Retriever
from assistant.settings import Settings
from eval.cache import cached_archive
from ingest.parsing.passages import PassageBuilder
from ingest.progress import Lines, Terminal

SEARCH_MODES = {"fused": FUSED, "lexical": LEXICAL, "dense": DENSE}
"""Search modes, by the name that tables give them."""


@dataclass(frozen=True)
class CorpusText:
    """A text to search."""

    id: str
    """Its id in the benchmark."""
    text: str
    title: str = ""
    published: str | None = None
    outlet: str | None = None

    def line(self) -> str:
        """Return the text as a line that ingest reads."""
        fields = {"title": self.title, "text": self.text, "published": self.published, "guid": _guid(self.id)}
        if self.outlet:
            fields["outlet"] = self.outlet
        return json.dumps(fields)


def article_id(text: str) -> str:
    """Return the id of a text's article in the archive."""
    return Article(title="", text="", source="", guid=_guid(text)).id


def _guid(text: str) -> str:
    # A number alone would be taken for a row number.
    return f"text {text}"


class Corpus:
    """Searches an archive made for a benchmark."""

    def __init__(self, catalog: Catalog, retriever: Retriever, builder: PassageBuilder) -> None:
        """Use ready components; `Corpus.opened` creates them."""
        self._catalog = catalog
        self._retriever = retriever
        self._builder = builder

    @classmethod
    @contextmanager
    def opened(
        cls, name: str, texts: Iterable[CorpusText], settings: Settings, *, encoder: TextEncoder | None = None
    ) -> Iterator["Corpus"]:
        """Open the archive of some texts; make it with the settings' encoder if the cache lacks it.

        Raises:
            BackfileError: there are no texts, or the archive cannot be made.
        """
        model = encoder or open_encoder(settings)
        with TemporaryDirectory(prefix="backfile-") as place:
            # The file name is part of the archive's digest, so it must not vary.
            source = Path(place) / f"{name}.jsonl"
            with source.open("w", encoding="utf-8") as file:
                count = sum(bool(file.write(text.line() + "\n")) for text in texts)
            if not count:
                raise BackfileError(f"there is no text to search in the data of {name}: get it again")
            folder, _ = cached_archive(
                name,
                source,
                settings,
                encoder=model,
                progress=Terminal() if sys.stderr.isatty() else Lines(),
            )
        with (
            closing(Catalog.open(folder.catalog)) as catalog,
            closing(DenseIndex(folder, catalog, model.dimension)) as dense,
        ):
            yield cls(catalog, Retriever(catalog, dense, model), PassageBuilder(model))

    def search(
        self,
        question: str,
        fusion: Fusion = FUSED,
        wordings: Wordings | None = None,
        filters: Filters = Filters(),
    ) -> tuple[RetrievedPassage, ...]:
        """Return the passages found, best first, as many as the retriever returns."""
        return self._retriever.retrieve(question, filters, fusion=fusion, wordings=wordings).passages

    def article(self, text: str) -> Article | None:
        """Return the article of a text; None if ingest rejected it."""
        return self._catalog.article(article_id(text))

    def passages(self, article: Article) -> list[Passage]:
        """Return the passages that an article was split into."""
        return self._builder.build(article)

    def __str__(self) -> str:
        coverage = self._catalog.coverage(ingesting=False)
        return f"{coverage.articles:,} articles in {coverage.passages:,} passages"


def articles(found: Sequence[RetrievedPassage]) -> list[str]:
    """Return the articles of some passages, best first, each followed by its copies."""
    ids = (
        id for each in found for id in (each.passage.article, *(copy.article for copy in each.source.also))
    )
    return list(dict.fromkeys(ids))
