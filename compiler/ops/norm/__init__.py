"""Normalizations. Imports `base`, `activation` and `reduce`."""
