"""What an archive remembers of how it was made, so that it is never read or extended with anything else."""

import base64

import numpy as np

from assistant.archive.catalog import Catalog
from assistant.errors import ArchiveMismatch
from assistant.models.encoder import PassageEncoder

PROBE = "The council voted on Tuesday to rebuild the sea wall before the winter storms."
"""A text whose vector is kept: two models may share a name, but not what they make of a sentence."""

SAME_MODEL = 0.99
"""Cosine of two vectors of the probe. One model gives .9999 and more across processors and precisions (.993 when
quantised to 8 bits); another model of the same size gives less than .3."""


def check_name(catalog: Catalog, encoder: PassageEncoder) -> None:
    """Raise ArchiveMismatch if the archive was made with an encoder of another name; loads no model."""
    name = catalog.property("encoder")
    if name is not None and name != encoder.name:
        raise ArchiveMismatch(
            f"the archive was made with the encoder {name}, not {encoder.name}: set BACKFILE_ENCODER to the "
            "former, or run `python -m ingest --reembed` to make its passages and vectors anew"
        )


def check_prefix(catalog: Catalog, encoder: PassageEncoder) -> None:
    """Raise ArchiveMismatch if the archive's passages were embedded with another prefix before them.

    An archive made before there were prefixes has none. Questions may have any.
    """
    kept = catalog.property("passage_prefix") or ""
    if catalog.property("encoder") is not None and kept != encoder.passage_prefix:
        remedy = "set BACKFILE_PASSAGE_PREFIX to the former" if kept else "set no BACKFILE_PASSAGE_PREFIX"
        raise ArchiveMismatch(
            f"the archive's passages were embedded with {kept!r} before each, not {encoder.passage_prefix!r}: "
            f"{remedy}, or run `python -m ingest --reembed` to make its passages and vectors anew"
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
            f"the archive was made with another model than the one now at {encoder.name}: put the former back, "
            "or run `python -m ingest --reembed` to make its passages and vectors anew"
        )


def check_builder(catalog: Catalog, version: str) -> None:
    """Raise ArchiveMismatch if the archive's passages were cut by another passage builder."""
    kept = catalog.property("passage_builder")
    if kept is not None and kept != version:
        raise ArchiveMismatch(
            f"the archive's passages were cut by passage builder {kept}, this is {version}: run "
            "`python -m ingest --reembed` to make its passages and vectors anew"
        )


def properties(encoder: PassageEncoder, builder: str) -> dict[str, str]:
    """Return what an archive remembers of the encoder and passage builder that it is made with."""
    probe = encoder.encode_passages([PROBE])[0].astype("<f4").tobytes()
    return {
        "encoder": encoder.name,
        "passage_prefix": encoder.passage_prefix,
        "probe": base64.b64encode(probe).decode(),
        "passage_builder": builder,
    }
