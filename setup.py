"""Adds two folders to the wheel that are outside the packages which use them; pyproject.toml has all the rest."""

from setuptools import find_packages, setup

# `ingest/demonstration.py` and `backfile/serve.py` look for them under both names.
MOVED = {"ingest.sample": "sample", "backfile.config": ".streamlit"}
ROOMS = ["assistant*", "ingest*", "eval*", "training*", "backfile*"]

setup(packages=[*find_packages(include=ROOMS), *MOVED], package_dir=MOVED)
