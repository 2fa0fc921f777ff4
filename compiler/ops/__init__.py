"""The operators: one class has an operator's arguments, rules, weights, costs and lowerings.

In: arguments and `TensorType`s. Out: an `Op`, its output types and weights; `table.py` lists all.
Rooms by family over `base`, which knows none of them. Imports `shapes`; backends are handed in.
"""
