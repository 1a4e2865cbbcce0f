"""Whether confidences can be trusted: calibration, and the gain from answering only when confident."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of similar confidence."""

    n: int
    confidence: float
    """Their mean confidence."""
    right: float
    """The share of them that is right."""


def bins(confidences: Sequence[float], right: Sequence[float]) -> list[Bin]:
    """Return the data of a reliability diagram: answers in ten ranges of confidence from 0 to 1, empty ranges left
    out.

    >>> bins([0.12, 0.18, 0.9], [0, 1, 1])
    [Bin(n=2, confidence=0.15, right=0.5), Bin(n=1, confidence=0.9, right=1.0)]
    """
    confidence, correct = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    ranges = _bin(confidence)
    return [
        Bin(int(inside.sum()), float(confidence[inside].mean()), float(correct[inside].mean()))
        for inside in (ranges == number for number in range(BINS))
        if inside.any()
    ]


def calibration_error(
    confidences: Sequence[float] | NDArray[np.float64], right: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the expected calibration error: the mean distance of confidence and share right over ten ranges.

    Ranges are weighted by their number of answers (Naeini et al., AAAI 2015; Guo et al., ICML 2017). Arrays may have
    more dimensions; the last one counts answers.

    >>> round(float(calibration_error([0.12, 0.18, 0.9], [0, 1, 1])), 3)
    0.267
    """
    confidence, correct = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    ranges = _bin(confidence)
    gaps = [
        np.abs(np.where(ranges == number, correct - confidence, 0).sum(axis=-1)) for number in range(BINS)
    ]
    return np.asarray(np.sum(gaps, axis=0) / confidence.shape[-1])


def risk_coverage(confidences: Sequence[float], right: Sequence[float]) -> list[tuple[float, float]]:
    """Return the share wrong (risk) if only the most confident share (coverage) is answered, for every coverage.

    After El-Yaniv and Wiener, JMLR 2010. Among equally confident answers, wrong ones come first.

    >>> risk_coverage([0.9, 0.5, 0.7, 0.6], [1, 1, 0, 1])
    [(0.25, 0.0), (0.5, 0.5), (0.75, 0.3333333333333333), (1.0, 0.25)]
    """
    risks = _risks(np.asarray(confidences, dtype=float), np.asarray(right, dtype=float))
    return [(rank / len(risks), float(risk)) for rank, risk in enumerate(risks, start=1)]


def area_under_risk_coverage(
    confidences: Sequence[float] | NDArray[np.float64], right: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean risk over all coverages, AURC; lower is better (Geifman et al., ICLR 2019).

    Arrays may have more dimensions; the last one counts answers.

    >>> round(float(area_under_risk_coverage([0.9, 0.5, 0.7, 0.6], [1, 1, 0, 1])), 4)
    0.2708
    """
    return np.asarray(
        _risks(np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)).mean(axis=-1)
    )


def _bin(confidences: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.clip(np.floor(confidences * BINS).astype(np.int64), 0, BINS - 1)


def _risks(confidences: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.lexsort((right, -confidences), axis=-1)
    wrong = 1 - np.take_along_axis(right, order, axis=-1)
    risks: NDArray[np.float64] = np.cumsum(wrong, axis=-1) / np.arange(1, confidences.shape[-1] + 1)
    return risks
