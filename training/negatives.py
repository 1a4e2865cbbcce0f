"""Hard negatives: the passages that Backfile's own search finds for a question and that do not hold its answer."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence, Set
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.archive.catalog import Catalog
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder
from assistant.models.encoder import Encoder
from ingest.progress import Lines
from ingest.sources.files import ReadOptions, walk
from ingest.store.indexer import Indexer
from training.examples import Example

PROPOSED = 30
"""Passages that each way of searching proposes."""

KEPT = 10
"""Negatives kept of each question."""

RANK_OFFSET = 10
BY_WORDS, BY_MEANING = 1.0, 0.5
"""The k of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009, who took 60), and the weights of the two
rankings."""

Negative = tuple[str, str]
"""Title and text of a passage."""


def mine(examples: Sequence[Example]) -> list[list[Negative]]:
    """Return for each example the passages found for it without its answer, best first.

    The texts of all examples are put into an archive for the time being and searched by words and by meaning.
    """
    encoder = Encoder.open()
    titles = {example.title for example in examples}
    with tempfile.TemporaryDirectory() as place:
        folder = _archive(Path(place), examples, encoder)
        catalog = Catalog.open(folder.catalog)
        dense = DenseIndex(folder, catalog, encoder.dimension)
        try:
            vectors = encoder.encode_queries([example.question for example in examples])
            return [
                _without_answer(example, titles, catalog, _searched(example, vector, catalog, dense))
                for example, vector in zip(tqdm(examples, "mining"), vectors, strict=True)
            ]
        finally:
            dense.close()
            catalog.close()


def _archive(place: Path, examples: Sequence[Example], encoder: Encoder) -> ArchiveFolder:
    records = place / "texts.jsonl"
    texts = {example.text: example.title for example in examples}
    lines = (json.dumps({"title": title, "text": text}) for text, title in texts.items())
    records.write_text("\n".join(lines), encoding="utf-8")
    folder = ArchiveFolder(place / "archive")
    with Indexer.opened(folder, encoder) as indexer:
        indexer.ingest(walk([records]), ReadOptions(), Lines())
    return folder


def _searched(
    example: Example, vector: NDArray[np.float32], catalog: Catalog, dense: DenseIndex
) -> list[int]:
    """The keys of the passages found, by reciprocal rank fusion."""
    scores: dict[int, float] = defaultdict(float)
    for weight, hits in (
        (BY_WORDS, catalog.lexical(example.question, limit=PROPOSED)),
        (BY_MEANING, dense.search(vector, limit=PROPOSED)),
    ):
        for rank, (key, _) in enumerate(hits, start=1):
            scores[key] += weight / (RANK_OFFSET + rank)
    return sorted(scores, key=lambda key: -scores[key])


def _without_answer(
    example: Example, titles: Set[str], catalog: Catalog, keys: Sequence[int]
) -> list[Negative]:
    located = catalog.locate(keys)
    found = [located[key] for key in keys if key in located]
    # A title made of the text's first words is none: where positives have no title, negatives have none either.
    return [
        (passage.title if passage.title in titles else "", passage.passage.text)
        for passage in found
        if not any(answer in passage.passage.text.lower() for answer in example.wordings)
    ][:KEPT]
