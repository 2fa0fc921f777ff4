"""Quantized ONNX models in float32.

In: an `OnnxFile`. Out: the same without integers between its layers.
"""
