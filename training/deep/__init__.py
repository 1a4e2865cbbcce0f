"""Trains the deep reader from public question-answering data and the project's own news: `python -m training deep`."""
