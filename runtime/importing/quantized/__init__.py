"""Quantized ONNX models in float32."""
