"""The reader: a small encoder that finds the exact words that answer a question, or that a passage has none."""
