"""Settings to values: each key known, once, in its place, of the right type.

In: a `train` block. Out: a `Case`, the values of its phases with the places they were written.
Imports `objects`.
"""
