"""Running a net: everything but the contents of its tensors is known.

In: a `Module` and one of its nets. Out: its `Graph`. Types are inferred here, layer by layer, since
`if C != 4 * width` decides which layers there are and needs the shape that arrives.
Imports `shapes`, `ops`, `ir` and `link`.
"""
