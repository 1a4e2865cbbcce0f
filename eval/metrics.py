"""Metrics, one small function each, and the mean of many with its confidence interval."""

import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

RESAMPLES = 1_000
SEED = 20230202


@dataclass(frozen=True)
class Estimate:
    """A mean or percentile over questions with its 95 % bootstrap interval (Efron, 1979: percentiles of resamples)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float], *, percentile: float | None = None) -> "Estimate":
        """Estimate the mean of one value per question, or a percentile of the values.

        Raises:
            ValueError: there are no values.
        """
        if not values:
            raise ValueError("there is nothing to take the mean of")
        observed = np.asarray(values, dtype=float)
        draws = np.random.default_rng(SEED).integers(0, len(observed), (RESAMPLES, len(observed)))
        if percentile is None:
            value, resampled = observed.mean(), observed[draws].mean(axis=1)
        else:
            value, resampled = (
                np.percentile(observed, percentile),
                np.percentile(observed[draws], percentile, axis=1),
            )
        low, high = np.percentile(resampled, [2.5, 97.5])
        return cls(float(value), float(low), float(high), len(observed))

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


class Place(NamedTuple):
    """A span of an article version: what is cited, and what should be."""

    article: str
    version: int
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        """Whether the two share a character.

        >>> Place("a", 1, 0, 9).overlaps(Place("a", 1, 8, 20)), Place("a", 1, 0, 9).overlaps(Place("a", 1, 9, 20))
        (True, False)
        """
        same = (self.article, self.version) == (other.article, other.version)
        return same and self.start < other.end and other.start < self.end


def citation_precision(cited: Sequence[Place], proofs: Sequence[Sequence[Place]]) -> float:
    """Return the share of citations that overlap a place of a proof (after Gao et al., EMNLP 2023).

    ALCE, where it is from, lets a model judge whether a citation supports; here the spans are known.

    >>> proof = [Place("a", 1, 0, 50), Place("b", 1, 0, 50)]
    >>> citation_precision([Place("b", 1, 40, 60), Place("c", 1, 0, 9)], [proof])
    0.5

    Raises:
        ValueError: nothing is cited.
    """
    if not cited:
        raise ValueError("nothing is cited: precision has no value")
    places = [place for proof in proofs for place in proof]
    return sum(any(each.overlaps(place) for place in places) for each in cited) / len(cited)


def citation_recall(cited: Sequence[Place], proofs: Sequence[Sequence[Place]]) -> float:
    """Return the share of proofs of which a place is overlapped by a citation (after Gao et al., EMNLP 2023).

    >>> proofs = [[Place("a", 1, 0, 50), Place("b", 1, 0, 50)], [Place("c", 1, 0, 50)]]
    >>> citation_recall([Place("b", 1, 40, 60)], proofs)
    0.5

    Raises:
        ValueError: there are no proofs.
    """
    if not proofs:
        raise ValueError("there are no proofs: recall has no value")
    return sum(any(each.overlaps(place) for each in cited for place in proof) for proof in proofs) / len(
        proofs
    )


def normalised(answer: str) -> str:
    """Return an answer as RealTimeQA compares it: lower case, ASCII punctuation and curly quotes dropped."""
    dropped = dict.fromkeys(map(ord, string.punctuation + "“”‘’"))
    return " ".join(answer.lower().translate(dropped).split())


def squad_normalised(answer: str) -> str:
    """Return an answer as SQuAD compares it: lower case, without punctuation and articles (Rajpurkar et al., 2016).

    Curly quotes count as punctuation here, as in every article.

    >>> squad_normalised("The “Agnes and Mary”, a lifeboat."), squad_normalised("2.4 million")
    ('agnes and mary lifeboat', '24 million')
    """
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", normalised(answer)).split())


Normalise = Callable[[str], str]


def exact_match(answer: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return 1 if two answers are the same once normalised, else 0.

    >>> exact_match("“Squid Game”", "squid game")
    1.0
    """
    return float(normalise(answer) == normalise(gold))


def token_f1(answer: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return the harmonic mean of precision and recall of the answer's words (Rajpurkar et al., EMNLP 2016).

    >>> token_f1("in the Buffalo Bills", "Buffalo Bills")
    0.6666666666666666
    """
    given, wanted = normalise(answer).split(), normalise(gold).split()
    shared = sum((Counter(given) & Counter(wanted)).values())
    if not shared:
        return float(given == wanted)
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def squad_exact_match(answer: str, gold: str) -> float:
    """Return `exact_match` as SQuAD's own script has it (Rajpurkar et al., EMNLP 2016)."""
    return exact_match(answer, gold, squad_normalised)


def squad_f1(answer: str, gold: str) -> float:
    """Return `token_f1` as SQuAD's own script has it (Rajpurkar et al., EMNLP 2016)."""
    return token_f1(answer, gold, squad_normalised)


def contains(text: str, gold: str, normalise: Normalise = normalised) -> float:
    """Return 1 if the gold answer's words stand in the text in their order, else 0.

    >>> contains("He plays for the Buffalo Bills.", "“Buffalo Bills”"), contains("billsbury", "bills")
    (1.0, 0.0)
    """
    return float(f" {normalise(gold)} " in f" {normalise(text)} ")


def best(metric: Callable[[str, str], float], answer: str, golds: Sequence[str]) -> float:
    """Return an answer's score against the accepted answer that it is nearest to (Rajpurkar et al., EMNLP 2016).

    >>> best(exact_match, "45", ["Forty-five", "45"])
    1.0

    Raises:
        ValueError: no answer is accepted.
    """
    if not golds:
        raise ValueError("no answer is accepted: there is nothing to compare with")
    return max(metric(answer, gold) for gold in golds)
