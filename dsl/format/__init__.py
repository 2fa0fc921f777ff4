"""Syntax to text, in the one formatting.

In: an `ast.File`. Out: its text, comments kept. Imports `text` and `syntax`.
"""
