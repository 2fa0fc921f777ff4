"""To a Python file of plain Keras: blocks as functions, loops as loops.

In: a `CheckedGraph`. Out: text. Imports `lower/keras`.
"""
