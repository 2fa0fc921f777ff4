"""Files and their names, before any tensor is known.

In: paths. Out: `Project` and its `Module`s; findings on names, cycles and what is unused.
Imports `ops`, for the names that layers have.
"""
