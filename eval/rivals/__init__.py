"""The command `python -m eval.rivals`: Backfile beside pipelines out of other frameworks' tutorials, on one archive."""
