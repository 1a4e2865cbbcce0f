"""A mean, or another statistic, with its confidence interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

RESAMPLES = 1_000
SEED = 20230202


@dataclass(frozen=True)
class Estimate:
    """A statistic over questions with its 95 % bootstrap interval (Efron, 1979: percentiles of resamples)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float], *, percentile: float | None = None) -> "Estimate":
        """Estimate the mean, or a percentile, of one value per question.

        Raises:
            ValueError: there are no values.
        """
        if percentile is None:
            return cls.over(partial(np.mean, axis=-1), values)
        return cls.over(partial(np.percentile, q=percentile, axis=-1), values)

    @classmethod
    def over(cls, statistic: Callable[..., Any], *columns: Sequence[float]) -> "Estimate":
        """Estimate a statistic of one or more values per question.

        The statistic gets one array per column, of shape (samples, questions), and returns one value per sample.

        Raises:
            ValueError: there are no values.
        """
        observed = [np.asarray(column, dtype=float) for column in columns]
        count = len(observed[0])
        if not count:
            raise ValueError("there is nothing to estimate: no question has a value")
        draws = np.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))
        value = statistic(*(column[np.newaxis] for column in observed))[0]
        low, high = np.percentile(statistic(*(column[draws] for column in observed)), [2.5, 97.5])
        return cls(float(value), float(low), float(high), count)

    def to_json(self) -> dict[str, float]:
        """Return the estimate as `python -m eval --json` prints it."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
        }
