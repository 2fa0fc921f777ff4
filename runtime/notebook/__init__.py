"""Nets in the cells of a notebook: `%load_ext netc`, then `%%net`.

In: a cell's text. Out: `LoadedNet` objects in the notebook's namespace, findings, pictures. Imports
`api`; IPython itself is never imported: it hands over its shell.
"""
