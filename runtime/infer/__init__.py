"""Models that run: onnxruntime, Keras and ONNX's own evaluator, and what goes in and comes out.

In: a model and files or arrays. Out: arrays, classes with scores, differences. Imports `files`.
"""
