"""The command `python -m eval.rivals`: Backfile beside other frameworks' tutorial pipelines, on the same data."""
