"""Targets: one for each format and container, named as their files end, and one for all of XML."""

from pathlib import Path

from ingest.formats.registry import CONTAINERS, FORMATS

ROOT = Path(__file__).parents[2]
FINDINGS = Path(__file__).with_name("findings")
"""What was found once, and is mended; a file's name says what it is, and ends as its target."""

CACHE = ROOT / ".fuzz"
"""What is kept from run to run, a folder for each target, beside SEEDS."""

SEEDS = CACHE / "seeds"

XML = ("wxr", "rss", "nitf", "newsml")
"""Formats that share all of their machinery; `xml` is given the seeds of all of them."""

_BY_TARGET = {kind.suffixes[0].removeprefix("."): kind for kind in (*CONTAINERS, *FORMATS)}

TARGETS = ("xml", *_BY_TARGET)

LONG = ("xml", "html", "warc", "zip")
"""The widest open to what strangers make up."""


def seconds(target: str) -> int:
    """How long a target is run where nothing else is said."""
    return 600 if target in LONG else 120


def target_of(data: bytes, suffix: str) -> str:
    """The target that a file is a seed of: by what it holds, else by its name."""
    known = (target for target, kind in _BY_TARGET.items() if kind.recognises(data, suffix))
    named = (target for target, kind in _BY_TARGET.items() if suffix in kind.suffixes)
    return next(known, None) or next(named, "txt")
