"""Syntax to checked graph to lowered model; `check.py` is the road.

In: paths, or texts that stand for them. Out: an `Analysis`: findings, checked nets, recipes; models
of these. Which room imports which is in `docs/architecture.md`, under "The folders". Imports `dsl`;
onnx and Keras in `lower` alone.
"""
