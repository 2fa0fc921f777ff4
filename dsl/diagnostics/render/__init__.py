"""How diagnostics are shown: one renderer a file.

In: `Diagnostic`s. Out: text, JSON, or what a service reads.
"""
