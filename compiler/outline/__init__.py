"""A net as a person sees it.

In: a checked graph. Out: an `Outline` of boxes in boxes. Imports `cost`, `ir`, `ops` and `shapes`.
"""
