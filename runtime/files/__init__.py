"""Files in and out: written whole or not at all; arrays and pictures read safely.

In: paths. Out: arrays, or a `UserError` that names the file. Imports `errors`.
"""
