"""Text to syntax tree.

In: a file, or a `Source`. Out: `ast.File`, where every node has its span, or a `DiagnosticError`.
`grammar.lark` is the language on one page. Imports `text` and `diagnostics`.
"""
