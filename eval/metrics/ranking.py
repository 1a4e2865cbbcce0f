"""Ranking metrics: the first k results of a search against the set of relevant ones.

Relevance is binary. A result is any name: an article, a passage, a family, a proof.
"""

import math
from collections.abc import Collection, Sequence


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 if any of the first k results is relevant, else 0 (success@k in trec_eval).

    >>> hit(["a", "b"], {"b"}, 1), hit(["a", "b"], {"b"}, 2)
    (0.0, 1.0)
    """
    return float(any(result in relevant for result in ranked[:k]))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of relevant results among the first k (recall@k in trec_eval).

    >>> recall(["a", "b", "c"], {"b", "d"}, 2)
    0.5

    Raises:
        ValueError: nothing is relevant.
    """
    if not relevant:
        raise ValueError("nothing is relevant: recall has no value")
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant))


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return one over the rank of the first relevant result among k, 0 if none (Voorhees, TREC-8, 1999).

    Its mean over questions is MRR.

    >>> reciprocal_rank(["a", "b", "c"], {"b", "c"}, 10)
    0.5
    """
    return next((1 / rank for rank, result in enumerate(ranked[:k], start=1) if result in relevant), 0.0)


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the gain of the first k results as a share of the best order's (Järvelin and Kekäläinen, TOIS 2002).

    A relevant result at rank r gains 1 / log2(r + 1), as in trec_eval's ndcg_cut.

    >>> ndcg(["a", "x"], {"a"}, 10), round(ndcg(["x", "a"], {"a"}, 10), 4)
    (1.0, 0.6309)

    Raises:
        ValueError: nothing is relevant.
    """
    if not relevant:
        raise ValueError("nothing is relevant: nDCG has no value")
    gained = sum(
        1 / math.log2(rank + 1) for rank, result in enumerate(ranked[:k], start=1) if result in relevant
    )
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(set(relevant))) + 1))
