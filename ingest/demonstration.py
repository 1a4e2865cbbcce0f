"""Finds the sample: articles written for demonstration, which come with Backfile."""

from pathlib import Path

PACKAGED = Path(__file__).with_name("sample")
"""Where an installed package has the files of `sample/`; a checkout has nothing here."""

SAMPLE = PACKAGED if PACKAGED.is_dir() else Path(__file__).resolve().parents[1] / "sample"
"""Folder of the sample."""
