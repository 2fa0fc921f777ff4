"""Where text stands.

In: a path and its text. Out: `Source`, `Span`. Imports no other room.
"""
