"""Public benchmarks: each module reads one set from a folder of data, which is never shipped, and runs it."""
