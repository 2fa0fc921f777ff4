"""Checked graph to ONNX or Keras; the only part of the compiler that imports them."""
