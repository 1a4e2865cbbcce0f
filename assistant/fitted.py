"""Loads fitted weights from the files that `python -m training weights` writes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import BackfileError


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Weights by name, and how they were fitted."""

    weights: Mapping[str, float]
    data: str
    """Name of the training data."""
    digest: str | None
    """Digest of that data; None if it was not recorded."""
    seed: int | None
    """None if the fit drew nothing, or it was not recorded."""
    date: str
    """Date of the fit, in ISO format."""
    measured: Mapping[str, float]
    """Metrics on held-out data, by name."""

    def save(self, path: Path) -> None:
        """Write the fit to `path`."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def load(path: Path, names: frozenset[str]) -> Fit:
    """Return the fit that `Fit.save` wrote to `path`.

    Raises:
        BackfileError: the file is missing, damaged, or has weights other than `names`.
    """
    try:
        fit = Fit(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackfileError(
            f"{path} does not hold fitted weights ({error}): restore it or run `python -m training weights`"
        ) from error
    if fit.weights.keys() != names:
        raise BackfileError(
            f"{path} has the weights {', '.join(sorted(fit.weights))}, but {', '.join(sorted(names))} are needed: "
            "run `python -m training weights`"
        )
    return fit
