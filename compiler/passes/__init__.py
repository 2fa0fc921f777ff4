"""Graph to graph: one transform a file, run in the order of `order.py`.

In and out: a `CheckedGraph` that computes the same. Imports `ops` and `ir`.
"""
