"""To ONNX: `compile.py` runs the passes and `lower.py`; `write.py` writes the file."""
