"""How well a reader does on what was held back: the right words where there is an answer, and telling where not."""

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.metrics import roc_auc_score

from assistant.evidence.reader.reader import Reader
from eval.metrics import best, squad_exact_match, squad_f1
from training.examples import Example
from training.groups import header


@dataclass(frozen=True)
class Validation:
    """Shares from 0 to 1."""

    answerable: int
    unanswerable: int
    em: float
    """Exact match of the best span with an accepted answer, where there is one."""
    f1: float
    auroc: float
    """Chance that an answerable question's best score is above an unanswerable one's; .5 is guessing."""


def validate(reader: Reader, examples: Sequence[Example]) -> Validation:
    """Let the reader answer each example from its own text."""
    matches: list[float] = []
    overlaps: list[float] = []
    scores: list[float] = []
    for example in examples:
        readings = reader.read(example.question, [(header(example.title), example.text)])
        top = max(readings, key=lambda reading: reading.score)
        scores.append(top.score)
        if example.answers:
            answer = example.text[slice(*top.answer)]
            accepted = [example.text[slice(*span)] for span in example.answers]
            matches.append(best(squad_exact_match, answer, accepted))
            overlaps.append(best(squad_f1, answer, accepted))
    answerable = [bool(example.answers) for example in examples]
    return Validation(
        answerable=len(matches),
        unanswerable=len(examples) - len(matches),
        em=sum(matches) / len(matches),
        f1=sum(overlaps) / len(overlaps),
        auroc=float(roc_auc_score(answerable, scores)),
    )
