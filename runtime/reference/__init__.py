"""The pages of docs/ on the command line and the Python API, made from what they say themselves.

In: the verbs and the functions of `netc`. Out: Markdown. Imports `cli` and `api`.
"""
