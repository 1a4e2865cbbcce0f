"""Whether two runs over the same questions differ by more than chance."""

import math
from collections.abc import Sequence


def sign_test(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of the exact sign test (Dixon and Mood, JASA 1946).

    The null hypothesis is that gains and losses are equally likely. For values of 0 or 1 it equals the exact McNemar
    test (Psychometrika 1947). Questions without a difference do not count.

    >>> sign_test([1, 1, 1, 1, 1, 0]), sign_test([1, -1])
    (0.0625, 1.0)
    """
    gains, losses = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    count = gains + losses
    rarer = sum(math.comb(count, number) for number in range(min(gains, losses) + 1))
    return min(1.0, 2 * rarer / (1 << count))
