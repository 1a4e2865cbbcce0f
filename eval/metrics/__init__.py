"""Metrics, each a small function, and their means with confidence intervals."""

from eval.metrics.answers import (
    Normalise,
    best,
    contains,
    exact_match,
    normalised,
    same_date,
    squad_exact_match,
    squad_f1,
    squad_normalised,
    token_f1,
)
from eval.metrics.citations import (
    Place,
    citation_precision,
    citation_recall,
    proofs_in_order,
    sentence_supported,
)
from eval.metrics.confidence import Bin, area_under_risk_coverage, bins, calibration_error, risk_coverage
from eval.metrics.estimate import RESAMPLES, SEED, Estimate
from eval.metrics.paired import sign_test
from eval.metrics.ranking import hit, ndcg, recall, reciprocal_rank

__all__ = [
    "RESAMPLES",
    "SEED",
    "Bin",
    "Estimate",
    "Normalise",
    "Place",
    "area_under_risk_coverage",
    "best",
    "bins",
    "calibration_error",
    "citation_precision",
    "citation_recall",
    "contains",
    "exact_match",
    "hit",
    "ndcg",
    "normalised",
    "proofs_in_order",
    "recall",
    "reciprocal_rank",
    "risk_coverage",
    "same_date",
    "sentence_supported",
    "sign_test",
    "squad_exact_match",
    "squad_f1",
    "squad_normalised",
    "token_f1",
]
