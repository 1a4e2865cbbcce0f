"""Metrics, one small function each, and the mean of many with its confidence interval."""

import string
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1_000
SEED = 20230202


@dataclass(frozen=True)
class Estimate:
    """A mean over questions with its 95 % bootstrap interval (Efron, 1979: percentiles of resampled means)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        """Estimate the mean of one value per question.

        Raises:
            ValueError: there are no values.
        """
        if not values:
            raise ValueError("there is nothing to take the mean of")
        observed = np.asarray(values, dtype=float)
        draws = np.random.default_rng(SEED).integers(0, len(observed), (RESAMPLES, len(observed)))
        low, high = np.percentile(observed[draws].mean(axis=1), [2.5, 97.5])
        return cls(float(observed.mean()), float(low), float(high), len(observed))

    def to_json(self) -> dict[str, float]:
        """The estimate as `python -m eval --json` prints it."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
        }


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 if any of the first k results is relevant, else 0 (success@k in trec_eval).

    >>> hit(["a", "b"], {"b"}, 1), hit(["a", "b"], {"b"}, 2)
    (0.0, 1.0)
    """
    return float(any(result in relevant for result in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return one over the rank of the first relevant of k results, 0 if there is none (Voorhees, TREC-8, 1999).

    >>> reciprocal_rank(["a", "b", "c"], {"b", "c"}, 10)
    0.5
    """
    return next((1 / rank for rank, result in enumerate(ranked[:k], start=1) if result in relevant), 0.0)


def exact_match(answer: str, gold: str) -> float:
    """Return 1 if two answers are the same after `normalised`, else 0.

    >>> exact_match("“Squid Game”", "squid game")
    1.0
    """
    return float(normalised(answer) == normalised(gold))


def token_f1(answer: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall of the answer's words (Rajpurkar et al., EMNLP 2016).

    >>> token_f1("in the Buffalo Bills", "Buffalo Bills")
    0.6666666666666666
    """
    given, wanted = normalised(answer).split(), normalised(gold).split()
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not shared:
        return float(given == wanted)
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def contains(text: str, gold: str) -> float:
    """Return 1 if the gold answer's words stand in the text in their order, else 0.

    >>> contains("He plays for the Buffalo Bills.", "“Buffalo Bills”"), contains("billsbury", "bills")
    (1.0, 0.0)
    """
    return float(f" {normalised(gold)} " in f" {normalised(text)} ")


def normalised(answer: str) -> str:
    """Return an answer as RealTimeQA compares it: lower case, ASCII punctuation and curly quotes dropped."""
    dropped = dict.fromkeys(map(ord, string.punctuation + "“”‘’"))
    return " ".join(answer.lower().translate(dropped).split())
