"""Evaluation: measures retrieval and answers on public benchmarks and on archives of your own."""
