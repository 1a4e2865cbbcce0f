"""Evaluation: how good retrieval and answers are, on public benchmarks and one's own archive."""
