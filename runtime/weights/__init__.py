"""Weights from files and into files."""

from .load import LoadedWeights, WeightMismatch, load_weights
from .save import save_safetensors

__all__ = ["LoadedWeights", "WeightMismatch", "load_weights", "save_safetensors"]
