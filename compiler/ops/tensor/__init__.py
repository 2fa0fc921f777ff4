"""Tensors put together, taken apart, compared, indexed and cast; ONNX operators by name.

Imports `base`, `activation`, `reduce` and `core`.
"""
