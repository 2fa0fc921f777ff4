"""Syntax to checked graph to lowered model; `check.py` is the road.

Rooms, each importing only those before it: `shapes`, `ops`, `ir`, `link`, `expand`, `cost`,
`passes`, `recipe`, `lower`, `reference`. Imports `dsl`; onnx and Keras in `lower` alone.
"""
