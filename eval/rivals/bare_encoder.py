"""The encoder alone on the passages of Backfile's archive: the lower bound of an ingest's time."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.models.encoder import Encoder, TextEncoder
from eval.rivals import measuring
from eval.rivals.backfile import ARCHIVE, precision
from eval.rivals.measuring import Search
from ingest.parsing.passages import PassageBuilder
from ingest.store.embedding import EMBEDDING_BATCH


class BareEncoder:
    """Embeds texts and discards the vectors."""

    store = "none"

    def __init__(self, encoder: TextEncoder, archive: ArchiveFolder, *, precision: str) -> None:
        self.precision = precision
        self._encoder = encoder
        self._texts = _embedded(archive, PassageBuilder(encoder))

    @classmethod
    def open(cls, model: str, folder: Path) -> "BareEncoder":
        """Load the model, and the passages of the archive that Backfile made beside this folder."""
        archive = ArchiveFolder(folder.parent / "ours" / ARCHIVE)
        return cls(Encoder.open(model), archive, precision=precision())

    def ingest(self, articles: Path) -> int:
        """Encode the passages in the order and the batches of an ingest; the articles are not read."""
        for first in range(0, len(self._texts), EMBEDDING_BATCH):
            self._encoder.encode_passages(self._texts[first : first + EMBEDDING_BATCH])
        return len(self._texts)

    def searches(self) -> Mapping[str, Search]:
        """See System."""
        return {}


def _embedded(archive: ArchiveFolder, builder: PassageBuilder) -> list[str]:
    texts: list[str] = []
    with closing(Catalog.open(archive.catalog)) as catalog:
        after = 0
        while batch := catalog.passages_after(after, limit=EMBEDDING_BATCH):
            after = batch[-1][0]
            texts += [builder.embedded(article, passage) for _, article, passage in batch]
    return texts


if __name__ == "__main__":
    measuring.run(BareEncoder.open, ())
