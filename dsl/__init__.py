"""Text to syntax, and what is wrong with either.

Rooms, each importing only those before it: `text`, `diagnostics`, `syntax`, `format`.
Imports nothing of `compiler` or `runtime`, and no library.
"""
