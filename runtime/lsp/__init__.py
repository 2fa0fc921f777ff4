"""The language server.

In: edits and questions of an editor. Out: findings and answers. Imports `api`.
"""
