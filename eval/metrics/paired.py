"""Whether two runs over the same questions differ by more than chance."""

import math
from collections.abc import Sequence


def sign_test(differences: Sequence[float]) -> float:
    """Return how likely so uneven a number of gains and losses is where both are equally likely, both sides counted.

    The exact sign test (Dixon and Mood, JASA 1946); of values that are 0 or 1 it is McNemar's test in its exact form
    (McNemar, Psychometrika 1947). Questions without a difference say nothing.

    >>> sign_test([1, 1, 1, 1, 1, 0]), sign_test([1, -1])
    (0.0625, 1.0)
    """
    gains, losses = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    count = gains + losses
    rarer = sum(math.comb(count, number) for number in range(min(gains, losses) + 1))
    return min(1.0, 2 * rarer / (1 << count))
