"""Checks that an archive is used with the encoder and the passage builder that it was made with."""

import base64

import numpy as np

from assistant.archive.catalog import Catalog
from assistant.errors import ArchiveMismatch
from assistant.models.encoder import PassageEncoder

PROBE = "The council voted on Tuesday to rebuild the sea wall before the winter storms."
"""A text whose vector the archive stores. Two models of one name give it different vectors."""

SAME_MODEL = 0.99
"""Least cosine of two vectors of the probe by one model. One model gives at least .9999 across processors and
precisions, and .993 when quantised to 8 bits. Another model of the same size gives less than .3."""


def check_name(catalog: Catalog, encoder: PassageEncoder) -> None:
    """Raise ArchiveMismatch if the archive was made with an encoder of another name. Loads no model."""
    name = catalog.property("encoder")
    if name is not None and name != encoder.name:
        raise ArchiveMismatch(
            f"the archive was made with the encoder {name}, not {encoder.name}: set BACKFILE_ENCODER to {name}, or run "
            "`python -m ingest --reembed` to make the archive's passages and vectors again"
        )


def check_prefix(catalog: Catalog, encoder: PassageEncoder) -> None:
    """Raise ArchiveMismatch if the archive's passages were embedded with another prefix.

    An archive made before there were prefixes has none. The prefix of questions may change.
    """
    kept = catalog.property("passage_prefix") or ""
    if catalog.property("encoder") is not None and kept != encoder.passage_prefix:
        remedy = f"set BACKFILE_PASSAGE_PREFIX to {kept!r}" if kept else "unset BACKFILE_PASSAGE_PREFIX"
        raise ArchiveMismatch(
            f"the archive's passages were embedded with the prefix {kept!r}, not {encoder.passage_prefix!r}: {remedy}, "
            "or run `python -m ingest --reembed` to make the archive's passages and vectors again"
        )


def check_encoder(catalog: Catalog, encoder: PassageEncoder) -> None:
    """Raise ArchiveMismatch if the encoder is not the one that the archive was made with."""
    check_name(catalog, encoder)
    check_prefix(catalog, encoder)
    kept = catalog.property("probe")
    if kept is None:
        return
    probe = np.frombuffer(base64.b64decode(kept), dtype="<f4")
    found = encoder.encode_passages([PROBE])[0]
    if probe.shape != found.shape or float(probe @ found) < SAME_MODEL:
        raise ArchiveMismatch(
            f"the archive was made with another model than the one that is now called {encoder.name}: put the original "
            "model back, or run `python -m ingest --reembed` to make the archive's passages and vectors again"
        )


def check_builder(catalog: Catalog, version: str) -> None:
    """Raise ArchiveMismatch if the archive's passages were cut by another passage builder."""
    kept = catalog.property("passage_builder")
    if kept is not None and kept != version:
        raise ArchiveMismatch(
            f"the archive's passages were cut by passage builder {kept}, but this is version {version}: run "
            "`python -m ingest --reembed` to make the archive's passages and vectors again"
        )


def properties(encoder: PassageEncoder, builder: str) -> dict[str, str]:
    """Return the properties by which an archive remembers its encoder and passage builder."""
    probe = encoder.encode_passages([PROBE])[0].astype("<f4").tobytes()
    return {
        "encoder": encoder.name,
        "passage_prefix": encoder.passage_prefix,
        "probe": base64.b64encode(probe).decode(),
        "passage_builder": builder,
    }
