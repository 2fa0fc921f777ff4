"""Checked graph to model; the only part of the compiler that imports onnx and Keras.

In: a `CheckedGraph` and where its weights come from. Out: `LoweredOnnx`, a `keras.Model`, or Python
source. Imports `passes`, `ir` and `ops`.
"""
