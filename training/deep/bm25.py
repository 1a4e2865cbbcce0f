"""Hard negatives by words alone: within seconds, where searching by meaning too would take an hour on two cores."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from training.examples import Example
from training.negatives import KEPT, PROPOSED, Negative

K1, B = 1.2, 0.75
"""Of BM25, as Robertson and Zaragoza (2009) recommend them."""

TOGETHER = 1_000
"""Questions whose scores are in memory at once."""


def mine_by_words(examples: Sequence[Example]) -> list[list[Negative]]:
    """Return for each example the texts of other examples that BM25 finds for it without its answer, best first."""
    titles = {example.text: example.title for example in examples}
    texts = list(titles)
    counter = CountVectorizer(stop_words="english", dtype=np.float32)
    weights = _weighted(counter.fit_transform(f"{titles[text]} {text}" for text in texts)).T.tocsr()
    asked = counter.transform(example.question for example in examples)
    asked.data[:] = 1
    found = []
    lowered = [text.lower() for text in texts]
    for at in range(0, len(examples), TOGETHER):
        scores = (asked[at : at + TOGETHER] @ weights).toarray()
        best = np.argpartition(-scores, min(PROPOSED, len(texts) - 1), axis=1)[:, :PROPOSED]
        for example, row, some in zip(examples[at : at + TOGETHER], scores, best, strict=True):
            ordered = some[np.argsort(-row[some], kind="stable")]
            found.append(
                [
                    (titles[texts[place]], texts[place])
                    for place in ordered
                    if texts[place] != example.text
                    and not any(answer in lowered[place] for answer in example.wordings)
                ][:KEPT]
            )
    return found


def _weighted(counts: csr_matrix) -> csr_matrix:
    """Return the BM25 weight of each word in each text, shape (texts, words)."""
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    texts = counts.shape[0]
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log1p((texts - held + 0.5) / (held + 0.5))
    rows = np.repeat(np.arange(texts), np.diff(counts.indptr))
    norm = K1 * (1 - B + B * lengths[rows] / lengths.mean())
    counts.data = rarity[counts.indices] * counts.data * (K1 + 1) / (counts.data + norm)
    return counts
