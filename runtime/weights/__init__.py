"""Weights from files and into files.

In: a path and a checked net. Out: a `WeightSource`, each tensor read when it is needed; a file of
safetensors. Imports `files`.
"""

from .arrays import kept_metadata
from .load import LoadedWeights, WeightMismatch, load_weights
from .save import save_safetensors

__all__ = ["LoadedWeights", "WeightMismatch", "kept_metadata", "load_weights", "save_safetensors"]
