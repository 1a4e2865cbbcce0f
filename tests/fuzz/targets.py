"""Fuzzing targets: one for each format and container, named after their file suffixes, and one for all of XML."""

from pathlib import Path

from ingest.formats.registry import CONTAINERS, FORMATS

ROOT = Path(__file__).parents[2]
FINDINGS = Path(__file__).with_name("findings")
"""Inputs that once failed. The file's name says what was wrong, and its suffix is the target."""

CACHE = ROOT / ".fuzz"
"""Data kept between runs, one folder for each target, beside SEEDS."""

SEEDS = CACHE / "seeds"

XML = ("wxr", "rss", "nitf", "newsml", "newsml1", "tei", "rcv1")
"""Formats that share the XML code; `xml` uses the seeds of all of them."""

_BY_TARGET = {kind.suffixes[0].removeprefix("."): kind for kind in (*CONTAINERS, *FORMATS)}

TARGETS = ("xml", *_BY_TARGET)

LONG = ("xml", "html", "warc", "zip")
"""Targets that process the most complex untrusted input."""


def seconds(target: str) -> int:
    """Return the default number of seconds for a target."""
    return 600 if target in LONG else 120


def target_of(data: bytes, suffix: str) -> str:
    """Return the target for which a file is a seed: by its content, else by its name."""
    known = (target for target, kind in _BY_TARGET.items() if kind.recognises(data, suffix))
    named = (target for target, kind in _BY_TARGET.items() if suffix in kind.suffixes)
    return next(known, None) or next(named, "txt")
