"""Sums, means and extremes over axes. Imports `base`."""
