"""Compares the passages in an archive's stores, without writing anything."""

from dataclasses import dataclass, field

from assistant.archive.catalog import Catalog
from assistant.archive.chroma import COLLECTION_PROPERTY, VectorStore, chroma_place
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article, gaps
from assistant.text.counting import counted
from ingest.store.removal import PURGE_DUE


@dataclass
class Check:
    """The number of rows in each store, and the differences found."""

    articles: int = 0
    passages: int = 0
    vectors: int = 0
    chroma: int = 0
    differences: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """Return the result as `python -m ingest --check --json` prints it."""
        return dict(vars(self))


def check(folder: ArchiveFolder) -> Check:
    """Count and compare articles, passages, vectors and the names in Chroma.

    Raises:
        ArchiveError: the folder contains no archive, or its Chroma cannot be opened.
    """
    folder.require()
    found = Check()
    catalog = Catalog.open(folder.catalog)
    try:
        for article, passages in catalog.articles_with_spans():
            found.articles += 1
            found.passages += len(passages)
            found.differences += _misplaced(article, passages)
        found.vectors, _ = catalog.vector_state()
        if waiting := catalog.without_vector():
            found.differences.append(
                f"{counted(waiting, 'passage')} without a vector: run the ingest again, it continues"
            )
        if catalog.property(PURGE_DUE):
            found.differences.append(
                "a removal was interrupted: run it again, or run any ingest, to complete it"
            )
        with folder.excluding_writers() as quiet:
            if quiet:
                _compare_chroma(folder, catalog, found)
            else:
                found.differences.append("an ingest is running: Chroma was not compared")
    finally:
        catalog.close()
    return found


def _compare_chroma(folder: ArchiveFolder, catalog: Catalog, found: Check) -> None:
    """Compare the names in Chroma and the catalog; the caller makes sure that no ingest changes either."""
    names: set[str] = set()
    for keys, _ in catalog.stored_vectors():
        names.update(catalog.names(keys.tolist()))
    held: set[str] = set()
    place = chroma_place(folder, catalog.property(COLLECTION_PROPERTY))
    if place is not None and VectorStore.exists(place):
        store = VectorStore(place)
        try:
            held = store.names()
        finally:
            store.close()
    found.chroma = len(held)
    remedy = "run `python -m ingest --rebuild`"
    if missing := len(names - held):
        found.differences.append(f"{counted(missing, 'vector')} missing in Chroma: {remedy}")
    if unknown := len(held - names):
        found.differences.append(f"{counted(unknown, 'vector')} in Chroma without a passage: {remedy}")


def _misplaced(article: Article, passages: list[tuple[int, int]]) -> list[str]:
    """Describe the passages that reach beyond their article's text, overlap, or contain furniture."""
    free = gaps(list(article.furniture), len(article.text))
    wrong, before = [], 0
    for start, end in passages:
        inside = any(low <= start and end <= high for low, high in free)
        if not (before <= start < end and inside):
            wrong.append(
                f"passage {start}–{end} of article {article.id} does not fit its text: "
                "run `python -m ingest --reembed`"
            )
        before = end
    return wrong
