"""Models that judge whether sentences support a claim.

A judge is one function. A model with a verdict of its own plugs in here.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from assistant.errors import SettingsError
from assistant.models.encoder import TextEncoder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Judge = Callable[[str, Sequence[str]], float]
"""From a claim and the sentences that may support it to how surely they do; at least 0 is support."""

LEAST_SIMILARITY = 0.45
"""Least cosine similarity of a claim to the nearest of its sentences, or to all of them together, for support.

`python -m eval support` measures it. Lower values let more swapped citations pass, higher ones flag true sentences."""


def encoder_judge(encoder: TextEncoder, least: float = LEAST_SIMILARITY) -> Judge:
    """Return a judge that compares the encoder's vectors."""

    def judge(claim: str, sentences: Sequence[str]) -> float:
        if not sentences:
            return -1.0
        together = [" ".join(sentences)] if len(sentences) > 1 else []
        vectors = encoder.encode_passages([claim, *sentences, *together])
        return float(np.max(vectors[1:] @ vectors[0])) - least

    return judge


def cross_encoder_judge(name: str) -> Judge:
    """Return a judge by a cross-encoder that sentence-transformers opens from this machine.

    With three outputs it is a model of natural language inference: entailment must have the highest. With one output,
    it must give more than even chance.

    Raises:
        SettingsError: there is no such model on this machine, or it has another number of outputs.
    """
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name, local_files_only=True)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the checker {name!r} (BACKFILE_CHECKER) is not on this machine: give the path of a cross-encoder that "
            "sentence-transformers opens, or leave the setting empty"
        ) from error
    outputs = int(model.config.num_labels)
    if outputs not in (1, 3):
        raise SettingsError(
            f"the checker {name!r} (BACKFILE_CHECKER) has {outputs} outputs: give a cross-encoder with one (supported) "
            "or three (contradiction, entailment, neutral)"
        )
    entailment = _entailment(model) if outputs == 3 else 0

    def judge(claim: str, sentences: Sequence[str]) -> float:
        if not sentences:
            return -1.0
        logits = np.asarray(
            model.predict([(" ".join(sentences), claim)], activation_fn=_as_they_are), np.float32
        )
        scores = logits.reshape(-1)
        if outputs == 1:
            return float(scores[0])
        return float(scores[entailment] - np.delete(scores, entailment).max())

    return judge


def _as_they_are(logits: object) -> object:
    return logits


def _entailment(model: "CrossEncoder") -> int:
    """Return the number of the output for entailment; by default 1, as in sentence-transformers' cross-encoders."""
    known = model.config.label2id if model.config else None
    labels = {str(name).lower(): int(n) for name, n in (known or {}).items()}
    return next((n for name, n in labels.items() if name.startswith("entail")), 1)
