"""Which questions are trained on, and in what order: an endless stream that any number of sessions can go on with."""

import random
from collections.abc import Mapping, Sequence

SEED = 20261128

POOL = 2_000
"""Questions that are drawn, and sorted into batches of one shape, at once."""

SHARES = {
    "dev-v1.1": 0.36,
    "dev-v2.0": 0.13,
    "new_wiki_v1.0": 0.34,
    "reddit_v1.0": 0.06,
    "amazon_reviews_v1.0": 0.03,
    "oodomain_train_duorc": 0.02,
    "oodomain_val_duorc": 0.02,
    "oodomain_train_relation_extraction": 0.02,
    "oodomain_val_relation_extraction": 0.02,
    "news": 0.33,
}
"""Of each source, its share beside the others'. Wikipedia and plots of films read most like news; all unanswerable
questions made by people are in SQuAD 2.0. A third of one for news is a quarter of the pool: a pass in six pools."""


def drawn(
    sources: Mapping[str, Sequence[int]], shares: Mapping[str, float], pool: int
) -> list[tuple[str, int]]:
    """Return the source and number of each question of the `pool`th pool, counted from 0, in random order.

    `sources` has of each source the numbers of its questions. Each source is gone through again and again, every time
    in another order, so that none of its questions comes twice before all have come once. The same pool is the same
    questions always, whatever was drawn before.
    """
    total = sum(shares[source] for source in sources)
    chosen: list[tuple[str, int]] = []
    for source, numbers in sorted(sources.items()):
        count = round(POOL * shares[source] / total)
        place, end = pool * count, (pool + 1) * count
        while place < end:
            turn, index = divmod(place, len(numbers))
            order = list(numbers)
            random.Random(f"{SEED} {source} {turn}").shuffle(order)
            some = order[index : index + end - place]
            chosen += [(source, question) for question in some]
            place += len(some)
    random.Random(f"{SEED} {pool}").shuffle(chosen)
    return chosen
