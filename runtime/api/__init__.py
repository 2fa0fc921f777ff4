"""The Python API: the command line's verbs as functions and methods.

In: paths, arrays, settings. Out: `LoadedNet`, `Analysis`, `Outcome`. Imports every room but `cli`.
"""
