"""The command `python -m eval.bench`: Backfile beside pipelines out of other frameworks' tutorials, on one archive."""
