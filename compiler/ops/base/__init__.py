"""What operators are made of: declaring, arguments, weights, windows, the faces of backends.

Out: `Op`, `op`, `arg`, the kinds of argument, initializers, regularizers. Imports `shapes`.
"""
