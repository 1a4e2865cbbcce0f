"""Makes the reader's weights again from public question-answering data: `python -m training DATA`."""
