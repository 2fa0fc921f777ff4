"""Models of other tools become `.net` text: an ONNX file in, text with its weights and a proof out.

In: a path. Out: `ImportedNet`. Imports `infer` and `files`.
"""
