"""The graph, and what is asked of it.

In: nodes one at a time. Out: `Graph`, `CheckedGraph`; the types, masks and paths of nodes; how what
goes in is prepared.
Imports `shapes` and `ops`.
"""
