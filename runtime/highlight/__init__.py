"""Colours of `.net` text: which words mean what, for Pygments and VS Code.

In: the language's own tables. Out: tokens of a text, and a grammar for editors. Imports only `dsl`
and `compiler`.
"""
