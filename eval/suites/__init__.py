"""Public benchmarks: each module reads one data set from a folder, which the project never ships, and runs it."""
