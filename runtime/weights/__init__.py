"""Weights from files and into files.

In: a path and a checked net. Out: a `WeightSource`, each tensor read when it is needed; a file of
safetensors. Imports `files`.
"""

from .load import LoadedWeights, WeightMismatch, load_weights
from .save import save_safetensors

__all__ = ["LoadedWeights", "WeightMismatch", "load_weights", "save_safetensors"]
