"""To ONNX: `compile.py` runs the passes and `lower.py`; `write.py` writes the file.

In: a `CheckedGraph` and its weights. Out: a `LoweredOnnx`, and a file of it. Imports `onnx`.
"""
