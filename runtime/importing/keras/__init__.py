"""Keras's own files: `.keras`, and `.h5` that holds a configuration.

In: a path. Out: the model as steps of netc's words, and a runner of the original for the proof.
The configuration is read as data. Keras sees only classes that are its own, at the proof.
"""
