"""Graph to graph: one transform a file, run in the order of `pipeline`."""
