"""Attention, heads, and positions and tokens of transformers. Imports `base` and `core`."""
