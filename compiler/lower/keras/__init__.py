"""To a functional `keras.Model` of stock layers.

In: a `CheckedGraph` and its weights. Out: the model. Imports `keras`.
"""
