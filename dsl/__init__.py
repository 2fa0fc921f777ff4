"""Text to syntax, and what is wrong with either.

In: text. Out: `ast.File`, `Diagnostic`s. Rooms, each importing only those before it: `text`,
`diagnostics`, `syntax`, `format`. Imports nothing of `compiler` or `runtime`, and no library.
"""
