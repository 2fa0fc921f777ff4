"""Convolutions: plain, transposed, depthwise, separable. Imports `base` and `activation`."""
