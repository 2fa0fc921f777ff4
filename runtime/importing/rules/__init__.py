"""What each ONNX operator becomes."""
