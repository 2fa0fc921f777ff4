"""Training recipes: what a `train` block can say, and what it says once it is checked.

In: a `train` block and the graph of its net. Out: a `Recipe`, or findings. `objects/` is what can
be named, `read/` makes values of settings, `rules/` holds them against the net.
Imports `expand`; no backend, and no data.
"""
