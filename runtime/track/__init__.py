"""Runs as trackers of others keep them: MLflow, Weights & Biases.

In: a run's folder, its recipe, what its watch is told. Out: a run in a store that the tracker's own
client writes. Imports `train` and `runs`; each client is imported where it is asked for.
"""
