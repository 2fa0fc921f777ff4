"""Keras's core layers: dense, embedding, dropout and noise, masking, rescaling.

Imports `base`, `activation` and `norm`.
"""
