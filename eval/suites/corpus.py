"""A pool: the texts of a benchmark as an archive of their own, and Backfile's search over it.

The texts are ingested as every export is, once for each state of them, and kept in the system's cache folder.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.answer import Filters, RetrievedPassage
from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.article import Article, Passage
from assistant.errors import BackfileError
from assistant.models.configured_encoder import open_encoder
from assistant.models.encoder import TextEncoder
from assistant.question.followups import Readings
from assistant.retrieval.retriever import DENSE, FUSED, LEXICAL, Fusion, Retriever
from assistant.settings import Settings
from eval.cache import cached_archive
from ingest.parsing.passages import PassageBuilder
from ingest.progress import Lines, Terminal

SEARCH_MODES = {"fused": FUSED, "lexical": LEXICAL, "dense": DENSE}
"""Of searching, by the name that a table gives them."""


@dataclass(frozen=True)
class Text:
    """A text to search."""

    id: str
    """That of the benchmark."""
    text: str
    title: str = ""
    published: str | None = None
    outlet: str | None = None

    def line(self) -> str:
        """The text as ingest reads it."""
        fields = {"title": self.title, "text": self.text, "published": self.published, "guid": _guid(self.id)}
        if self.outlet:
            fields["outlet"] = self.outlet
        return json.dumps(fields)


def article_id(text: str) -> str:
    """Return the id that the article of a text has in a pool."""
    return Article(title="", text="", source="", guid=_guid(text)).id


def _guid(text: str) -> str:
    # A number alone would be taken for that of a row.
    return f"text {text}"


class Corpus:
    """Searches an archive made for a benchmark."""

    def __init__(self, catalog: Catalog, retriever: Retriever, builder: PassageBuilder) -> None:
        """Put the parts together; `Corpus.opened` makes them."""
        self._catalog = catalog
        self._retriever = retriever
        self._builder = builder

    @classmethod
    @contextmanager
    def opened(
        cls, name: str, texts: Iterable[Text], settings: Settings, *, encoder: TextEncoder | None = None
    ) -> Iterator["Corpus"]:
        """Open the pool of some texts, made with the encoder of the settings if there is none yet.

        Raises:
            BackfileError: there are no texts, or the archive cannot be made.
        """
        model = encoder or open_encoder(settings)
        with TemporaryDirectory(prefix="backfile-") as place:
            # Always of one name: the archive's digest counts it.
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
        readings: Readings | None = None,
        filters: Filters = Filters(),
    ) -> tuple[RetrievedPassage, ...]:
        """Return the passages found, best first, as many as the retriever gives."""
        return self._retriever.retrieve(question, filters, fusion=fusion, readings=readings).passages

    def article(self, text: str) -> Article | None:
        """Return the article of a text; None if ingest set it aside."""
        return self._catalog.article(article_id(text))

    def passages(self, article: Article) -> list[Passage]:
        """Return the passages that an article was cut into."""
        return self._builder.build(article)

    def __str__(self) -> str:
        coverage = self._catalog.coverage(ingesting=False)
        return f"{coverage.articles:,} articles in {coverage.passages:,} passages"


def articles(found: Sequence[RetrievedPassage]) -> list[str]:
    """Return the articles that passages are of, best first; the copies of one follow it."""
    ids = (id for each in found for id in (each.passage.article, *(copy.article for copy in each.also)))
    return list(dict.fromkeys(ids))
